// SPDX-License-Identifier: Apache-2.0
// Stage 6, emit: tables to the bytes of a bundle (spec/bundle.yaml, docs/bundle-format.md). It interns strings, lays
// out hash tables and writes. The bytes depend on the tables alone.

import type { SectionName } from '../../bundle/generated.ts';

/** The bytes of every section. */
export type Sections = Readonly<Record<SectionName, Uint8Array>>;

/** Items in the order of a hash table, and the offsets of its buckets: one more than there are buckets. */
export interface HashLayout<T> {
  readonly buckets: readonly number[];
  readonly entries: readonly T[];
}

/** Items that share a bucket, more than a bucket may hold. */
export interface Collision<T> {
  readonly collision: readonly T[];
}

/** Why no bundle could be written. */
export type EmitRefusal =
  | { readonly kind: 'size'; readonly size: number }
  /** Texts add up to too many bytes, each counted as often as it is referred to. */
  | { readonly kind: 'texts'; readonly size: number }
  | { readonly kind: 'collision'; readonly keys: readonly string[] };
