// SPDX-License-Identifier: Apache-2.0

import { hashBytes } from '../../bundle/hash.ts';
import { LIMITS } from '../../bundle/generated.ts';
import type { Collision, HashLayout } from './types.ts';

/** How often the number of buckets is doubled for the sake of its fullest bucket: tables stay below 16 buckets an entry. */
const DOUBLINGS = 4;

/** Writes the key of an item into the scratch buffer and gives its length in bytes. */
export type KeyWriter<T> = (scratch: DataView, item: T) => number;

/**
 * The layout of a hash table: the smallest power of two of buckets that is no less than the items, doubled while a bucket is over
 * the limit. Items keep their order within a bucket. When doubling does not help, keys were chosen to collide: those are given.
 */
export function layOutHash<T>(
  items: readonly T[],
  writeKey: KeyWriter<T>,
  keySize: number,
): HashLayout<T> | Collision<T> {
  if (items.length === 0) return { buckets: [0], entries: [] };
  const bytes = new Uint8Array(keySize);
  const scratch = new DataView(bytes.buffer);
  const hashes = new Uint32Array(items.length);
  items.forEach((item, i) => {
    hashes[i] = hashBytes(bytes, writeKey(scratch, item));
  });
  let size = 1;
  while (size < items.length) size *= 2;
  for (let tries = 0; tries <= DOUBLINGS; tries++, size *= 2) {
    const counts = new Uint32Array(size);
    for (const hash of hashes) counts[hash & (size - 1)] = (counts[hash & (size - 1)] ?? 0) + 1;
    if (counts.every((count) => count <= LIMITS.bucket)) return distribute(items, hashes, counts);
  }
  return { collision: fullestBucket(items, hashes, size / 2) };
}

function fullestBucket<T>(items: readonly T[], hashes: Uint32Array, size: number): readonly T[] {
  const buckets = new Map<number, T[]>();
  items.forEach((item, i) => {
    const bucket = (hashes[i] ?? 0) & (size - 1);
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), item]);
  });
  return [...buckets.values()].reduce((fullest, bucket) =>
    bucket.length > fullest.length ? bucket : fullest,
  );
}

function distribute<T>(items: readonly T[], hashes: Uint32Array, counts: Uint32Array): HashLayout<T> {
  const buckets: number[] = [0];
  let end = 0;
  for (const count of counts) buckets.push((end += count));
  const next = Uint32Array.from(buckets);
  const entries = items.slice();
  items.forEach((item, i) => {
    const bucket = (hashes[i] ?? 0) & (counts.length - 1);
    const index = next[bucket] ?? 0;
    next[bucket] = index + 1;
    entries[index] = item;
  });
  return { buckets, entries };
}
