// SPDX-License-Identifier: Apache-2.0
// What is sent to a kernel that has a similar bundle in force.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { type Piece, planUpload } from '../../src/targets/upload.ts';
import { compileSmall } from '../apply/policies.ts';
import { SEED } from '../seed.ts';

const SERVICES = 20_000;

/** A policy of one identity that may reach many services, each at an address of its own. */
function policyOf(
  change: (service: number, address: string) => string | undefined = (_, a) => a,
): Uint8Array {
  const services = Array.from({ length: SERVICES }, (_, i) => {
    const address = change(i, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:443`);
    return address === undefined ? [] : [[`s${i}`, [address]] as const];
  }).flat();
  return compileSmall({
    identities: { web: { selectors: [{ 'process:uid': 1 }], egress: services.map(([name]) => [name]) } },
    services: Object.fromEntries(services),
  }).bundle;
}

const before = policyOf();

/** What the kernel has after it has followed the pieces. */
function follow(pieces: readonly Piece[], bundle: Uint8Array, base: Uint8Array): Buffer {
  const built: Uint8Array[] = [];
  let size = 0;
  for (const { offset, length, from } of pieces) {
    expect(offset).toBe(size);
    expect(length).toBeGreaterThan(0);
    if (from !== undefined) expect(from + length).toBeLessThanOrEqual(base.byteLength);
    built.push(
      from === undefined ? bundle.subarray(offset, offset + length) : base.subarray(from, from + length),
    );
    size += length;
  }
  return Buffer.concat(built);
}

const sent = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { length, from }) => sum + (from === undefined ? length : 0), 0);

describe('an upload', () => {
  test.each([
    ['nothing', (_: number, address: string) => address, 0.001],
    [
      'the port of one service',
      (i: number, address: string) => (i === 9000 ? '10.0.35.40:80' : address),
      0.3,
    ],
    [
      'the last service',
      (i: number, address: string) => (i === SERVICES - 1 ? '10.9.9.9:443' : address),
      0.3,
    ],
    ['one service fewer', (i: number, address: string) => (i === 9000 ? undefined : address), 0.5],
  ])('in which changes: %s', (_name, change, most) => {
    const after = policyOf(change);
    const pieces = planUpload(after, before);
    expect(follow(pieces, after, before).equals(after)).toBe(true);
    expect(sent(pieces) / after.byteLength).toBeLessThan(most);
  });

  test('without a base is everything', () => {
    expect(planUpload(before, undefined)).toEqual([{ offset: 0, length: before.byteLength }]);
  });

  test('gives the bundle, whatever the base is', () => {
    const edits = fc.array(
      fc.tuple(fc.nat(before.byteLength), fc.uint8Array({ maxLength: 40 }), fc.nat(40)),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(edits, (list) => {
        let base: Uint8Array = before;
        for (const [at, bytes, remove] of list)
          base = Buffer.concat([base.subarray(0, at), bytes, base.subarray(at + remove)]);
        expect(follow(planUpload(before, base), before, base).equals(before)).toBe(true);
        expect(follow(planUpload(base, before), base, before).equals(base)).toBe(true);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});
