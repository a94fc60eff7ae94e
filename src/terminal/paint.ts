// SPDX-License-Identifier: Apache-2.0
// What the terminal can do, and the few colours that riptides uses. Colour never carries meaning alone.

import { randomHex } from '../crypto.ts';

/** Whether to colour what goes to a stream: NO_COLOR wins, then FORCE_COLOR, where 0 is no; TERM=dumb says no; else a terminal does. */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0';
  if (env['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const CODES: Record<Style, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** A function that styles text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/**
 * Where a style begins or ends in a line. What is printed may come from anybody, and must not be able to style itself: the key is
 * another one in each process.
 */
interface Marks {
  readonly mark: string;
  readonly pattern: RegExp;
}

/** Made for the first text that is styled. */
let marks: Marks | undefined;

function makeMarks(): Marks {
  const mark = `\u001b${randomHex(8)}`;
  return { mark, pattern: new RegExp(`${mark}(\\d+)m`, 'g') };
}

/** The Paint for a stream that is coloured or not. */
export function painter(colour: boolean): Paint {
  return (style, text) => {
    if (!colour) return text;
    const [on, off] = CODES[style];
    const { mark } = (marks ??= makeMarks());
    return `${mark}${on}m${text}${mark}${off}m`;
  };
}

/** A painted line in pieces: what is written of the texts between the marks, and of the marks what a terminal takes for a style. */
export function unpaint(line: string, write: (text: string) => string): string {
  if (marks === undefined) return write(line);
  // Texts and codes take turns.
  return line
    .split(marks.pattern)
    .map((piece, i) => (i % 2 === 0 ? write(piece) : `\u001b[${piece}m`))
    .join('');
}

/** A painted line without its styles. */
export function plain(line: string): string {
  return marks === undefined ? line : line.replace(marks.pattern, '');
}

/** Rows of a table, aligned by the widest cell of each column; `right` names the columns that hold numbers. */
export function table(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
