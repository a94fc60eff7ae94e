// SPDX-License-Identifier: Apache-2.0
// The one border where text leaves for a person. Names, reasons, commands of processes and the words of git and the kernel may come
// from anybody: what they hold must not move the cursor, change colours, reverse the order of letters, or begin a line.

import { plain, unpaint } from './paint.ts';
import { visible, widthOf } from './visible.ts';

type Stream = NodeJS.WriteStream;

export interface PrintOptions {
  /** Breaks lines between words where the terminal ends. Not for what is to be copied. */
  readonly wrap?: boolean;
}

/** Prints lines: each text is one, whatever it holds. */
export function printLines(
  stream: Stream,
  lines: readonly string[],
  { wrap = false }: PrintOptions = {},
): void {
  if (lines.length === 0) return;
  const fitting = wrap && stream.isTTY ? lines.flatMap((line) => wrapped(line, stream.columns)) : lines;
  stream.write(`${fitting.map(toTerminal).join('\n')}\n`);
}

/** A line as a terminal may have it. */
export function toTerminal(line: string): string {
  return unpaint(line, visible);
}

/** Narrower terminals are left to wrap by themselves. */
const NARROWEST = 40;

/** A line in pieces that fit, those after the first indented further. A word that is too long is left whole. */
function wrapped(line: string, columns: number): readonly string[] {
  if (columns < NARROWEST || line.length <= columns || widthOf(plain(line)) <= columns) return [line];
  const indent = ' '.repeat(Math.min((/^ */.exec(line)?.[0].length ?? 0) + 4, columns / 2));
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const word of line.split(/(?<=\S) (?=\S)/)) {
    const more = widthOf(plain(word));
    if (width > 0 && width + 1 + more > columns) {
      pieces.push(piece);
      piece = indent + word.trimStart();
      width = indent.length + more;
    } else {
      piece = width === 0 ? word : `${piece} ${word}`;
      width += width === 0 ? more : 1 + more;
    }
  }
  return [...pieces, piece];
}

/** Prints what is for a program or a file to standard output, as it is. */
export function printData(text: string): void {
  process.stdout.write(text);
}

/** Empties the screen of a terminal; standard output elsewhere goes on. */
export function clearScreen(): void {
  if (process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[2J');
}

let failure: Error | undefined;
const closed = new AbortController();

/** Lets the program go on when its output cannot be written: what it has begun is brought to its end. */
export function keepOutputFailures(): void {
  // Those of oclif throw, and nobody could catch it.
  process.stdout.removeAllListeners('error').on('error', (error) => {
    failure ??= error;
    closed.abort();
  });
  // There is nowhere left to say it.
  process.stderr.on('error', () => {});
}

/** Aborts when nobody can read standard output any more. */
export const outputClosed: AbortSignal = closed.signal;

/** Waits until standard output is written. Gives what made that impossible, if anything did. */
export async function outputWritten(): Promise<Error | undefined> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  // An error is told in the next turn.
  await new Promise<void>((resolve) => setImmediate(resolve));
  return failure;
}
