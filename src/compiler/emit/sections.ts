// SPDX-License-Identifier: Apache-2.0
// Building blocks of a bundle's sections: interned strings, lists owned by records, arrays of numbers and records.

import { recordSize, writeRecord } from '../../bundle/codec.ts';
import type { BundleRecord, RecordName } from '../../bundle/generated.ts';
import { compareText } from '../../bundle/text.ts';

export interface StringReference {
  readonly offset: number;
  readonly length: number;
}

/** The strings section: each text once, followed by a zero byte, in ascending order of bytes. */
export function internStrings(texts: Iterable<string>): {
  bytes: Uint8Array;
  find: (text: string) => StringReference;
} {
  const sorted = [...new Set(texts)].sort(compareText);
  const references = new Map<string, StringReference>();
  let offset = 0;
  for (const text of sorted) {
    const length = Buffer.byteLength(text, 'utf8');
    references.set(text, { offset, length });
    offset += length + 1;
  }
  const bytes = Buffer.alloc(offset);
  for (const [text, reference] of references) bytes.write(text, reference.offset, 'utf8');
  return {
    bytes,
    find: (text) => {
      const reference = references.get(text);
      if (reference === undefined) throw new Error(`a string was not interned: ${text}`);
      return reference;
    },
  };
}

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
  toRecord: (item: T) => BundleRecord<N>,
): Uint8Array {
  const size = recordSize(name);
  const bytes = new Uint8Array(items.length * size);
  const view = new DataView(bytes.buffer);
  items.forEach((item, i) => writeRecord(view, i * size, name, toRecord(item)));
  return bytes;
}
