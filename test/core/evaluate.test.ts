// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openBundle } from '../../src/bundle/core.ts';
import { NONE } from '../../src/bundle/generated.ts';
import { buildParts } from './build.ts';
import { askNative, hasCompiler, type Query } from './native.ts';
import { encodeParts } from './parts.ts';
import { decideAccept, decideConnect, type Policy } from './policy.ts';
import { anyDestination, anyFacts, anyPolicy, destination, SAMPLE } from './samples.ts';

const anyQuery: fc.Arbitrary<Query> = fc.record(
  { facts: anyFacts, destination: anyDestination },
  { requiredKeys: ['facts'] },
);

function expected(policy: Policy, { facts, destination: to }: Query) {
  return to === undefined ? decideAccept(policy, facts) : decideConnect(policy, facts, to);
}

describe('what a bundle says of a connection', () => {
  const bundle = openBundle(encodeParts(buildParts(SAMPLE)));
  const web = { 'process:name': 'nginx', 'process:uid': 33 };
  const backup = { 'process:cmdline': '/usr/bin/restic backup --all' };

  test.each([
    [
      'no selector is true',
      { 'process:uid': 33 },
      '10.1.2.3',
      443,
      { action: 'deny', rule: 0, identity: NONE, service: NONE },
    ],
    [
      'no rule grants the destination',
      web,
      '192.0.2.1',
      443,
      { action: 'deny', rule: 6, identity: 1, service: NONE },
    ],
    [
      'an exact address and port',
      web,
      '10.1.2.3',
      443,
      { action: 'allow', rule: 7, identity: 1, service: 2 },
    ],
    [
      'an exact address and any port',
      web,
      '10.1.2.3',
      1,
      { action: 'allow', rule: 7, identity: 1, service: 2 },
    ],
    ['a prefix and a port', web, '10.255.0.1', 53, { action: 'allow', rule: 7, identity: 1, service: 1 }],
    [
      'a prefix and another port',
      web,
      '10.255.0.1',
      54,
      { action: 'deny', rule: 6, identity: 1, service: NONE },
    ],
    [
      'the first port of a range',
      backup,
      '10.9.255.255',
      80,
      { action: 'allow', rule: 3, identity: 0, service: 0 },
    ],
    [
      'a port of two ranges: the lowest service',
      backup,
      '10.9.0.0',
      90,
      { action: 'allow', rule: 3, identity: 0, service: 0 },
    ],
    [
      'the last port of a range',
      backup,
      '10.9.0.0',
      443,
      { action: 'allow', rule: 3, identity: 0, service: 2 },
    ],
    [
      'a port after the range',
      backup,
      '10.9.0.0',
      444,
      { action: 'audit', rule: 2, identity: 0, service: NONE },
    ],
    ['an IPv6 host', backup, 'fd00::1', 443, { action: 'allow', rule: 3, identity: 0, service: 0 }],
    [
      'an IPv6 prefix within a prefix',
      backup,
      'fd00:1::5',
      99,
      { action: 'audit', rule: 4, identity: 0, service: 1 },
    ],
    [
      'an IPv4 address in its mapped form',
      web,
      '::ffff:10.1.2.3',
      443,
      { action: 'allow', rule: 7, identity: 1, service: 2 },
    ],
    [
      'an IPv4-compatible address is IPv6',
      web,
      '::10.1.2.3',
      443,
      { action: 'deny', rule: 6, identity: 1, service: NONE },
    ],
    [
      'a term of the destination port',
      { 'process:binary:path': '/usr/sbin/nginx' },
      '192.0.2.1',
      443,
      { action: 'deny', rule: 6, identity: 1, service: NONE },
    ],
    [
      'a term of another destination port',
      { 'process:binary:path': '/usr/sbin/nginx' },
      '192.0.2.1',
      80,
      { action: 'deny', rule: 0, identity: NONE, service: NONE },
    ],
  ] as const)('%s', (_, facts, address, port, verdict) => {
    expect(bundle.decideConnect(facts, destination(address, port))).toEqual(verdict);
    expect(decideConnect(SAMPLE, facts, destination(address, port))).toEqual(verdict);
  });

  test('an accepted connection is decided by the posture and names the identity', () => {
    expect(bundle.decideAccept(web)).toEqual({ action: 'allow', rule: 1, identity: 1, service: NONE });
    expect(bundle.decideAccept({})).toEqual({ action: 'allow', rule: 1, identity: NONE, service: NONE });
    expect(bundle.decideAccept({ 'process:binary:path': '/usr/sbin/nginx' }).identity).toBe(NONE);
  });

  test('facts that make no sense are denied without a rule', () => {
    const facts: object = { 'destination:port': 443 };
    const nothing = { action: 'deny', rule: NONE, identity: NONE, service: NONE };
    expect(bundle.decideConnect(facts, destination('10.1.2.3', 443))).toEqual(nothing);
    expect(bundle.decideAccept(facts)).toEqual(nothing);
  });

  test('any policy means to the core what it means to the oracle', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(anyQuery, { minLength: 1, maxLength: 40 }), (policy, queries) => {
        const core = openBundle(encodeParts(buildParts(policy)));
        for (const query of queries) {
          const { facts, destination: to } = query;
          const verdict = to === undefined ? core.decideAccept(facts) : core.decideConnect(facts, to);
          expect(verdict).toEqual(expected(policy, query));
        }
      }),
      { numRuns: 500 },
    );
  });

  (hasCompiler() ? test : test.skip)(
    'the native core answers as the oracle does, and brute force agrees',
    () => {
      const pair = fc.tuple(anyPolicy, fc.array(anyQuery, { maxLength: 40 }));
      // Many policies in one run: a process for each would take longer than the answers.
      fc.assert(
        fc.property(fc.array(pair, { minLength: 40, maxLength: 40 }), (pairs) => {
          const cases = pairs.map(([policy, queries]) => ({
            bundle: encodeParts(buildParts(policy)),
            queries,
          }));
          expect(askNative(cases)).toEqual(
            pairs.map(([policy, queries]) => ({ verdicts: queries.map((query) => expected(policy, query)) })),
          );
        }),
        { numRuns: 8, endOnFailure: true },
      );
    },
  );
});
