// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { checkBundle } from '../../src/bundle/core.ts';
import { BREAKAGES } from './breakages.ts';
import { buildParts } from './build.ts';
import { askNative, hasCompiler, type Query } from './native.ts';
import { encodeParts } from './parts.ts';
import { destination, SAMPLE } from './samples.ts';

const native = hasCompiler() ? test : test.skip;
const bytes = encodeParts(buildParts(SAMPLE));
const queries: readonly Query[] = [
  { facts: { 'process:name': 'nginx', 'process:uid': 33 }, destination: destination('10.1.2.3', 443) },
  { facts: { 'process:cmdline': '/usr/bin/restic backup' }, destination: destination('fd00:1::1', 53) },
  { facts: { 'process:uid': 34, 'process:gid': 34 }, destination: destination('10.9.1.1', 85) },
  { facts: { 'process:binary:path': '/usr/sbin/nginx' }, destination: destination('192.168.1.1', 443) },
  { facts: {} },
];

const refusals = BREAKAGES.map(({ section, index, reason, kind = 'malformed' }) => ({
  kind,
  section,
  index,
  reason,
}));

describe('the verifier', () => {
  test('accepts the sample', () => {
    expect(checkBundle(bytes)).toBeUndefined();
  });

  test.each(BREAKAGES.map((breakage, i) => [i, breakage.section, breakage.reason, breakage] as const))(
    'refuses %i: %s: %s',
    (i, _section, _reason, breakage) => {
      expect(checkBundle(breakage.bytes)).toEqual(refusals[i]);
    },
  );

  native('refuses the same under sanitizers', () => {
    expect(askNative(BREAKAGES.map(({ bytes: bundle }) => ({ bundle })))).toEqual(
      refusals.map((refusal) => ({ refusal })),
    );
  });

  test('has a bundle for every reason that it can give', () => {
    const covered = new Set([...BREAKAGES.map(({ reason }) => reason), ...ELSEWHERE]);
    const sources = ['verify.c', 'verify_who.c', 'verify_where.c'].map((file) =>
      readFileSync(new URL(`../../kmod/core/${file}`, import.meta.url), 'utf8'),
    );
    const reasons = sources.flatMap((source) =>
      [...source.matchAll(/rt_refuse\([^;]*?"([^"]+)"\)/g)].map(([, reason]) => reason ?? ''),
    );
    expect(reasons.length).toBeGreaterThan(60);
    expect([...new Set(reasons)].filter((reason) => !covered.has(reason))).toEqual([]);
  });

  native('refuses every truncation', () => {
    const cases = Array.from({ length: bytes.length }, (_, length) => ({ bundle: bytes.slice(0, length) }));
    const answers = askNative(cases);
    expect(answers.filter((answer) => !('refusal' in answer))).toEqual([]);
  });

  native('refuses every truncation whose header says its length', () => {
    const cases = Array.from({ length: bytes.length - 32 }, (_, i) => {
      const bundle = bytes.slice(0, i + 32);
      new DataView(bundle.buffer).setUint32(8, bundle.length, true);
      return { bundle };
    });
    expect(askNative(cases).filter((answer) => !('refusal' in answer))).toEqual([]);
  });

  native('survives every flipped bit: what it accepts still means what brute force says', () => {
    const cases = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const bundle = bytes.slice();
      bundle[bit >> 3] = (bundle[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return { bundle, queries };
    });
    const answers = askNative(cases);
    expect(answers).toHaveLength(cases.length);
    expect(answers.filter((answer) => 'refusal' in answer).length).toBeGreaterThan(cases.length / 2);
  });
});

/** Reasons that limits.test.ts gives rise to, and one that no file can: where the caller puts it. */
const ELSEWHERE = [
  'the bytes are not aligned in memory',
  'the file is larger than a bundle may be',
  'prefixes have too many lengths',
  'a bucket holds too many entries',
  'a value brings too many selectors into question',
  'a value has too many prefixes',
  'too many services on the way to a node',
];
