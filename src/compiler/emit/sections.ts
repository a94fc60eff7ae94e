// SPDX-License-Identifier: Apache-2.0
// Building blocks of a bundle's sections: lists owned by records, arrays of numbers and records.

import { recordSize, writeRecord } from '../../bundle/codec.ts';
import type { BundleRecord, RecordName } from '../../bundle/generated.ts';

/** Lists that follow one another in the order in which they are added. An empty list has first 0. */
export function listSection<T>(): {
  items: T[];
  add: (list: readonly T[]) => { first: number; count: number };
} {
  const items: T[] = [];
  return {
    items,
    add(list) {
      const first = list.length === 0 ? 0 : items.length;
      for (const item of list) items.push(item);
      return { first, count: list.length };
    },
  };
}

/** Numbers as u32. */
export function wordSection(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * Uint32Array.BYTES_PER_ELEMENT);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setUint32(i * Uint32Array.BYTES_PER_ELEMENT, word, true));
  return bytes;
}

/** A record for each item. */
export function recordSection<N extends RecordName, T>(
  name: N,
  items: readonly T[],
  toRecord: (item: T, index: number) => BundleRecord<N>,
): Uint8Array {
  const size = recordSize(name);
  const bytes = new Uint8Array(items.length * size);
  const view = new DataView(bytes.buffer);
  for (const [i, item] of items.entries()) writeRecord(view, i * size, name, toRecord(item, i));
  return bytes;
}
