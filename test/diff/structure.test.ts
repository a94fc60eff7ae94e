// SPDX-License-Identifier: Apache-2.0
// What is written differently, by the data and not by the words for it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compilePolicy } from '../../src/compiler/compile.ts';
import { DIFF_LIMITS } from '../../src/diff/budget.ts';
import { comparePolicies } from '../../src/diff/compare.ts';
import type { Compared } from '../../src/diff/sides/side.ts';
import type { IdentityStructure, PolicyDifference } from '../../src/diff/types.ts';
import { structureParts } from '../../src/diff/words/structure.ts';
import { differenceCounts } from '../../src/diff/words/render.ts';
import { painter } from '../../src/terminal/paint.ts';
import { compileSmall, inFolder, type SmallPolicy } from '../apply/policies.ts';

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

function diff(before: SmallPolicy | undefined, after: SmallPolicy | undefined): PolicyDifference {
  const open = (policy: SmallPolicy | undefined) => (policy === undefined ? undefined : compileSmall(policy));
  return comparePolicies(open(before), open(after));
}

/** The one identity that is written differently. */
function onlyIdentity(before: SmallPolicy | undefined, after: SmallPolicy | undefined): IdentityStructure {
  const { identities } = diff(before, after).structure;
  expect(identities).toHaveLength(1);
  const [identity] = identities;
  if (identity === undefined) throw new Error('nothing changes');
  return identity;
}

function wordsOf({ structure }: PolicyDifference): string {
  return structureParts(structure, painter(false)).flat().join('\n');
}

describe('the structure of a difference', () => {
  test('is empty between a policy and itself', () => {
    const { structure, sameBytes, summary } = diff(base, base);
    expect(sameBytes).toBe(true);
    expect(structure).toEqual({ postures: [], identities: [], services: [] });
    expect(differenceCounts(summary)).toBe('');
  });

  test('tells that connections are kept, which decides none', () => {
    const difference = diff(base, { ...base, keep: true });
    expect(difference).toMatchObject({
      same: false,
      identities: [],
      summary: { gains: 0, losses: 0, others: 1 },
    });
    expect(wordsOf(difference)).toBe(
      [
        '~ project',
        '    ~ onRevoke  close -> keep',
        '~ identity app/web',
        '    + revocation  connections that have begun are kept',
      ].join('\n'),
    );
    const own = diff(
      { ...base, keep: true },
      { ...withWeb({ selectors: [WEB], egress: [['db']], keep: true }) },
    );
    expect(own.structure).toMatchObject({ keep: { before: true, after: false }, identities: [] });
  });

  test.each([
    ['one more rule', { selectors: [WEB], egress: [['db'], ['net']] }, ['+ allow net']],
    ['one more service in a rule', { selectors: [WEB], egress: [['db', 'net']] }, ['+ allow net']],
    ['no rule', { selectors: [WEB] }, ['- allow db']],
    ['another service', { selectors: [WEB], egress: [['mail']] }, ['+ allow mail', '- allow db']],
    ['an audited service', { selectors: [WEB], egress: [{ audit: ['db'] }] }, ['+ audit db', '- allow db']],
  ] as const)('tells %s', (_name, identity, expected) => {
    const { statements } = onlyIdentity(base, withWeb(identity));
    expect(
      statements.map(({ kind, statement, services = [] }) =>
        [kind === 'added' ? '+' : '-', statement, ...services].join(' '),
      ),
    ).toEqual(expected);
  });

  test('tells the mode, and what becomes of connections that nothing grants', () => {
    expect(onlyIdentity(withWeb({ mode: 'audit', selectors: [WEB], egress: [['db']] }), base)).toEqual({
      kind: 'changed',
      workloadId: 'app/web',
      mode: { before: 'audit', after: 'enforce' },
      fallback: { before: 'audit', after: 'deny' },
      selectors: [],
      statements: [],
    });
  });

  test('tells selectors that are added and removed', () => {
    const other = withWeb({ selectors: [{ 'process:uid': [33, 34] }], egress: [['db']] });
    expect(onlyIdentity(base, other).selectors).toEqual([
      { kind: 'added', selector: 'process:uid=33,34' },
      { kind: 'removed', selector: 'process:name=web' },
    ]);
  });

  test('tells the postures', () => {
    expect(diff(base, { ...base, posture: 'audit', ingress: 'audit' }).structure.postures).toEqual([
      { direction: 'egress', before: 'deny', after: 'audit' },
      { direction: 'ingress', before: 'allow', after: 'audit' },
    ]);
  });

  test('tells the endpoints of a service, and how many identities have a rule for it', () => {
    const moved = diff(base, { ...base, services: { ...SERVICES, db: ['10.0.0.9:5432'] } });
    expect(moved.structure.services).toEqual([
      {
        kind: 'changed',
        name: 'db',
        grantedTo: 1,
        endpoints: [
          { kind: 'added', endpoint: '10.0.0.9:5432' },
          { kind: 'removed', endpoint: '10.0.0.1:5432' },
        ],
      },
    ]);
    expect(differenceCounts(moved.summary)).toBe('1 service changed; 1 gain, 1 loss');
  });

  test('says an identity and its services as a person reads them', () => {
    expect(wordsOf(diff({ ...base, identities: {} }, base))).toBe(
      [
        '+ identity app/web',
        '    + mode            enforce',
        '    + egress default  deny',
        '    + selector        process:name=web',
        '    + egress rule     allow to db',
      ].join('\n'),
    );
  });

  test('lists no more services than the limit, and counts the rest', () => {
    const services = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`s${i}`, [`10.0.${i >> 8}.${i & 255}:1`]]),
    );
    const identities = (egress: readonly (readonly string[])[]): NonNullable<SmallPolicy['identities']> =>
      Object.fromEntries(
        Array.from({ length: 100 }, (_, i) => [`app/${i}`, { selectors: [{ 'process:uid': i }], egress }]),
      );
    const { structure } = diff(
      { services, identities: identities([]) },
      { services, identities: identities([Object.keys(services)]) },
    );
    const statements = structure.identities.flatMap((identity) => identity.statements);
    const listed = statements.reduce((sum, { services: own = [] }) => sum + own.length, 0);
    const left = statements.reduce((sum, { servicesLeft = 0 }) => sum + servicesLeft, 0);
    expect([listed, left]).toEqual([DIFF_LIMITS.listedServices, 30_000 - DIFF_LIMITS.listedServices]);
    expect(structureParts(structure, painter(false)).at(-1)?.join('\n')).toContain('allow to 300 services');
  });
});

