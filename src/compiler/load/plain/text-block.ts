// SPDX-License-Identifier: Apache-2.0
// Text over several lines, after a | or a >.

import { type Cursor, endOfLine, giveUp, NEWLINE, SPACE, toContent } from './cursor.ts';

const HEADER = /([|>])(-?) *\n/y;

/** The text whose header stands here, in a map or list at a column; the cursor goes to the next content. */
export function readTextBlock(cursor: Cursor, column: number): string {
  const { text } = cursor;
  HEADER.lastIndex = cursor.at;
  const header = HEADER.exec(text);
  if (header === null) return giveUp();
  cursor.parts += 3;
  const lines = readLines(cursor, cursor.at + header[0].length, column);
  const content = header[1] === '|' ? lines.join('\n') : fold(lines);
  cursor.end = cursor.at;
  toContent(cursor);
  return header[2] === '-' ? content : `${content}\n`;
}

/** The lines without their indentation and without empty ones at the end; the cursor goes behind the last. */
function readLines(cursor: Cursor, start: number, column: number): readonly string[] {
  const { text } = cursor;
  const lines: string[] = [];
  const indent = indentation(text, start);
  // An empty first line is left to the other reader: what it is part of depends on those that follow.
  if (indent <= column || text.charCodeAt(start + indent) === NEWLINE) giveUp();
  let kept = 0;
  cursor.at = start;
  for (let at = start; ; ) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE) {
      lines.push('');
      at++;
      continue;
    }
    const spaces = indentation(text, at);
    const next = endOfLine(text, at);
    if (spaces < indent && text.charCodeAt(at + spaces) !== NEWLINE) break;
    // A line of spaces alone may be text, and the last one may have no end.
    if (at + spaces + 1 === next || text.charCodeAt(next - 1) !== NEWLINE) giveUp();
    lines.push(text.slice(at + indent, next - 1));
    kept = lines.length;
    at = next;
    cursor.at = at;
  }
  lines.length = kept;
  return lines;
}

function indentation(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === SPACE) at++;
  return at - start;
}

/** Lines that follow one another become one; a line that is indented further stays by itself. */
function fold(lines: readonly string[]): string {
  let folded = '';
  let gap = '';
  let wasDeeper = false;
  for (const line of lines) {
    if (line.startsWith(' ')) {
      if (gap === ' ') gap = '\n';
      else if (!wasDeeper && gap === '\n') gap = '\n\n';
      folded += gap + line;
      gap = '\n';
      wasDeeper = true;
    } else if (line === '') {
      if (gap === '\n') folded += '\n';
      else gap = '\n';
    } else {
      folded += gap + line;
      gap = ' ';
      wasDeeper = false;
    }
  }
  return folded;
}
