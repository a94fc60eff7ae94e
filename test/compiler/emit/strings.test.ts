// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createStringTable, NO_STRINGS } from '../../../src/compiler/emit/strings.ts';

/** Few texts, so that lists have many of them in common; some have more bytes than letters. */
const text = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'ab', 'abc', 'é', '\u{1f30a}', '\uff5e', 'zz');
const lists = fc.array(fc.array(text, { maxLength: 6 }), { minLength: 3, maxLength: 3 });

describe('strings', () => {
  test('stand each once, in order of bytes, whatever was there before', () => {
    fc.assert(
      fc.property(fc.array(lists, { minLength: 1, maxLength: 8 }), (history) => {
        const intern = createStringTable();
        for (const now of history) {
          const { bytes, find } = intern(now);
          const distinct = [...new Set(now.flat())].map((one) => Buffer.from(`${one}\0`));
          expect(Buffer.from(bytes)).toEqual(Buffer.concat(distinct.sort((a, b) => Buffer.compare(a, b))));
          for (const one of now.flat()) {
            const { offset, length } = find(one);
            expect(Buffer.from(bytes.subarray(offset, offset + length + 1)).toString()).toBe(`${one}\0`);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('are the same object as long as there are the same texts, in whatever lists', () => {
    const intern = createStringTable();
    const first = intern([['a', 'b'], ['c']]);
    expect(
      intern([
        ['c', 'a'],
        ['b', 'b'],
      ]),
    ).toBe(first);
    const place = first.find('c');
    const second = intern([['c'], ['0']]);
    expect(second).not.toBe(first);
    expect(second.find('c')).toBe(place);
    expect(place).toMatchObject({ offset: 2, length: 1 });
  });

  test('that were not given are not found', () => {
    const { find } = createStringTable()([['a']]);
    expect(() => find('b')).toThrow('a string was not interned: b');
    expect(() => NO_STRINGS.find('a')).toThrow('a string was not interned: a');
    expect(NO_STRINGS.bytes).toHaveLength(0);
  });
});
