// SPDX-License-Identifier: Apache-2.0
// The command that was meant. Commands are suggested and never run: a tool that changes what the kernel enforces
// must not guess.

import { suggestName } from '../../diagnostics/suggest.ts';

/**
 * The nearest command or topic to what was written, word by word; words after a command are its arguments and do not
 * count. A word that is only known inside of a topic leads there: `build` to `module build`.
 *
 * @returns its words joined by spaces; undefined when nothing is near
 */
export function suggestCommand(
  written: readonly string[],
  commands: readonly (readonly string[])[],
): string | undefined {
  const found: string[] = [];
  for (const word of written) {
    const level = commands.filter((words) => found.every((have, i) => words[i] === have));
    const candidates = new Set(level.flatMap((words) => words[found.length] ?? []));
    const near = candidates.has(word) ? word : suggestName(word, candidates);
    if (near === undefined) break;
    found.push(near);
  }
  if (found.length > 0) return found.join(' ');
  const [first = ''] = written;
  const inner = commands.filter((words) => words.length > 1);
  const last = inner.map((words) => words.at(-1) ?? '');
  const near = last.includes(first) ? first : suggestName(first, last);
  return inner.find((words) => words.at(-1) === near)?.join(' ');
}
