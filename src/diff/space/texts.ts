// SPDX-License-Identifier: Apache-2.0
// Texts, in classes that no test of either policy distinguishes. A text that is tested for equality is a class of its own; all
// others are classified by their longest tested prefix and suffix.

import { textLength } from '../../bundle/text.ts';
import { BudgetExceeded, DIFF_LIMITS } from '../budget.ts';
import { type Cells, cellsOf, hasCell, rangesOf } from './cells.ts';

export type TextTestName = 'equal' | 'starts' | 'ends';

/** A dimension of texts. The empty text also stands for an unknown one. */
export interface TextDimension {
  readonly kind: 'text';
  readonly count: number;
  /** The texts that pass a test, which must be one of those that the dimension was built for. */
  readonly passing: (test: TextTestName, text: string) => Cells;
  /** A text of a cell. */
  readonly sample: (cell: number) => string;
  /** Cells in words: texts that pass one of these tests. */
  readonly describe: (cells: Cells) => readonly TextClass[];
}

/** Texts that pass all tests named and none of `not`. */
export interface TextClass {
  readonly equal?: string;
  readonly starts?: string;
  readonly ends?: string;
  readonly not?: readonly TextClass[];
}

export interface TextRules {
  /** Bytes of the longest text. */
  readonly most: number;
  /** Whether there is such a text. */
  readonly valid?: (text: string) => boolean;
}

/** Collects the tests of a text field. */
export function startTexts({ most, valid = () => true }: TextRules): {
  readonly cut: (test: TextTestName, text: string) => void;
  readonly build: () => TextDimension;
} {
  const tested = { equal: new Set(['']), starts: new Set<string>(), ends: new Set<string>() };
  return {
    cut: (test, text) => tested[test].add(text),
    build: () => buildTexts(tested, (text) => textLength(text) <= most && valid(text)),
  };
}

interface Tested {
  readonly equal: ReadonlySet<string>;
  readonly starts: ReadonlySet<string>;
  readonly ends: ReadonlySet<string>;
}

interface Cell {
  readonly sample: string;
  /** The one text of the cell; else all texts with this longest beginning and ending. */
  readonly only: boolean;
  readonly start: string;
  readonly end: string;
}

function buildTexts(tested: Tested, exists: (text: string) => boolean): TextDimension {
  const longestStart = longest(tested.starts, (text, length) => text.slice(0, length));
  const longestEnd = longest(tested.ends, (text, length) => text.slice(text.length - length));
  const cells: Cell[] = [];
  for (const text of tested.equal) {
    if (exists(text))
      cells.push({ sample: text, only: true, start: longestStart(text), end: longestEnd(text) });
  }
  const starts = ['', ...tested.starts];
  const ends = ['', ...tested.ends];
  if (starts.length * ends.length > DIFF_LIMITS.textCells) throw new BudgetExceeded();
  const strange = strangeCharacter([...tested.equal, ...starts, ...ends]);
  for (const start of starts) {
    for (const end of ends) {
      const sample = candidates(start, end, strange).find(
        (text) =>
          exists(text) && !tested.equal.has(text) && longestStart(text) === start && longestEnd(text) === end,
      );
      if (sample !== undefined) cells.push({ sample, only: false, start, end });
    }
  }
  // In this order texts with the same prefix are neighbours.
  cells.sort((a, b) => (a.sample < b.sample ? -1 : a.sample > b.sample ? 1 : 0));
  return textDimension(cells, tested);
}

/**
 * Texts with a prefix and a suffix: with an untested character between them, adjacent, or overlapping. If any text of the class
 * exists, so does one of these.
 */
function candidates(start: string, end: string, strange: string): readonly string[] {
  const texts = [`${start}${strange}${end}`, `${start}${end}`];
  for (let overlap = 1; overlap <= Math.min(start.length, end.length); overlap++) {
    if (start.endsWith(end.slice(0, overlap))) texts.push(`${start}${end.slice(overlap)}`);
  }
  return texts;
}

/** A character that occurs in none of the texts. */
function strangeCharacter(texts: readonly string[]): string {
  const used = new Set(texts.flatMap((text) => Array.from(text)));
  const usual = Array.from('xyzuvwabcdefghijklmnopqrst0123456789').find((character) => !used.has(character));
  if (usual !== undefined) return usual;
  let code = 0x100;
  while (used.has(String.fromCodePoint(code))) code++;
  return String.fromCodePoint(code);
}

