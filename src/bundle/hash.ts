// SPDX-License-Identifier: Apache-2.0
// The hash of the bundle's tables (docs/bundle-format.md, "Hashing"): FNV-1a finished by MurmurHash3's mixer.

const FNV_OFFSET = 2166136261;
const FNV_PRIME = 16777619;

/** Hash of the first `length` bytes, from 0 to 2³² − 1. */
export function hashBytes(bytes: Uint8Array, length: number = bytes.length): number {
  let h = FNV_OFFSET;
  for (let i = 0; i < length; i++) h = Math.imul(h ^ (bytes[i] ?? 0), FNV_PRIME);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}
