// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { commonKeys, type PlainSelector } from '../../src/diff/who/selectors.ts';

function list(keys: string): readonly PlainSelector[] {
  return Array.from(keys, (key, number) => ({ number, workloadId: key, terms: [], key }));
}

describe('selectors that both sides have', () => {
  // A compiler of another version may put them in another order: then they need not choose the same.
  test.each([
    ['abc', 'abc', 'abc'],
    ['abc', 'bac', 2],
    ['abcd', 'dabc', 'abc'],
    ['abc', 'axbyc', 'abc'],
    ['aab', 'ab', 'ab'],
    ['ab', 'ba', 1],
    ['', 'ab', ''],
  ])('of %j and %j are those in the same order: %j', (before, after, common) => {
    const keys = commonKeys(list(before), list(after));
    if (typeof common === 'number') expect(keys.size).toBe(common);
    else expect(keys).toEqual(new Set(common));
  });
});
