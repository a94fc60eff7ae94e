// SPDX-License-Identifier: Apache-2.0
// What is said when no bundle can be written, and how a source map leads back to a model.

import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { LIMITS } from '../../src/bundle/generated.ts';
import { hashBytes } from '../../src/bundle/hash.ts';
import { compileModel } from '../../src/compiler/compile-model.ts';
import { identity, model, rangeIn, selector, service } from './models.ts';

test('values that were chosen to collide are named, and the limit too', () => {
  const chosen: number[] = [];
  const key = new DataView(new ArrayBuffer(6));
  key.setUint16(0, 3, true);
  for (let uid = 0; chosen.length <= LIMITS.bucket; uid++) {
    key.setUint32(2, uid, true);
    if ((hashBytes(new Uint8Array(key.buffer)) & 0xfff) === 0) chosen.push(uid);
  }
  const identities = chosen.map((uid) => identity(`w${uid}`, [selector({ 'process:uid': uid })]));
  expect(compileModel(model(identities))).toEqual({
    diagnostics: [
      {
        code: 'RTP1508',
        severity: 'error',
        range: rangeIn('egress'),
        message: `${LIMITS.bucket + 1} values fall into one bucket of a hash table; ${LIMITS.bucket} are allowed`,
        why: `they were chosen to collide: ${chosen.slice(0, 3).join(', ')}, …`,
        fix: 'change these values',
      },
    ],
  });
});

test('a bundle that would be too large is not written; its size and the limit are told', () => {
  const count = Math.ceil(LIMITS.bundleSize / LIMITS.stringLength);
  const services = Array.from({ length: count }, (_, i) =>
    service(String(i).padStart(LIMITS.stringLength, '0')),
  );
  const { value, diagnostics } = compileModel(model([], services));
  expect(value).toBeUndefined();
  expect(diagnostics).toHaveLength(1);
  expect(diagnostics[0]).toMatchObject({
    code: 'RTP1501',
    severity: 'error',
    range: rangeIn('egress'),
    fix: 'compile for one node with --node, or join services that are always selected together',
  });
  expect(diagnostics[0]?.message).toMatch(
    new RegExp(`^the bundle would have \\d{8} bytes; ${LIMITS.bundleSize} are allowed$`),
  );
});

test('a bundle whose records would refer to too much text is not written; how much, and the limit, are told', () => {
  const text = 'é'.repeat(LIMITS.stringLength / 2);
  const svid = (count: number) => ({
    x509Ttl: undefined,
    jwtTtl: undefined,
    dnsNames: Array.from({ length: count }, () => text),
    audiences: [],
  });
  const compiled = (count: number) =>
    compileModel(model([identity('w', [selector({ 'process:uid': 1 })], { svid: svid(count) })]));
  const own = 'test.example'.length + 'w'.length;
  const most = Math.floor((LIMITS.referencedBytes - own) / Buffer.byteLength(text));
  expect(compiled(most).diagnostics).toEqual([]);
  expect(compiled(most + 1)).toEqual({
    diagnostics: [
      {
        code: 'RTP1501',
        severity: 'error',
        range: rangeIn('egress'),
        message: `records of the bundle would refer to ${(most + 1) * Buffer.byteLength(text) + own} bytes of text; ${LIMITS.referencedBytes} are allowed`,
        fix: 'compile for one node with --node, or shorten the texts that conditions compare with',
      },
    ],
  });
});

test('a compilation has the digest of its bundle, and the places of what is in it by number', () => {
  const { value, diagnostics } = compileModel(
    model([identity('w', [selector({ 'process:uid': 1 })], { egress: [{ services: [0] }] })], [service('s')]),
  );
  expect(diagnostics).toEqual([]);
  if (value === undefined) throw new Error('not compiled');
  const digest = createHash('sha256').update(value.bundle).digest('hex');
  expect(value.digest).toBe(digest);
  expect(value.sourceMap).toEqual({
    schemaVersion: 1,
    bundle: digest,
    rules: ['egress', 'ingress', 'w', 'w#0'].map(rangeIn),
    selectors: ['{"process:uid":1}'].map(rangeIn),
    identities: [rangeIn('w')],
    services: [rangeIn('s')],
  });
});

test('a bundle that the core refuses is a fault of riptides, with the place in the bundle', () => {
  const twice = identity('w', [selector({ 'process:uid': 1 })]);
  expect(() => compileModel(model([twice, twice]))).toThrow(
    'the compiler wrote a bundle that the core refuses: identities[1]: names are not ascending; please report it with the policy, or the smallest part of it that shows this',
  );
});
