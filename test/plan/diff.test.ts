// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';

import { diffBundles } from '../../src/plan/diff.ts';
import type { IdentityChange } from '../../src/plan/plan-types.ts';
import { summaryWords } from '../../src/plan/render-plan.ts';
import { compileSmall, type SmallPolicy } from '../apply/policies.ts';

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
        clauses: { added: 0, removed: 0 },
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
    expect(summaryWords({ summary })).toBe('the bundle changes, and nothing that is listed here with it');
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
