// SPDX-License-Identifier: Apache-2.0
// What is written differently, against the policies as they were written; and what is decided differently where one side has no
// policy, against the evaluator.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAddress } from '../../src/bundle/address.ts';
import { openBundle } from '../../src/bundle/core.ts';
import { comparePolicies } from '../../src/diff/compare.ts';
import type { IdentityDifference, Structure } from '../../src/diff/types.ts';
import { compileSmall, type SmallPolicy } from '../apply/policies.ts';
import { isAbout } from './coverage.ts';

const serviceNames = ['a', 'b', 'c', 'd', 'e'] as const;
const randomPolicy: fc.Arbitrary<SmallPolicy> = fc.record({
  posture: fc.constantFrom('allow', 'audit', 'deny'),
  services: fc.constant(
    Object.fromEntries(serviceNames.map((name, i) => [name, [`10.0.${i}.0/24`, `10.9.9.9:${i + 1}`]])),
  ),
  identities: fc.dictionary(
    fc.constantFrom('x', 'y', 'z'),
    fc.record({
      mode: fc.constantFrom('enforce', 'audit', 'off'),
      selectors: fc.uniqueArray(
        fc.record({ 'process:uid': fc.integer({ min: 1, max: 3 }) }, { requiredKeys: ['process:uid'] }),
        { minLength: 1, maxLength: 2, selector: (s) => s['process:uid'] },
      ),
      egress: fc.array(
        fc
          .tuple(
            fc.uniqueArray(fc.constantFrom(...serviceNames), { minLength: 1, maxLength: 5 }),
            fc.boolean(),
          )
          .map(([names, audit]) => (audit ? { audit: names } : names)),
        { maxLength: 4 },
      ),
    }),
  ),
});

describe('what is written differently of any two policies', () => {
  test('is each selector and each granted service of one side alone', () => {
    fc.assert(
      fc.property(randomPolicy, randomPolicy, (one, other) => {
        const { structure } = comparePolicies(compileSmall(one), compileSmall(other));
        const [mine, yours] = [written(one), written(other)];
        expect(told(structure)).toEqual(
          [
            ...[...yours].filter((text) => !mine.has(text)).map((text) => `+ ${text}`),
            ...[...mine].filter((text) => !yours.has(text)).map((text) => `- ${text}`),
          ].sort(),
        );
      }),
      { numRuns: 300 },
    );
  });
});

function told({ identities }: Structure): readonly string[] {
  return identities
    .flatMap(({ workloadId, selectors, statements }) => [
      ...selectors.map(({ kind, selector }) => `${mark(kind)} ${workloadId} ${selector}`),
      ...statements.flatMap(({ kind, statement, services = [] }) =>
        services.map((service) => `${mark(kind)} ${workloadId} ${statement} ${service}`),
      ),
    ])
    .sort();
}

function mark(kind: string): string {
  return { added: '+', removed: '-' }[kind] ?? kind;
}

/** Selectors and granted services of each identity. A rule for the services of an earlier one is never used. */
function written({ identities = {} }: SmallPolicy): ReadonlySet<string> {
  return new Set(
    Object.entries(identities).flatMap(([id, { mode, selectors, egress = [] }]) => {
      const seen = new Set<string>();
      return [
        ...selectors.map((selector) => `${id} process:uid=${String(selector['process:uid'])}`),
        ...egress.flatMap((rule) => {
          const names = 'audit' in rule ? rule.audit : rule;
          const set = [...names].sort().join();
          if (seen.has(set)) return [];
          seen.add(set);
          return names.map(
            (name) => `${id} ${'audit' in rule && mode !== 'off' ? 'audit' : 'allow'} ${name}`,
          );
        }),
      ];
    }),
  );
}

describe('a difference with no policy on one side', () => {
  const processes = [{}, ...[1, 2, 3, 4].map((uid) => ({ 'process:uid': uid }))];
  const connections = [
    ...serviceNames.map((_, i) => ({ address: `10.0.${i}.7`, port: 443 })),
    ...serviceNames.map((_, i) => ({ address: '10.9.9.9', port: i + 1 })),
    { address: '192.0.2.1', port: 80 },
  ].map(({ address, port }) => ({
    remote: { address: parseAddress(address) ?? new Uint8Array(), port },
    time: 1_700_000_000,
  }));

  test('is each connection that the policy does not allow, and no other', () => {
    fc.assert(
      fc.property(randomPolicy, fc.boolean(), (policy, isAfter) => {
        const compiled = compileSmall(policy);
        const core = openBundle(compiled.bundle);
        const names = Object.keys(policy.identities ?? {}).sort();
        const difference = isAfter
          ? comparePolicies(undefined, compiled)
          : comparePolicies(compiled, undefined);
        expect(difference.exact).toBe(true);
        for (const facts of processes) {
          for (const connection of connections) {
            const verdict = core.decideConnect(facts, connection);
            const name = names[verdict.identity];
            const identity = name === undefined ? undefined : `spiffe://example.org/${name}`;
            const own = difference.identities.find((one) => (isAfter ? one.after : one.before) === identity);
            const [change, another] = (own?.changes ?? []).filter(
              (one) => one.direction === 'out' && isAbout(one, facts, connection),
            );
            expect(another).toBeUndefined();
            expect(hasMoved(own)).toBe(identity !== undefined);
            expect((isAfter ? change?.after : change?.before)?.action).toBe(
              verdict.action === 'allow' ? undefined : verdict.action,
            );
            if (change !== undefined)
              expect(isAfter ? change.example.before : change.example.after).toEqual({ action: 'allow' });
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

function hasMoved(one: IdentityDifference | undefined): boolean {
  return one?.moves.some(({ direction }) => direction === 'out') === true;
}
