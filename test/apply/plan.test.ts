// SPDX-License-Identifier: Apache-2.0

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { diffBundles } from '../../src/apply/diff.ts';
import { type Circumstances, makePlan } from '../../src/apply/plan.ts';
import type { Example, IdentityChange } from '../../src/apply/plan-types.ts';
import { renderPlan, summaryWords } from '../../src/apply/render-plan.ts';
import { loadPlan, refuseStale, savePlan } from '../../src/apply/saved-plan.ts';
import { parseAddress } from '../../src/bundle/address.ts';
import { openBundle } from '../../src/bundle/core.ts';
import { readBundle } from '../../src/bundle/reader.ts';
import { compileSmall, inFolder, type SmallPolicy } from './policies.ts';

const WEB = { 'process:name': 'web' } as const;
const SERVICES = { db: ['10.0.0.1:5432'], mail: ['10.0.0.2:25'], net: ['10.1.0.0/16:8000-8080'] } as const;
const base: SmallPolicy = {
  identities: { 'app/web': { selectors: [WEB], egress: [['db']] } },
  services: SERVICES,
};

/** The base policy with another identity. */
function withWeb(identity: NonNullable<SmallPolicy['identities']>[string]): SmallPolicy {
  return { ...base, identities: { 'app/web': identity } };
}

function diff(before: SmallPolicy | undefined, after: SmallPolicy | undefined) {
  const bundleOf = (policy: SmallPolicy | undefined) =>
    policy === undefined ? undefined : compileSmall(policy).bundle;
  return diffBundles(bundleOf(before), bundleOf(after));
}

/** The one identity that changes. */
function onlyIdentity(before: SmallPolicy | undefined, after: SmallPolicy | undefined): IdentityChange {
  const { identities } = diff(before, after).changes;
  expect(identities).toHaveLength(1);
  const [identity] = identities;
  if (identity === undefined) throw new Error('nothing changes');
  return identity;
}

