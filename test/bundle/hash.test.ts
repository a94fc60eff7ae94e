// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import { hashBytes } from '../../src/bundle/hash.ts';

// Computed with 64-bit integers from the words of docs/bundle-format.md.
function slowHash(bytes: Uint8Array): number {
  const mask = 0xffffffffn;
  let h = 2166136261n;
  for (const byte of bytes) h = ((h ^ BigInt(byte)) * 16777619n) & mask;
  h ^= h >> 16n;
  h = (h * 0x85ebca6bn) & mask;
  h ^= h >> 13n;
  h = (h * 0xc2b2ae35n) & mask;
  h ^= h >> 16n;
  return Number(h);
}

test('the hash is FNV-1a with the finaliser of MurmurHash3', () => {
  for (const text of ['', 'a', 'riptides', '/usr/bin/curl', '\u{1f30a}'.repeat(100)]) {
    const bytes = new TextEncoder().encode(text);
    expect(hashBytes(bytes)).toBe(slowHash(bytes));
  }
});