describe('the structure of a difference with no policy on one side', () => {
  test('is all of the other', () => {
    const { structure, summary } = diff(undefined, base);
    expect(structure.postures).toEqual([
      { direction: 'egress', before: 'ungoverned', after: 'deny' },
      { direction: 'ingress', before: 'ungoverned', after: 'allow' },
    ]);
    expect(structure.identities).toMatchObject([{ kind: 'added', workloadId: 'app/web' }]);
    expect(summary).toMatchObject({ trustDomain: false, services: { added: 3 } });
    expect(diff(base, undefined).structure.identities).toMatchObject([{ kind: 'removed' }]);
    expect(diff(undefined, undefined).sameBytes).toBe(true);
  });
});

/** Documents after a Project and four services, which an identity has rules for. */
async function compile(documents: string): Promise<Compared> {
  const head = `kind: Project
metadata: { name: shop }
spec: { trustDomain: shop.example, defaultPosture: { egress: deny, ingress: deny } }`;
  const services = ['a', 'b', 'c', 'd', 'e'].map(
    (name, i) => `kind: Service
metadata: { name: ${name} }
spec: { labels: { app: ${name} }, addresses: [{ address: 10.0.0.${i + 1}, port: 443 }] }`,
  );
  return inFolder(async (folder) => {
    const all = [head, ...services, ...documents.split('---\n')];
    writeFileSync(
      join(folder, 'riptides.yaml'),
      all.map((text) => `apiVersion: core.riptides.io/v1alpha1\n${text}\n`).join('---\n'),
    );
    const { value, diagnostics } = await compilePolicy([folder]);
    if (value === undefined) throw new Error(JSON.stringify(diagnostics));
    return value;
  });
}

function web(more: string): string {
  return `kind: WorkloadIdentity
metadata: { name: web }
spec:
  workloadID: shop/web
  selectors: [{ process:uid: 5 }]
  egress: [{ selectors: [{ app: a }, { app: b }, { app: c }, { app: d }, { app: e }] }]
  ${more}
`;
}

function credential(targets: readonly string[], more = '', ttl = ''): string {
  return `${web('')}---
kind: CredentialSource
metadata: { name: token }
spec: { aws: { roleArn: "arn:aws:iam::123456789012:role/web"${ttl} } }
---
kind: CredentialBinding
metadata: { name: web-token }
spec:
  workloadID: shop/web
  credentialSource: token
  propagation: { injection: { selectors: [${targets.map((app) => `{ app: ${app} }`).join(', ')}] } }
  ${more}`;
}

describe('what is too long to be said is compared all the same', () => {
  test('the fourth of the services that a credential is injected towards', async () => {
    const difference = comparePolicies(
      await compile(credential(['a', 'b', 'c', 'd'])),
      await compile(credential(['a', 'b', 'c', 'e'])),
    );
    expect(difference.structure.identities.flatMap(({ statements }) => statements)).toMatchObject([
      { kind: 'added', what: 'credential', services: ['e'] },
      { kind: 'removed', what: 'credential', services: ['d'] },
    ]);
    expect(difference.same).toBe(false);
    expect(differenceCounts(difference.summary)).toBe(
      '1 identity changed; 2 changes to credentials or certificates',
    );
  });

  test('a part of a credential source that its words leave out', async () => {
    const difference = comparePolicies(
      await compile(credential(['a'])),
      await compile(credential(['a'], '', ', lifetime: 7200s')),
    );
    expect(wordsOf(difference)).toBe(
      '~ identity shop/web\n    ~ credential  token (aws) by web-token, injected to a (differs in details not shown)',
    );
  });

  test('a condition of more steps than words have room for', async () => {
    const when = (last: number): string => {
      const pairs = Array.from(
        { length: 40 },
        (_, i) => `(process.uid == ${i} && process.gid == ${i === 39 ? last : i})`,
      );
      return web('').replace('{ app: e }] }]', `{ app: e }], when: '${pairs.join(' || ')}' }]`);
    };
    const difference = comparePolicies(await compile(when(1)), await compile(when(2)));
    expect(difference.structure.identities.flatMap(({ statements }) => statements)).not.toEqual([]);
  });
});