describe('a difference', () => {
  test('between a policy and itself is none', () => {
    expect(diff(base, base)).toEqual({
      changes: { postures: [], identities: [], services: [] },
      summary: {
        changes: false,
        identities: { added: 0, removed: 0, changed: 0 },
        services: { added: 0, removed: 0, changed: 0 },
        destinations: { gained: 0, lost: 0, changed: 0 },
        selectors: { added: 0, removed: 0 },
        postures: 0,
        unlisted: 0,
      },
    });
  });

  test('tells a destination that is gained, with a connection that was refused and is allowed', () => {
    const { destinations } = onlyIdentity(base, withWeb({ selectors: [WEB], egress: [['db'], ['net']] }));
    expect(destinations).toEqual([
      {
        kind: 'gained',
        service: 'net',
        after: 'allow',
        example: {
          facts: { 'process:name': 'web' },
          destination: '10.1.0.1:8000',
          before: { action: 'deny', identity: 'app/web' },
          after: { action: 'allow', identity: 'app/web', service: 'net' },
          differs: true,
        },
      },
    ]);
  });

  test('tells a destination that is lost', () => {
    const { destinations } = onlyIdentity(base, withWeb({ selectors: [WEB] }));
    expect(destinations).toMatchObject([
      {
        kind: 'lost',
        service: 'db',
        before: 'allow',
        example: {
          destination: '10.0.0.1:5432',
          before: { action: 'allow' },
          after: { action: 'deny' },
          differs: true,
        },
      },
    ]);
  });

  test('tells a destination that is audited from now on', () => {
    const { destinations } = onlyIdentity(base, withWeb({ selectors: [WEB], egress: [{ audit: ['db'] }] }));
    expect(destinations).toMatchObject([
      { kind: 'changed', service: 'db', before: 'allow', after: 'audit', example: { differs: true } },
    ]);
  });

  test('tells nothing of a rule that grants what an earlier one has granted', () => {
    const { changes, summary } = diff(
      base,
      withWeb({ selectors: [WEB], egress: [['db'], { audit: ['db'] }] }),
    );
    expect(changes.identities).toEqual([]);
    expect(summary.changes).toBe(true);
    expect(summaryWords(summary)).toBe('the bundle changes, and no decision with it');
  });

  test('sees which rule comes first when rules change places', () => {
    const one = withWeb({ selectors: [WEB], egress: [['db', 'mail'], { audit: ['db', 'net'] }] });
    const other = withWeb({ selectors: [WEB], egress: [{ audit: ['db', 'net'] }, ['db', 'mail']] });
    expect(onlyIdentity(one, other).destinations).toMatchObject([
      { kind: 'changed', service: 'db', before: 'allow', after: 'audit' },
    ]);
  });

  test('tells of an identity that is added who becomes it, and what it may do', () => {
    const change = onlyIdentity({ ...base, identities: {} }, base);
    expect(change).toMatchObject({
      kind: 'added',
      workloadId: 'app/web',
      mode: { before: undefined, after: 'enforce' },
      selectors: [
        { kind: 'added', selector: 'process:name=web', example: { after: { identity: 'app/web' } } },
      ],
      destinations: [{ kind: 'gained', service: 'db' }],
    });
  });

  test('tells of an identity that is removed what is lost', () => {
    expect(onlyIdentity(base, { ...base, identities: {} })).toMatchObject({
      kind: 'removed',
      selectors: [{ kind: 'removed' }],
      destinations: [{ kind: 'lost', service: 'db', example: { differs: true } }],
    });
  });

  test('tells a change of mode, and what becomes of connections that nothing grants', () => {
    const change = onlyIdentity(withWeb({ mode: 'audit', selectors: [WEB], egress: [['db']] }), base);
    expect(change).toMatchObject({
      kind: 'changed',
      mode: { before: 'audit', after: 'enforce' },
      fallback: {
        before: 'audit',
        after: 'deny',
        example: {
          destination: '192.0.2.1:443',
          before: { action: 'audit' },
          after: { action: 'deny' },
          differs: true,
        },
      },
      destinations: [],
    });
  });

  test('tells a change of the posture with a process of no identity', () => {
    const { postures } = diff(base, { ...base, posture: 'audit', ingress: 'audit' }).changes;
    expect(postures).toMatchObject([
      {
        direction: 'egress',
        change: { before: 'deny', after: 'audit' },
        example: { facts: {}, differs: true },
      },
      { direction: 'ingress', change: { before: 'allow', after: 'audit' } },
    ]);
  });

  test('tells who gets into a selector and who gets out', () => {
    const { selectors } = onlyIdentity(
      base,
      withWeb({ selectors: [{ 'process:uid': [33, 34] }], egress: [['db']] }),
    );
    expect(selectors).toMatchObject([
      {
        kind: 'added',
        selector: 'process:uid=33,34',
        example: { facts: { 'process:uid': 33 }, before: { action: 'deny' }, after: { action: 'allow' } },
      },
      {
        kind: 'removed',
        selector: 'process:name=web',
        example: { before: { action: 'allow' }, after: { action: 'deny' } },
      },
    ]);
  });

  test('gives an example at a port that the selector asks for', () => {
    const selectors = [{ ...WEB, 'destination:port': 8042 }];
    const { destinations } = onlyIdentity(
      withWeb({ selectors, egress: [['db']] }),
      withWeb({ selectors, egress: [['db'], ['net']] }),
    );
    expect(destinations).toMatchObject([{ service: 'net', example: { destination: '10.1.0.1:8042' } }]);
  });

  test('gives no example where none can be true: a destination that only another identity ever reaches', () => {
    const identities = {
      'app/all': { selectors: [{ ...WEB, 'process:uid': 1 }] },
      // Always app/all by then: it asks for more.
      'app/web': { selectors: [{ 'process:uid': 1, 'process:name': ['web', 'x'] }] },
    };
    const after = { ...identities, 'app/web': { ...identities['app/web'], egress: [['db']] } };
    const { destinations } = onlyIdentity({ ...base, identities }, { ...base, identities: after });
    expect(destinations[0]?.example?.facts).not.toEqual({ 'process:uid': 1, 'process:name': 'web' });
  });

  test('tells what of a service changes, who may connect to it, and shows it', () => {
    const { services } = diff(base, { ...base, services: { ...SERVICES, db: ['10.0.0.9:5432'] } }).changes;
    expect(services).toMatchObject([
      {
        kind: 'changed',
        name: 'db',
        grantedTo: 1,
        endpoints: [
          {
            kind: 'added',
            endpoint: '10.0.0.9:5432',
            example: { before: { action: 'deny' }, after: { action: 'allow' } },
          },
          {
            kind: 'removed',
            endpoint: '10.0.0.1:5432',
            example: { before: { action: 'allow' }, after: { action: 'deny' } },
          },
        ],
      },
    ]);
  });

  test('to nothing and from nothing is all of it', () => {
    expect(diff(undefined, base).summary).toMatchObject({
      changes: true,
      identities: { added: 1 },
      services: { added: 3 },
    });
    expect(diff(base, undefined).summary).toMatchObject({ changes: true, identities: { removed: 1 } });
    expect(diff(undefined, undefined).summary.changes).toBe(false);
    expect(diff(undefined, base).changes.postures).toMatchObject([
      { direction: 'egress', change: { before: 'ungoverned', after: 'deny' }, example: { differs: true } },
      { direction: 'ingress', change: { before: 'ungoverned', after: 'allow' } },
    ]);
  });
});

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
            const { action, identity } = core.decideConnect(example.facts, destination);
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
    const { summary, changes } = diff(
      { services, identities: identities([]) },
      { services, identities: identities([Object.keys(services)]) },
    );
    expect(summary.destinations.gained).toBe(30_000);
    expect(summary.unlisted).toBe(10_000);
    expect(changes.identities.reduce((sum, { unlisted }) => sum + unlisted, 0)).toBe(10_000);
  });
});

