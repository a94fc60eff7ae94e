// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allCells, hasCell } from '../../src/diff/space/cells.ts';
import { startTexts, type TextClass, type TextTestName } from '../../src/diff/space/texts.ts';

type Tests = readonly (readonly [TextTestName, string])[];

const MOST = 4;

/** All texts over the two letters of the tests, and one that no test has. */
const TEXTS = words(MOST);

function words(length: number): readonly string[] {
  if (length === 0) return [''];
  const shorter = words(length - 1);
  const longest = shorter.filter((word) => word.length === length - 1);
  return [...shorter, ...longest.flatMap((word) => [`${word}a`, `${word}b`, `${word}z`])];
}

function passes([test, text]: readonly [TextTestName, string], subject: string): boolean {
  return test === 'equal'
    ? subject === text
    : test === 'starts'
      ? subject.startsWith(text)
      : subject.endsWith(text);
}

function isIn({ equal, starts, ends, not = [] }: TextClass, text: string): boolean {
  return (
    (equal === undefined || text === equal) &&
    (starts === undefined || text.startsWith(starts)) &&
    (ends === undefined || text.endsWith(ends)) &&
    !not.some((one) => isIn(one, text))
  );
}

const someTests: fc.Arbitrary<Tests> = fc.array(
  fc.tuple(
    fc.constantFrom<TextTestName[]>('equal', 'starts', 'ends'),
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: MOST }),
  ),
  { maxLength: 6 },
);

function build(tests: Tests) {
  const { cut, build: finish } = startTexts({ most: MOST });
  for (const [test, text] of tests) cut(test, text);
  return finish();
}

describe('classes of texts', () => {
  test('are as many as a table of all tests and all texts tells apart', () => {
    fc.assert(
      fc.property(someTests, (tests) => {
        const dimension = build(tests);
        const wordOf = (text: string): string =>
          [text === '', ...tests.map((one) => passes(one, text))].map(Number).join('');
        const samples = Array.from({ length: dimension.count }, (_, cell) => dimension.sample(cell));
        expect(samples.every((text) => text.length <= MOST)).toBe(true);
        expect(new Set(samples.map(wordOf))).toEqual(new Set(TEXTS.map(wordOf)));
      }),
      { numRuns: 500 },
    );
  });

  test('pass a test as a whole or not at all', () => {
    fc.assert(
      fc.property(someTests, (tests) => {
        const dimension = build(tests);
        for (const [test, text] of tests) {
          const cells = dimension.passing(test, text);
          for (let cell = 0; cell < dimension.count; cell++)
            expect(hasCell(cells, cell)).toBe(passes([test, text], dimension.sample(cell)));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('are described so that each text is in the words of its class and in no other', () => {
    fc.assert(
      fc.property(someTests, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (tests, chosen) => {
        const dimension = build(tests);
        const [, count = 0] = allCells(dimension.count);
        const cells = Array.from({ length: count }, (_, cell) => cell).filter(
          (cell) => chosen[cell] === true,
        );
        const described = dimension.describe(cells.flatMap((cell) => [cell, cell + 1]).filter(isBound));
        for (let cell = 0; cell < count; cell++) {
          const sample = dimension.sample(cell);
          expect(described.some((one) => isIn(one, sample))).toBe(chosen[cell] === true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Ranges that touch are one: the bound between them is left out. */
function isBound(bound: number, i: number, all: readonly number[]): boolean {
  return bound !== all[i - 1] && bound !== all[i + 1];
}
