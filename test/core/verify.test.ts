// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { checkBundle } from '../../src/bundle/core.ts';
import { BREAKAGES } from './breakages.ts';
import { buildParts } from './build.ts';
import { askNative, hasCompiler, type Query } from './native.ts';
import { encodeParts } from './parts.ts';
import { FULL, remote, SAMPLE } from './samples.ts';

const native = hasCompiler() ? test : test.skip;
const bytes = encodeParts(buildParts(SAMPLE));

function connects(facts: Query['facts'], address: string, port: number, name = ''): Query {
  return {
    accepts: false,
    facts,
    connection: { remote: remote(address, port), name, time: 1_700_000_000 },
  };
}
function accepts(facts: Query['facts'], address: string, port: number, peer = ''): Query {
  return {
    accepts: true,
    facts,
    connection: { remote: remote(address, port), peer, time: 1_700_000_000 },
  };
}
const samples = [
  {
    name: 'the sample',
    bytes,
    queries: [
      connects({ 'process:name': 'nginx', 'process:uid': 33 }, '10.1.2.3', 443),
      connects({ 'process:cmdline': '/usr/bin/restic backup' }, 'fd00:1::1', 53),
      connects({ 'process:uid': 34, 'process:gid': 34 }, '10.9.1.1', 85),
      connects({ 'process:binary:path': '/usr/sbin/nginx' }, '192.168.1.1', 443),
      accepts({}, '192.0.2.1', 5000),
    ],
  },
  {
    name: 'the full sample',
    bytes: encodeParts(buildParts(FULL)),
    queries: [
      connects({ labels: ['app=api'] }, '10.1.2.3', 5432),
      connects(
        { labels: ['process:env:APP=api'], 'process:name': 'psql' },
        '10.2.9.9',
        6005,
        'db.example.org',
      ),
      connects({ labels: ['x', 'app=api'] }, '192.0.2.1', 25, 'mail.example.org'),
      connects({ 'process:uid': 33 }, '10.1.2.3', 5432),
      accepts({ labels: ['app=api'] }, '10.0.0.1', 1024, 'spiffe://example.org/ops/a'),
      accepts({ 'process:cmdline': '/usr/bin/api --x' }, 'fd00::9', 1024, 'spiffe://example.org/x/web'),
      accepts({}, 'fd00::1', 4000),
    ],
  },
];

const refusals = BREAKAGES.map(({ section, index, reason, kind = 'malformed' }) => ({
  kind,
  section,
  index,
  reason,
}));

describe('the verifier', () => {
  test.each(samples)('accepts $name', (sample) => {
    expect(checkBundle(sample.bytes)).toBeUndefined();
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
    const folder = new URL('../../kmod/core/', import.meta.url);
    const sources = readdirSync(folder)
      .filter((file) => file.endsWith('.c'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const reasons = sources.flatMap((source) =>
      [...source.matchAll(/(?:rt_refuse\([^;]*?|return )"([^"]+)"\)?;/g)].map(([, reason]) => reason ?? ''),
    );
    expect(reasons.length).toBeGreaterThan(90);
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

  native.each(samples)(
    'survives every flipped bit of $name: what it accepts means what brute force says',
    (sample) => {
      const cases = Array.from({ length: sample.bytes.length * 8 }, (_, bit) => {
        const bundle = sample.bytes.slice();
        bundle[bit >> 3] = (bundle[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return { bundle, queries: sample.queries };
      });
      const answers = askNative(cases);
      expect(answers).toHaveLength(cases.length);
      expect(answers.filter((answer) => 'refusal' in answer).length).toBeGreaterThan(cases.length / 2);
    },
  );
});

/** Reasons that limits.test.ts and template.test.ts give rise to, and one that no file can: where the caller puts it. */
const ELSEWHERE = [
  'the bytes are not aligned in memory',
  'the file is larger than a bundle may be',
  'prefixes have too many lengths',
  'a bucket holds too many entries',
  'a value brings too many selectors into question',
  'a value has too many prefixes',
  'too many services on the way to a node',
  'the services of one address are in too many sets',
  'services on the way to a node are in too many sets',
  'strings are referred to too often',
  'too many rules have a condition',
  'too many variables are named',
  'the name of a variable is too long',
  'a template has no placeholder',
  'a bracket has no partner',
  'a placeholder is empty or too long',
  'too many supplementary groups are named',
];