const after = compileSmall(withWeb({ selectors: [WEB], egress: [['db'], ['net']] }));
const before = compileSmall(base);
const manifest = {
  schemaVersion: 1,
  target: 'kernel',
  node: 'web-1',
  action: 'apply',
  generation: 4,
  digest: before.digest,
  dirty: false,
  who: 'alice@web-1',
  at: '2026-01-01T00:00:00.000Z',
  writer: { host: 'web-1', pid: 1 },
} as const;
const circumstances: Circumstances = {
  target: { name: 'kernel', node: 'web-1' },
  source: { commit: 'c'.repeat(40), dirty: false },
  recorded: { manifest, bundle: before.bundle },
  live: { state: { generation: 4, digest: before.digest }, bundle: before.bundle },
};

describe('a plan', () => {
  test('is made against what is in force', () => {
    const plan = makePlan(after, circumstances);
    expect(plan).toMatchObject({
      schemaVersion: 1,
      target: 'kernel',
      node: 'web-1',
      base: { from: 'live', generation: 4, digest: before.digest, recordedDigest: before.digest },
      desired: { digest: after.digest, size: after.bundle.byteLength },
      summary: { changes: true, destinations: { gained: 1 } },
    });
    expect(plan).not.toHaveProperty('drift');
  });

  test('is made against the record when the target was not asked', () => {
    const { live: _live, ...offline } = circumstances;
    const plan = makePlan(after, offline);
    expect(plan.base).toEqual({ from: 'recorded', digest: before.digest, recordedDigest: before.digest });
    expect(plan.summary).toMatchObject({ destinations: { gained: 1 } });
  });

  test('tells what was changed behind the record, and counts from what is in force', () => {
    const plan = makePlan(after, {
      ...circumstances,
      live: { state: { generation: 5, digest: after.digest }, bundle: after.bundle },
    });
    expect(plan.summary.changes).toBe(false);
    expect(plan.drift).toMatchObject({
      live: after.digest,
      recorded: before.digest,
      summary: { destinations: { gained: 1 } },
    });
    const restarted = makePlan(after, { ...circumstances, live: { state: { generation: 0 } } });
    expect(restarted.drift?.words).toContain('restarted');
    expect(restarted.base.from).toBe('nothing');
  });

  test('is text that a person reads, marks first', () => {
    const text = renderPlan(makePlan(after, circumstances));
    expect(text).toBe(
      [
        'target          kernel on web-1',
        `compared with   generation 4, bundle ${before.digest.slice(0, 12)}`,
        `policy          commit cccccccccccc, bundle ${after.digest.slice(0, 12)}`,
        '',
        '~ identity app/web',
        '    + destination  net  allow',
        '        for example process:name=web to 10.1.0.1:8000: refused as app/web, then allowed as app/web by net',
        '',
        'Plan: 1 identity changed; 1 destination gained.',
      ].join('\n'),
    );
    const coloured = renderPlan(makePlan(after, circumstances), { colour: true });
    // oxlint-disable-next-line no-control-regex -- colours are what is taken out
    expect(coloured.replaceAll(/\u001b\[\d*m/g, '')).toBe(text);
  });

  test('lets nothing in a name move the cursor of a terminal', () => {
    const evil = compileSmall({ identities: { 'a\u001b[2J\u202eb': { selectors: [WEB] } } });
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(renderPlan(makePlan(evil, circumstances))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe('a saved plan', () => {
  const plan = makePlan(after, circumstances);
  const save = async (folder: string): Promise<string> => {
    const path = join(folder, 'plan.json');
    await savePlan(path, plan, {
      ...after,
      sourceMap: { schemaVersion: 1, bundle: after.digest, rules: [], identities: [], services: [] },
    });
    return path;
  };

  test('is read as it was written, and written the same each time', async () => {
    await inFolder(async (folder) => {
      const path = await save(folder);
      const saved = await loadPlan(path);
      expect(saved.plan).toEqual(JSON.parse(JSON.stringify(plan)));
      expect(saved.bundle).toEqual(after.bundle);
      const text = readFileSync(path, 'utf8');
      await save(folder);
      expect(readFileSync(path, 'utf8')).toBe(text);
      refuseStale(saved.plan, circumstances);
    });
  });

  test('is refused when a single letter of it was changed', async () => {
    await inFolder(async (folder) => {
      const path = await save(folder);
      const text = readFileSync(path, 'utf8');
      for (const changed of [
        text.replace('"gained"', '"gaimed"'),
        text.slice(0, -20),
        '',
        '{}',
        '[]',
        text.replace('"version":1', '"version":2'),
      ]) {
        writeFileSync(path, changed);
        await expect(loadPlan(path)).rejects.toMatchObject({ kind: 'plan-unreadable', exitCode: 7 });
      }
      await expect(loadPlan(join(folder, 'none'))).rejects.toMatchObject({ kind: 'plan-unreadable' });
    });
  });

  test.each([
    [
      'the target',
      { target: { name: 'kernel', node: 'web-2' } },
      'target: kernel/web-1 then, kernel/web-2 now',
    ],
    [
      'the generation',
      { live: { state: { generation: 5, digest: before.digest } } },
      'generation in force: 4 then, 5 now',
    ],
    ['what is in force', { live: { state: { generation: 4 } } }, 'now'],
    ['the record', { recorded: { manifest: { ...manifest, digest: after.digest } } }, 'recorded: bundle'],
    [
      'the policy',
      { source: { commit: 'd'.repeat(40), dirty: false } },
      'the policy: at commit cccccccccccc then, at commit dddddddddddd now',
    ],
  ] as const)('is refused when %s has moved, and says so', (_what, moved, words) => {
    const refuse = () => refuseStale(plan, { ...circumstances, ...moved });
    expect(refuse).toThrow(
      expect.objectContaining({ kind: 'plan-stale', exitCode: 5, why: expect.stringContaining(words) }),
    );
  });

  test('is not refused for a new commit that compiles to the same bundle', () => {
    const moved = { ...circumstances, source: { commit: 'd'.repeat(40), dirty: false } };
    refuseStale(plan, moved, after.digest);
    expect(() => refuseStale(plan, moved, before.digest)).toThrow(
      expect.objectContaining({ kind: 'plan-stale' }),
    );
  });
});
