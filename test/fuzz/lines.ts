// SPDX-License-Identifier: Apache-2.0
// Changes of texts by their lines, and by what is indented below a line: most texts that riptides reads are written so.

import type { Random } from '../oracle/random.ts';
import type { Ingredients } from './mutate.ts';

/** The text with one of its lines, or blocks of lines, changed. */
export function changeLines(text: string, { random, other }: Ingredients): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const end = endOfBlock(lines, at);
  const block = lines.slice(at, end);
  switch (random.below(12)) {
    case 0:
      return lines.toSpliced(at, 1 + random.below(3)).join('\n');
    case 1:
      return lines.toSpliced(at, end - at).join('\n');
    case 2:
      return lines.toSpliced(end, 0, ...block).join('\n');
    case 3: {
      // What was moved keeps its indentation, or takes that of where it comes to.
      const rest = lines.toSpliced(at, end - at);
      const to = random.below(rest.length + 1);
      return rest.toSpliced(to, 0, ...indentedAs(block, rest[to], random)).join('\n');
    }
    case 4:
      return lines.with(at, indented(lines[at] ?? '', random)).join('\n');
    case 5:
      return lines.toSpliced(at, end - at, ...block.map((line) => ` ${line}`)).join('\n');
    case 6:
      return lines.with(at, `${lines[at] ?? ''} ${lines[at + 1]?.trimStart() ?? ''}`).join('\n');
    case 7: {
      const from = other().split('\n');
      const taken = random.below(from.length);
      const pasted = indentedAs(from.slice(taken, endOfBlock(from, taken)), lines[at], random);
      return lines.toSpliced(at, random.once(2) ? end - at : 0, ...pasted).join('\n');
    }
    case 8:
    case 9: {
      const from = random.once(3) ? lines : other().split('\n');
      const value = VALUE.exec(from[random.below(from.length)] ?? '')?.[2] ?? '';
      return lines
        .with(
          at,
          (lines[at] ?? '').replace(VALUE, (_, key: string) => key + value),
        )
        .join('\n');
    }
    case 10: {
      const from = random.once(2) ? lines : other().split('\n');
      const key = KEY.exec(from[random.below(from.length)] ?? '')?.[2] ?? 'x';
      return lines
        .with(
          at,
          (lines[at] ?? '').replace(KEY, (_, before: string) => before + key),
        )
        .join('\n');
    }
    default: {
      const second = random.below(lines.length);
      return lines
        .with(at, lines[second] ?? '')
        .with(second, lines[at] ?? '')
        .join('\n');
    }
  }
}

/** Up to a colon or dash, and what comes behind. */
const VALUE = /^(\s*(?:- )*(?:[\w./"'-]+:(?: |$))?)(.*)$/;
const KEY = /^(\s*(?:- )*)([\w./"'-]+(?=:))/;

function widthOf(line: string | undefined): number {
  return /^ */.exec(line ?? '')?.[0].length ?? 0;
}

/** Behind the last line that is indented further than one. */
function endOfBlock(lines: readonly string[], at: number): number {
  const width = widthOf(lines[at]);
  let end = at + 1;
  while (end < lines.length && lines[end] !== '' && widthOf(lines[end]) > width) end++;
  return end;
}

function indentedAs(block: readonly string[], model: string | undefined, random: Random): readonly string[] {
  if (random.once(4)) return block;
  const more = ' '.repeat(widthOf(model));
  const width = widthOf(block[0]);
  return block.map((line) => more + line.slice(Math.min(width, widthOf(line))));
}

function indented(line: string, random: Random): string {
  return random.once(2) ? ' '.repeat(1 + random.below(4)) + line : line.replace(/^ {1,2}/, '');
}
