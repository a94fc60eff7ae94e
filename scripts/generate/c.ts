// SPDX-License-Identifier: Apache-2.0
// What the C writers share: text that fits the kernel's 100 columns.

const COLUMNS = 100;
const TAB = 8;

/** Words in lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/** Lines of C of which those that are too long have their comment above them instead of behind. */
export function fitComments(lines: readonly string[]): string {
  return lines.flatMap(fit).join('\n');
}

function fit(line: string): string[] {
  const match = /^(\t*)(.*?)\s*\/\* (.*) \*\/$/.exec(line);
  if (match === null || columns(line) <= COLUMNS) return [line];
  const [, indent = '', code = '', comment = ''] = match;
  const block = [
    `${indent}/*`,
    ...wrap(comment, COLUMNS - columns(indent) - 4).map((words) => `${indent} * ${words}`),
    `${indent} */`,
  ];
  return code === '' ? block : [...block, `${indent}${code}`];
}

function columns(line: string): number {
  let width = 0;
  for (const character of line) width += character === '\t' ? TAB - (width % TAB) : 1;
  return width;
}
