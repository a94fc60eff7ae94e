// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { formatAddress } from '../../../src/bundle/address.ts';
import { readRecord, recordSize } from '../../../src/bundle/codec.ts';
import { LIMITS, NONE, RULE_KIND, SECTIONS } from '../../../src/bundle/generated.ts';
import { hashBytes } from '../../../src/bundle/hash.ts';
import { emitBundle } from '../../../src/compiler/emit/emit.ts';
import { lowerModel } from '../../../src/compiler/lower/lower.ts';
import type { Tables } from '../../../src/compiler/lower/types.ts';
import type { Model } from '../../../src/compiler/resolve/types.ts';
import { identity, model, selector, service } from '../models.ts';

function tablesOf(policy: Model): Tables {
  const { value } = lowerModel(policy);
  if (value === undefined) throw new Error('not lowered');
  return value.tables;
}

function emitted(tables: Tables): Uint8Array {
  const bundle = emitBundle(tables);
  if (!(bundle instanceof Uint8Array)) throw new Error(bundle.kind);
  return bundle;
}

describe('a bundle', () => {
  const policy = model(
    [
      identity('w', [selector({ 'process:cmdline': ['a', 'é'], 'process:uid': 1 })], {
        egress: [{ services: [0] }],
      }),
    ],
    [service('s', ['10.0.0.1 80', 'fd00::1', '10.0.0.0/8 1-9', 'fd00::/8'])],
  );

  test('has its sections in order, each at the next multiple of 8, with zeros between', () => {
    const bundle = emitted(tablesOf(policy));
    const view = new DataView(bundle.buffer);
    let end = recordSize('header') + SECTIONS.length * recordSize('section');
    SECTIONS.forEach(({ number, itemSize }, i) => {
      const entry = readRecord(view, recordSize('header') + i * recordSize('section'), 'section');
      expect(entry).toEqual({
        id: number,
        recordSize: itemSize,
        offset: Math.ceil(end / 8) * 8,
        count: entry.count,
      });
      expect(bundle.subarray(end, entry.offset).every((byte) => byte === 0)).toBe(true);
      end = entry.offset + entry.count * itemSize;
    });
    expect(bundle.length).toBe(end);
    expect(readRecord(view, 0, 'header').size).toBe(end);
  });

  test('has each text once, in order, with a zero byte after it', () => {
    const bundle = emitted(tablesOf(policy));
    const entry = readRecord(new DataView(bundle.buffer), recordSize('header'), 'section');
    const text = Buffer.from(bundle.subarray(entry.offset, entry.offset + entry.count)).toString();
    expect(text).toBe('a\0s\0test.example\0w\0é\0');
  });

  test(`may have ${LIMITS.bundleSize} bytes and not one more`, () => {
    const size = (length: number) => emitBundle({ ...tablesOf(model([])), trustDomain: 'x'.repeat(length) });
    const rest = emitted({ ...tablesOf(model([])), trustDomain: 'xxxxxxx' }).length - 8;
    expect(size(LIMITS.bundleSize - rest - 1)).toHaveLength(LIMITS.bundleSize);
    expect(size(LIMITS.bundleSize - rest)).toEqual({ kind: 'size', size: LIMITS.bundleSize + 8 });
  });

  test('is not written when values were chosen to collide; they are named', () => {
    const chosen: number[] = [];
    const key = new DataView(new ArrayBuffer(6));
    key.setUint16(0, 3, true);
    for (let uid = 0; chosen.length <= LIMITS.bucket; uid++) {
      key.setUint32(2, uid, true);
      if ((hashBytes(new Uint8Array(key.buffer)) & 0xfff) === 0) chosen.push(uid);
    }
    const identities = chosen.map((uid) => identity(`w${uid}`, [selector({ 'process:uid': uid })]));
    expect(emitBundle(tablesOf(model(identities)))).toEqual({ kind: 'collision', keys: chosen.map(String) });
  });

  /** Items that fall into one bucket of every table that they could be in, and one that does not. */
  function colliding<T>(make: (i: number) => T, keyOf: (item: T) => Uint8Array): readonly T[] {
    const chosen: T[] = [];
    let other: T | undefined;
    for (let i = 0; chosen.length <= LIMITS.bucket; i++) {
      const item = make(i);
      if ((hashBytes(keyOf(item)) & 0xfff) === 0) chosen.push(item);
      else other ??= item;
    }
    return other === undefined ? chosen : [other, ...chosen];
  }

  const addressOf = (i: number, size: number): Uint8Array => {
    const address = new Uint8Array(size).fill(9);
    new DataView(address.buffer).setUint32(size - 4, i);
    return address;
  };

  test.each([
    ['hosts4', 4, 80],
    ['hosts4', 4, 0],
    ['hosts6', 16, 80],
    ['hosts6', 16, 0],
  ] as const)('is not written when addresses of %s were chosen to collide', (table, size, port) => {
    const hosts = colliding(
      (i) => ({ address: addressOf(i, size), port, services: [] }),
      ({ address }) => Uint8Array.of(...address, port & 255, port >> 8),
    );
    const words = hosts
      .slice(1)
      .map(({ address }) => `${formatAddress(address)}${port === 0 ? '' : ' port 80'}`);
    expect(emitBundle({ ...tablesOf(model([])), [table]: hosts })).toEqual({
      kind: 'collision',
      keys: words,
    });
  });

  test('is not written when names were chosen to collide', () => {
    const names = colliding(
      (i) => ({ name: `n${i}.example`, ports: [] }),
      ({ name }) => Buffer.from(name),
    );
    const keys = names.slice(1).map(({ name }) => name);
    expect(emitBundle({ ...tablesOf(model([])), names })).toEqual({ kind: 'collision', keys });
  });

  test('begins its rules with the postures', () => {
    expect(tablesOf(policy).rules.slice(0, 2)).toMatchObject([
      { identity: NONE, set: NONE, kind: RULE_KIND.egressPosture, action: 0 },
      { identity: NONE, set: NONE, kind: RULE_KIND.ingressPosture, action: 1 },
    ]);
  });
});
