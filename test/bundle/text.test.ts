// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareLists, compareText, textLength } from '../../src/bundle/text.ts';

test('texts are ordered as their UTF-8 bytes are', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(textLength(a)).toBe(Buffer.from(a).length);
    }),
  );
});

test('the start of a list comes before the list', () => {
  const compare = (a: number, b: number): number => a - b;
  expect([[2], [1, 2], [1], []].sort((a, b) => compareLists(a, b, compare))).toEqual([[], [1], [1, 2], [2]]);
});
