// SPDX-License-Identifier: Apache-2.0
// What all tables are made with: lists, strings, hash tables.

/** Where an interned string stands. */
export type Strings = (text: string) => [offset: number, length: number];

/** Adds a list to a section: where it starts, and how long it is. */
export function slice<T>(list: T[], items: readonly T[]): [first: number, count: number] {
  const first = items.length === 0 ? 0 : list.length;
  list.push(...items);
  return [first, items.length];
}

/** Entries by bucket; the fewest buckets, a power of two, that are half as many as the entries or more and not too full. */
export function hashTable<T>(
  entries: readonly T[],
  key: (entry: T) => readonly number[],
): { buckets: number[]; entries: T[] } {
  if (entries.length === 0) return { buckets: [0], entries: [] };
  for (let n = 1; n <= 1 << 20; n *= 2) {
    const buckets = Array.from({ length: n }, (): T[] => []);
    for (const entry of entries) buckets[hash(key(entry)) & (n - 1)]?.push(entry);
    if (n * 2 < entries.length || buckets.some((bucket) => bucket.length > 32)) continue;
    let end = 0;
    return { buckets: [0, ...buckets.map((bucket) => (end += bucket.length))], entries: buckets.flat() };
  }
  throw new Error('too many entries have the same key');
}

/** FNV-1a, then MurmurHash3's finaliser. */
export function hash(bytes: readonly number[]): number {
  let h = 2166136261;
  for (const byte of bytes) h = Math.imul(h ^ byte, 16777619);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The bytes of a number, little-endian. */
export function u16(n: number): number[] {
  return [n & 0xff, (n >>> 8) & 0xff];
}

/** The bytes of a number, little-endian. */
export function u32(n: number): number[] {
  return [...u16(n), ...u16(n >>> 16)];
}
