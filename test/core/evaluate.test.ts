// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CoreBundle, openBundle, type Verdict } from '../../src/bundle/core.ts';
import { NONE } from '../../src/bundle/generated.ts';
import { buildParts } from './build.ts';
import { anyPeer, anyPolicy, anyQuery } from './chance.ts';
import { decideAccept, decideConnect, featuresOf, holds, NO_ANSWER, peerAllowed } from './decide.ts';
import { askNative, hasCompiler, type Query } from './native.ts';
import { encodeParts } from './parts.ts';
import { conditionsOf, type Policy } from './policy.ts';
import { remote, SAMPLE } from './samples.ts';

function expected(policy: Policy, { accepts, facts, connection }: Query): Verdict {
  return accepts ? decideAccept(policy, facts, connection) : decideConnect(policy, facts, connection);
}

function ask(bundle: CoreBundle, { accepts, facts, connection }: Query): Verdict {
  return accepts ? bundle.decideAccept(facts, connection) : bundle.decideConnect(facts, connection);
}

/** What the sample says: it has no options, so what is shown to the peer is the identity. */
function plain(action: Verdict['action'], rule: number, identity: number, service: number): Verdict {
  return { ...NO_ANSWER, action, rule, identity, service, presents: identity };
}

describe('what a bundle says of a connection', () => {
  const bundle = openBundle(encodeParts(buildParts(SAMPLE)));
  const web = { 'process:name': 'nginx', 'process:uid': 33 };
  const backup = { 'process:cmdline': '/usr/bin/restic backup --all' };

  test.each([
    ['no selector is true', { 'process:uid': 33 }, '10.1.2.3', 443, plain('deny', 0, NONE, NONE)],
    ['no rule grants the destination', web, '192.0.2.1', 443, plain('deny', 6, 1, NONE)],
    ['an exact address and port', web, '10.1.2.3', 443, plain('allow', 7, 1, 2)],
    ['an exact address and any port', web, '10.1.2.3', 1, plain('allow', 7, 1, 2)],
    ['a prefix and a port', web, '10.255.0.1', 53, plain('allow', 7, 1, 1)],
    ['a prefix and another port', web, '10.255.0.1', 54, plain('deny', 6, 1, NONE)],
    ['the first port of a range', backup, '10.9.255.255', 80, plain('allow', 3, 0, 0)],
    ['a port of two ranges: the lowest service', backup, '10.9.0.0', 90, plain('allow', 3, 0, 0)],
    ['the last port of a range', backup, '10.9.0.0', 443, plain('allow', 3, 0, 2)],
    ['a port after the range', backup, '10.9.0.0', 444, plain('audit', 2, 0, NONE)],
    ['an IPv6 host', backup, 'fd00::1', 443, plain('allow', 3, 0, 0)],
    ['an IPv6 prefix within a prefix', backup, 'fd00:1::5', 99, plain('audit', 4, 0, 1)],
    ['an IPv4 address in its mapped form', web, '::ffff:10.1.2.3', 443, plain('allow', 7, 1, 2)],
    ['an IPv4-compatible address is IPv6', web, '::10.1.2.3', 443, plain('deny', 6, 1, NONE)],
    [
      'a term of the destination port',
      { 'process:binary:path': '/usr/sbin/nginx' },
      '192.0.2.1',
      443,
      plain('deny', 6, 1, NONE),
    ],
    [
      'a term of another destination port',
      { 'process:binary:path': '/usr/sbin/nginx' },
      '192.0.2.1',
      80,
      plain('deny', 0, NONE, NONE),
    ],
  ] as const)('%s', (_, facts, address, port, verdict) => {
    const connection = { remote: remote(address, port) };
    expect(bundle.decideConnect(facts, connection)).toEqual(verdict);
    expect(decideConnect(SAMPLE, facts, connection)).toEqual(verdict);
  });

  test('an accepted connection is decided by the posture and names the identity', () => {
    const from = { remote: remote('192.0.2.1', 443), localPort: 443 };
    expect(bundle.decideAccept(web, from)).toEqual(plain('allow', 1, 1, NONE));
    expect(bundle.decideAccept({}, from)).toEqual(plain('allow', 1, NONE, NONE));
    expect(bundle.decideAccept({ 'process:binary:path': '/usr/sbin/nginx' }, from).identity).toBe(NONE);
  });

  test.each(['destination:port', 'direction', 'source:port'])(
    'a process that claims a %s makes no sense, and is denied without a rule',
    (fact) => {
      const facts: object = { [fact]: 443 };
      const connection = { remote: remote('10.1.2.3', 443) };
      expect(bundle.decideConnect(facts, connection)).toEqual(NO_ANSWER);
      expect(bundle.decideAccept(facts, connection)).toEqual(NO_ANSWER);
    },
  );

  test('any policy means to the core what it means to the oracle', () => {
    const queries = fc.array(anyQuery, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(anyPolicy, queries, anyPeer, (policy, asked, peer) => {
        const core = openBundle(encodeParts(buildParts(policy)));
        expect(core.features).toBe(featuresOf(policy));
        for (const query of asked) {
          const verdict = ask(core, query);
          expect(verdict).toEqual(expected(policy, query));
          expect(core.peerAllowed(verdict, peer)).toBe(peerAllowed(policy, verdict, peer));
          const { accepts, facts, connection } = query;
          conditionsOf(policy).forEach((program, number) =>
            expect(core.conditionHolds(number, facts, connection, accepts)).toBe(
              holds(program, facts, connection, accepts),
            ),
          );
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
