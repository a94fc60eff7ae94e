// SPDX-License-Identifier: Apache-2.0
// Every limit at its edge and one past it.

import { describe, expect, test } from '@jest/globals';
import { checkBundle, openBundle } from '../../src/bundle/core.ts';
import { LIMITS, NONE } from '../../src/bundle/generated.ts';
import { buildParts, u16, u32 } from './build.ts';
import { askNative, hasCompiler } from './native.ts';
import { encodeParts, type Parts } from './parts.ts';
import type { Identity, Policy, Term } from './policy.ts';
import { destination, endpoint, SAMPLE } from './samples.ts';

const EMPTY: Policy = { trustDomain: 'a', egress: 'deny', ingress: 'allow', identities: [], services: [] };

function identity(selectors: readonly (readonly Term[])[], name = 'w'): Identity {
  return { workloadId: name, selectors, fallback: 'audit', rules: [] };
}

function who(selectors: readonly (readonly Term[])[]): Parts {
  return buildParts({ ...EMPTY, identities: [identity(selectors)] });
}

function counted<T>(n: number, make: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => make(i));
}

const cmdline = (...values: string[]): Term => ({ fact: 'process:cmdline', values });
const uid = (...values: number[]): Term => ({ fact: 'process:uid', values });
const names = (n: number): string[] => counted(n, (i) => `s${String(i).padStart(4, '0')}`);

/** All values in one bucket. */
function oneBucket(parts: Parts): Parts {
  parts.sections.valueBuckets = [0, parts.sections.values.length];
  return parts;
}

/** One service that says that it is in so many sets. */
function manySets(n: number): Parts {
  const parts = buildParts({ ...EMPTY, services: [{ name: 's', endpoints: [] }] });
  parts.header.setCount = n;
  parts.sections.serviceSets = counted(n, (i) => i);
  for (const service of parts.sections.services) service.setsCount = n;
  return parts;
}

/** So many services in 10.0.0.0/8 and its part 10.1.0.0/16, at overlapping ports. */
function nested(outer: number, inner: number): Parts {
  const services = names(outer + inner).map((name, i) => ({
    name,
    endpoints: [endpoint(i < outer ? '10.0.0.0/8' : '10.1.0.0/16', 1, 100)],
  }));
  return buildParts({ ...EMPTY, services });
}

const tooMany = 'a list is longer than its limit';
const tooLong = 'a string is longer than its limit';

const cases: readonly (readonly [name: string, limit: number, make: (n: number) => Parts, reason: string])[] =
  [
    [
      'prefixHits',
      LIMITS.prefixHits,
      (n) => who(counted(n, (i) => [cmdline('a'.repeat(i + 1))])),
      'a value has too many prefixes',
    ],
    [
      'prefixLengths',
      LIMITS.prefixLengths,
      (n) => who(counted(n, (i) => [cmdline(String.fromCharCode(0x4e00 + i) + 'x'.repeat(i))])),
      'prefixes have too many lengths',
    ],
    [
      'candidates of a term',
      LIMITS.candidates,
      (n) => buildParts({ ...EMPTY, identities: names(n).map((name) => identity([[uid(1)]], name)) }),
      tooMany,
    ],
    [
      'candidates of a value',
      LIMITS.candidates,
      (n) => {
        const selectors = (i: number): Term[][] => (i % 2 === 0 ? [[uid(1)]] : [[uid(1, 2)]]);
        return buildParts({ ...EMPTY, identities: names(n).map((name, i) => identity(selectors(i), name)) });
      },
      'a value brings too many selectors into question',
    ],
    ['valueTerms', LIMITS.valueTerms, (n) => who(counted(n, (i) => [uid(1, i + 2)])), tooMany],
    [
      'selectorTerms',
      LIMITS.selectorTerms,
      (n) => who([counted(n, (i) => cmdline('a'.repeat(i + 1)))]),
      tooMany,
    ],
    [
      'bucket',
      LIMITS.bucket,
      (n) => oneBucket(who([[uid(...counted(n, (i) => i))]])),
      'a bucket holds too many entries',
    ],
    ['serviceSets', LIMITS.serviceSets, manySets, tooMany],
    [
      'destinationServices of a host',
      LIMITS.destinationServices,
      (n) =>
        buildParts({
          ...EMPTY,
          services: names(n).map((name) => ({ name, endpoints: [endpoint('10.0.0.1', 1)] })),
        }),
      tooMany,
    ],
    ['destinationServices of a prefix', LIMITS.destinationServices, (n) => nested(n, 0), tooMany],
    [
      'destinationServices on a way',
      LIMITS.destinationServices,
      (n) => nested(100, n - 100),
      'too many services on the way to a node',
    ],
    [
      'stringLength',
      LIMITS.stringLength,
      (n) => buildParts({ ...EMPTY, trustDomain: 'a'.repeat(n) }),
      tooLong,
    ],
    [
      'nameLength',
      LIMITS.nameLength,
      (n) => who([[{ fact: 'process:name', values: ['x'.repeat(n)] }]]),
      tooLong,
    ],
    [
      'pathLength',
      LIMITS.pathLength,
      (n) => who([[{ fact: 'process:binary:path', values: ['x'.repeat(n)] }]]),
      tooLong,
    ],
    ['cmdlineLength', LIMITS.cmdlineLength, (n) => who([[cmdline('x'.repeat(n))]]), tooLong],
  ];

