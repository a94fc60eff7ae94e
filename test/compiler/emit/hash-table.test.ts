// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LIMITS } from '../../../src/bundle/generated.ts';
import { hashBytes } from '../../../src/bundle/hash.ts';
import { layOutHash } from '../../../src/compiler/emit/hash-table.ts';

function writeNumber(scratch: DataView, item: number): number {
  scratch.setUint32(0, item, true);
  return 4;
}

function hashOf(item: number): number {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, item, true);
  return hashBytes(bytes);
}

describe('a hash table', () => {
  test('without items has one offset', () => {
    expect(layOutHash([], writeNumber, 4)).toEqual({ buckets: [0], entries: [] });
  });

  test('has each item in its bucket, in the order given, and no more buckets than it needs', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 300 }), (items) => {
        const layout = layOutHash(items, writeNumber, 4);
        if ('collision' in layout) throw new Error('unexpected');
        const size = layout.buckets.length - 1;
        expect(Math.log2(size) % 1).toBe(0);
        expect(size / 2).toBeLessThan(items.length);
        expect(layout.buckets[0]).toBe(0);
        expect(layout.buckets.at(-1)).toBe(items.length);
        const expected = Array.from({ length: size }, (_, bucket) =>
          items.filter((item) => (hashOf(item) & (size - 1)) === bucket),
        );
        expect(layout.entries).toEqual(expected.flat());
      }),
    );
  });

  test('is doubled while a bucket is too full', () => {
    // Of the same low 6 bits, and different above them: 33 items in 64 buckets are one bucket, in 128 they are two.
    const chosen = colliding(6, LIMITS.bucket + 1);
    const layout = layOutHash(chosen, writeNumber, 4);
    expect('collision' in layout ? 0 : layout.buckets.length - 1).toBe(128);
  });

  test('that no doubling balances gives the items that collide', () => {
    const chosen = colliding(12, LIMITS.bucket + 1);
    expect(layOutHash(chosen, writeNumber, 4)).toEqual({ collision: chosen });
  });
});

/** Numbers whose hashes have the lowest `bits` bits 0, of which not all have the next one 0. */
function colliding(bits: number, count: number): readonly number[] {
  const found: number[] = [];
  for (let item = 0; found.length < count; item++)
    if ((hashOf(item) & ((1 << bits) - 1)) === 0) found.push(item);
  return found;
}
