// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import {
  CodecError,
  decodeAttributes,
  encodeAttribute,
  encodeAttributes,
  splitAttributes,
} from '../../src/netlink/attributes.ts';
import { ATTRIBUTES, type AttributeLayout, type AttributeSet } from '../../src/netlink/generated.ts';

const SETS = Object.keys(ATTRIBUTES) as AttributeSet[];

/** Arbitrary values of a set, by its table. */
function valuesOf(set: AttributeSet): fc.Arbitrary<Record<string, unknown>> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, layout] of Object.entries<AttributeLayout>(ATTRIBUTES[set])) {
    if (layout.type === 'pad') continue;
    const one = valueOf(layout);
    fields[name] = layout.multi === true ? fc.array(one, { minLength: 1, maxLength: 6 }) : one;
  }
  return fc.record(fields, { requiredKeys: [] });
}

function valueOf(layout: AttributeLayout): fc.Arbitrary<unknown> {
  const { min = 0, max = 200 } = layout.length ?? {};
  switch (layout.type) {
    case 'u32':
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case 'u64':
      return fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
    case 'string':
      return fc.stringMatching(/^[ -~]*$/).map((text) => text.slice(0, max));
    case 'binary':
      return fc.uint8Array({ minLength: min, maxLength: Math.min(max, 200) });
    case 'flag':
      return fc.constant(true);
    case 'nest':
      return valuesOf(layout.nested as AttributeSet);
    case 'pad':
      return fc.constant(undefined);
  }
}

/** Random attributes: well-formed headers often, so that decoding goes deep. */
const attributeBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 24 }),
      fc
        .tuple(fc.integer({ min: 0, max: 15 }), fc.uint8Array({ maxLength: 40 }), fc.boolean())
        .map(([type, payload, nested]) => encodeAttribute(type, payload, nested)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)));

describe('the attribute codec', () => {
  test.each(SETS)('gives back every value of the set %s', (set) => {
    fc.assert(
      fc.property(valuesOf(set), (values) => {
        expect(decodeAttributes(set, encodeAttributes(set, values))).toEqual({ values, notes: [] });
      }),
      { numRuns: 200 },
    );
  });

  test('throws nothing but its own error, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SETS), attributeBytes, (set, bytes) => {
        try {
          decodeAttributes(set, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 20_000 },
    );
  });

  test('reads only the bytes it is given, and copies what it keeps', () => {
    const bytes = encodeAttributes('dump', { data: Uint8Array.of(1, 2, 3, 4) });
    const within = new Uint8Array(bytes.byteLength + 16).fill(0xff);
    within.set(bytes, 8);
    const { values } = decodeAttributes('dump', within.subarray(8, 8 + bytes.byteLength));
    within.fill(0);
    expect(values.data).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test('passes over attributes it does not know, and says so', () => {
    const bytes = Buffer.concat([
      encodeAttributes('info', { sockets: 7 }),
      encodeAttribute(99, new Uint8Array(3)),
    ]);
    expect(decodeAttributes('info', bytes)).toEqual({
      values: { sockets: 7 },
      notes: ['info: attribute 99 is not known to this version (3 bytes)'],
    });
  });

  test.each([
    ['a number that is negative', () => encodeAttributes('info', { sockets: -1 })],
    ['a number of 33 bits', () => encodeAttributes('info', { sockets: 2 ** 32 })],
    ['a number with a fraction', () => encodeAttributes('info', { sockets: 0.5 })],
    ['a number of 65 bits', () => encodeAttributes('confirm', { generation: 2n ** 64n })],
    ['a digest of 31 bytes', () => encodeAttributes('begin', { digest: new Uint8Array(31) })],
    ['an empty chunk', () => encodeAttributes('chunk', { data: new Uint8Array(0) })],
    ['a chunk that is one byte too long', () => encodeAttributes('chunk', { data: new Uint8Array(16385) })],
    ['a text with NUL', () => encodeAttributes('info', { moduleVersion: 'a\0b' })],
    ['a text of 64 bytes', () => encodeAttributes('info', { moduleVersion: 'x'.repeat(64) })],
  ])('refuses to encode %s', (_what, encode) => {
    expect(encode).toThrow(CodecError);
  });

  test('encodes what is just within its limits', () => {
    expect(encodeAttributes('chunk', { data: new Uint8Array(16384) }).byteLength).toBe(16388);
    expect(encodeAttributes('info', { moduleVersion: 'x'.repeat(63) }).byteLength).toBe(68);
    expect(encodeAttributes('confirm', { generation: 2n ** 64n - 1n }).byteLength).toBe(12);
  });

  test.each([
    ['three bytes', Uint8Array.of(4, 0, 1)],
    ['a length below that of the header', Uint8Array.of(3, 0, 1, 0)],
    ['a length beyond the end', Uint8Array.of(9, 0, 1, 0, 0, 0, 0, 0)],
  ])('refuses to split %s', (_what, bytes) => {
    expect(() => splitAttributes(bytes)).toThrow(CodecError);
  });

  test('takes a last attribute without its padding', () => {
    expect(splitAttributes(Uint8Array.of(5, 0, 1, 0, 42))).toEqual([{ type: 1, payload: Uint8Array.of(42) }]);
  });
});