describe('limits', () => {
  test.each(cases)('%s: %i are accepted, one more is refused', (_, limit, make, reason) => {
    expect(checkBundle(encodeParts(make(limit)))).toBeUndefined();
    expect(checkBundle(encodeParts(make(limit + 1)))).toMatchObject({ kind: 'malformed', reason });
  });

  test('a bundle larger than may be is refused for that', () => {
    const bytes = new Uint8Array(LIMITS.bundleSize + 1);
    bytes.set(encodeParts(buildParts(EMPTY)));
    expect(checkBundle(bytes)?.reason).toBe('the file is larger than a bundle may be');
    expect(checkBundle(bytes.subarray(0, -1))?.reason).toBe('the file is not as long as its header says');
  });

  test('services of neighbours in a trie are not added up', () => {
    const services = names(512).map((name, i) => ({
      name,
      endpoints: [endpoint(i < 256 ? '10.0.0.0/8' : '11.0.0.0/8', 1, 9)],
    }));
    expect(checkBundle(encodeParts(buildParts({ ...EMPTY, services })))).toBeUndefined();
  });

  test('a text at its limit is a value, and one byte more is not', () => {
    const at = (fact: 'process:name' | 'process:binary:path', length: number): Term => ({
      fact,
      values: ['x'.repeat(length)],
    });
    const bundle = openBundle(
      encodeParts(who([[at('process:name', 15)], [at('process:binary:path', 4095)]])),
    );
    expect(bundle.decideAccept({ 'process:name': 'x'.repeat(15) }).identity).toBe(0);
    expect(bundle.decideAccept({ 'process:name': 'x'.repeat(16) }).identity).toBe(NONE);
    expect(bundle.decideAccept({ 'process:binary:path': 'x'.repeat(4095) }).identity).toBe(0);
    for (const length of [4096, 4097, 70000])
      expect(bundle.decideAccept({ 'process:binary:path': 'x'.repeat(length) }).identity).toBe(NONE);
  });

  test('of a command line the first bytes count', () => {
    const bundle = openBundle(encodeParts(who([[cmdline('x'.repeat(1024))]])));
    expect(bundle.decideAccept({ 'process:cmdline': 'x'.repeat(1023) }).identity).toBe(NONE);
    expect(bundle.decideAccept({ 'process:cmdline': 'x'.repeat(100_000) }).identity).toBe(0);
  });

  (hasCompiler() ? test : test.skip)('the native core draws the same lines', () => {
    const bundles = cases.flatMap(([, limit, make]) => [make(limit), make(limit + 1)]);
    const answers = askNative(bundles.map((parts) => ({ bundle: encodeParts(parts) })));
    expect(answers.map((answer) => 'refusal' in answer)).toEqual(cases.flatMap(() => [false, true]));
  });

  (hasCompiler() ? test : test.skip)('questions that make no sense are denied without a rule', () => {
    const accept = (...facts: readonly (readonly number[])[]): Uint8Array =>
      Uint8Array.from([1, facts.length, ...facts.flat()]);
    const fact = (number: number): readonly number[] => [...u16(number), ...u16(0), ...u32(0)];
    const raw = Buffer.concat([
      accept(fact(3)),
      accept(fact(0)),
      accept(fact(7)),
      accept(fact(65535)),
      accept(fact(3), fact(3)),
      accept(fact(6)),
      Uint8Array.from([1, LIMITS.facts + 1, ...counted(LIMITS.facts, () => fact(3)).flat()]), // the last is not sent
    ]);
    const [answer] = askNative([{ bundle: encodeParts(buildParts(SAMPLE)), raw }]);
    const nothing = { action: 'deny', rule: NONE, identity: NONE, service: NONE };
    const posture = { action: 'allow', rule: 1, identity: NONE, service: NONE };
    expect(answer).toEqual({ verdicts: [posture, ...counted(6, () => nothing)] });
  });

  test('a prefix and a port that many identities share are still found', () => {
    const identities = names(300).map(
      (name, i): Identity => ({
        ...identity([[uid(i)]], name),
        rules: [{ action: 'allow', services: [0] }],
      }),
    );
    const services = [{ name: 's', endpoints: [endpoint('10.0.0.0/8', 443, 444)] }];
    const bundle = openBundle(encodeParts(buildParts({ ...EMPTY, identities, services })));
    for (const i of [0, 150, 299])
      expect(bundle.decideConnect({ 'process:uid': i }, destination('10.9.9.9', 444))).toEqual({
        action: 'allow',
        rule: 2 + i * 2 + 1,
        identity: i,
        service: 0,
      });
  });
});
