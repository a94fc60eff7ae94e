// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { diffBundles } from '../../src/plan/diff.ts';
import type { Example } from '../../src/plan/plan-types.ts';
import { parseAddress } from '../../src/bundle/address.ts';
import { openBundle } from '../../src/bundle/core.ts';
import { readBundle } from '../../src/bundle/reader.ts';
import { compileSmall, type SmallPolicy } from '../apply/policies.ts';

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

/** Every example of a difference. */
function examplesOf({ changes }: ReturnType<typeof diffBundles>): readonly Example[] {
  return [
    ...changes.postures,
    ...changes.identities.flatMap(({ selectors, destinations, fallback }) => [
      ...selectors,
      ...destinations,
      ...(fallback === undefined ? [] : [fallback]),
    ]),
    ...changes.services.flatMap(({ endpoints }) => endpoints),
  ].flatMap(({ example }) => (example === undefined ? [] : [example]));
}

describe('a difference of any two policies', () => {
  test('shows only examples that are true of both bundles', () => {
    fc.assert(
      fc.property(randomPolicy, randomPolicy, (one, other) => {
        const bundles = [compileSmall(one).bundle, compileSmall(other).bundle] as const;
        const cores = bundles.map((bundle) => ({ core: openBundle(bundle), view: readBundle(bundle) }));
        for (const example of examplesOf(diffBundles(...bundles))) {
          const [address = '', port = ''] = example.destination.split(/:(?=\d+$)/);
          const destination = {
            address: parseAddress(address.replace(/[[\]]/g, '')) ?? new Uint8Array(0),
            port: Number(port),
          };
          const verdicts = cores.map(({ core, view }) => {
            const { action, identity } = core.decideConnect(example.facts, { remote: destination });
            return { action, identity: view.identities[identity]?.workloadId };
          });
          expect(verdicts[0]).toEqual({ action: example.before.action, identity: example.before.identity });
          expect(verdicts[1]).toEqual({ action: example.after.action, identity: example.after.identity });
        }
      }),
      { numRuns: 150 },
    );
  });

  test('finds the same destinations as a comparison of every identity with every service', () => {
    fc.assert(
      fc.property(randomPolicy, randomPolicy, (one, other) => {
        const found = diffBundles(
          compileSmall(one).bundle,
          compileSmall(other).bundle,
        ).changes.identities.flatMap((identity) =>
          identity.destinations.map(
            ({ service, before, after }) => `${identity.workloadId} ${service} ${before} ${after}`,
          ),
        );
        const expected = ['x', 'y', 'z'].flatMap((id) =>
          serviceNames.flatMap((service) => {
            const [before, after] = [grantOf(one, id, service), grantOf(other, id, service)];
            return before === after ? [] : [`${id} ${service} ${before} ${after}`];
          }),
        );
        expect(found).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

/** What a policy as written says of an identity and a service: the oracle. */
function grantOf(policy: SmallPolicy, id: string, service: string): string | undefined {
  const identity = policy.identities?.[id];
  const rule = identity?.egress?.find((r) => ('audit' in r ? r.audit : r).includes(service));
  if (rule === undefined) return undefined;
  return 'audit' in rule && identity?.mode !== 'off' ? 'audit' : 'allow';
}

describe('a difference of large policies', () => {
  const large = (change: number): SmallPolicy => ({
    services: Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [
        `s${i}`,
        [`10.${i >> 8}.${i & 255}.1:${i === 7 ? change : 443}`],
      ]),
    ),
    identities: Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [
        `app/${i}`,
        {
          selectors: [{ 'process:uid': 1000 + i }],
          egress: [[`s${i % 2000}`, `s${(i + (i % 3 === 0 ? change : 1)) % 2000}`]],
        },
      ]),
    ),
  });

  test('of 10,000 identities takes seconds at most, with an example for each change', () => {
    const [one, other] = [compileSmall(large(1)).bundle, compileSmall(large(2)).bundle];
    const start = performance.now();
    const { summary, changes } = diffBundles(one, other);
    const took = performance.now() - start;
    expect(summary).toMatchObject({
      identities: { changed: 3334 },
      destinations: { gained: 3334, lost: 3334 },
      unlisted: 0,
    });
    expect(
      changes.identities.every(({ destinations }) =>
        destinations.every(({ example }) => example !== undefined),
      ),
    ).toBe(true);
    expect(took).toBeLessThan(10_000);
    console.log(`${changes.identities.length} of 10,000 identities changed: ${took.toFixed(0)} ms`);
  }, 60_000);

  test('counts what it does not list', () => {
    const services = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`s${i}`, [`10.0.${i >> 8}.${i & 255}:1`]]),
    );
    const identities = (egress: readonly (readonly string[])[]): NonNullable<SmallPolicy['identities']> =>
      Object.fromEntries(
        Array.from({ length: 100 }, (_, i) => [`app/${i}`, { selectors: [{ 'process:uid': i }], egress }]),
      );
    const { summary, changes } = diffBundles(
      compileSmall({ services, identities: identities([]) }).bundle,
      compileSmall({ services, identities: identities([Object.keys(services)]) }).bundle,
    );
    expect(summary.destinations.gained).toBe(30_000);
    expect(summary.unlisted).toBe(10_000);
    expect(changes.identities.reduce((sum, { unlisted }) => sum + unlisted, 0)).toBe(10_000);
  });
});