/** The longest of some texts that is a prefix or suffix of a text; empty when there is none. */
function longest(
  texts: ReadonlySet<string>,
  partOf: (text: string, length: number) => string,
): (text: string) => string {
  const lengths = [...new Set(Array.from(texts, ({ length }) => length))].sort((a, b) => b - a);
  return (text) => {
    for (const length of lengths) {
      if (length > text.length) continue;
      const part = partOf(text, length);
      if (texts.has(part)) return part;
    }
    return '';
  };
}

function textDimension(cells: readonly Cell[], tested: Tested): TextDimension {
  const cellOf = new Map(cells.flatMap(({ sample, only }, cell) => (only ? [[sample, cell] as const] : [])));
  const passing = (test: TextTestName, text: string): Cells => {
    switch (test) {
      case 'equal': {
        const cell = cellOf.get(text);
        return cell === undefined ? [] : [cell, cell + 1];
      }
      case 'starts':
        return startingCells(cells, text);
      case 'ends':
        return cellsOf(
          cells.flatMap(({ sample }, cell) => (sample.endsWith(text) ? [[cell, cell + 1] as const] : [])),
        );
    }
  };
  return {
    kind: 'text',
    count: cells.length,
    passing,
    sample: (cell) => cells[cell]?.sample ?? '',
    describe: (chosen) => describeCells(chosen, cells, tested, passing),
  };
}

/** Texts with the same prefix are neighbours: a binary search finds the first. */
function startingCells(cells: readonly Cell[], text: string): Cells {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cells[middle]?.sample ?? '') < text) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (cells[end]?.sample.startsWith(text) === true) end++;
  return cellsOf([[low, end]]);
}

function describeCells(
  chosen: Cells,
  cells: readonly Cell[],
  tested: Tested,
  passing: TextDimension['passing'],
): readonly TextClass[] {
  const tests = [...tested.starts]
    .map((text): readonly [TextTestName, string] => ['starts', text])
    .concat([...tested.ends].map((text): readonly [TextTestName, string] => ['ends', text]));
  // More than half of all is described by its complement.
  const isMost = cells.length - rangesOf(chosen).reduce((sum, [a, b]) => sum + b - a, 0) < cells.length / 2;
  const wanted = isMost ? complement(chosen, cells.length) : chosen;
  const classes: TextClass[] = [];
  const left = new Set(rangesOf(wanted).flatMap(([from, to]) => range(from, to)));
  for (const [test, text] of tests) {
    const own = rangesOf(passing(test, text)).flatMap(([from, to]) => range(from, to));
    const isInside = own.length > 0 && own.every((cell) => hasCell(wanted, cell));
    if (!isInside || !own.some((cell) => left.has(cell))) continue;
    classes.push(test === 'starts' ? { starts: text } : { ends: text });
    for (const cell of own) left.delete(cell);
  }
  for (const number of left) {
    const cell = cells[number];
    if (cell !== undefined) classes.push(classOf(cell, tested));
  }
  return isMost ? [{ not: classes }] : classes;
}

function complement(cells: Cells, count: number): Cells {
  const ranges = rangesOf(cells);
  let from = 0;
  const others: (readonly [number, number])[] = [];
  for (const [start, end] of ranges) {
    others.push([from, start]);
    from = end;
  }
  return cellsOf([...others, [from, count]]);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** Describes one cell: its prefix and suffix, without the cells within them. */
function classOf({ sample, only, start, end }: Cell, tested: Tested): TextClass {
  if (only) return { equal: sample };
  const not = [
    ...Array.from(tested.equal)
      .filter((text) => text.startsWith(start) && text.endsWith(end))
      .map((equal): TextClass => ({ equal })),
    ...Array.from(tested.starts)
      .filter((text) => text !== start && text.startsWith(start))
      .map((starts): TextClass => ({ starts })),
    ...Array.from(tested.ends)
      .filter((text) => text !== end && text.endsWith(end))
      .map((ends): TextClass => ({ ends })),
  ];
  return {
    ...(start === '' ? {} : { starts: start }),
    ...(end === '' ? {} : { ends: end }),
    ...(not.length === 0 ? {} : { not }),
  };
}
