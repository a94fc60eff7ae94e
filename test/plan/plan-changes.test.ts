// SPDX-License-Identifier: Apache-2.0
// What a plan says of policies as they are written: nothing that changes goes unsaid, and each change has a connection that shows it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type PlanInputs, makePlan } from '../../src/plan/plan.ts';
import type { Plan } from '../../src/plan/plan-types.ts';
import { renderPlan } from '../../src/plan/render-plan.ts';
import { compilePolicy } from '../../src/compiler/compile.ts';
import type { Compilation } from '../../src/compiler/types.ts';
import { inFolder } from '../apply/policies.ts';

interface Parts {
  readonly trustDomain?: string;
  readonly addresses?: string;
  readonly selector?: string;
  readonly rule?: string;
  readonly spec?: string;
  readonly provider?: string;
}

function policyOf({
  trustDomain = 'shop.example',
  addresses = '[{ address: 10.0.0.0/24, port: 8000-8010 }, { address: api.example.com, port: 443 }]',
  selector = 'process:uid: 5',
  rule = '',
  spec = '',
  provider = '',
}: Parts): string {
  const documents = [
    `kind: Project
metadata: { name: shop }
spec: { trustDomain: ${trustDomain}, defaultPosture: { egress: deny, ingress: deny } }`,
    `kind: Service
metadata: { name: api }
spec:
  labels: { app: api }
  addresses: ${addresses}`,
    `kind: WorkloadIdentity
metadata: { name: web }
spec:
  workloadID: shop/web
  selectors: [{ ${selector} }]
  egress:
    - selectors: [{ app: api }]
      ${rule}
  ${spec}`,
    ...(provider === ''
      ? []
      : [
          `kind: CredentialSource
metadata: { name: pat }
spec: { ${provider} }`,
          `kind: CredentialBinding
metadata: { name: web-pat }
spec: { workloadID: shop/web, credentialSource: pat, propagation: { sysfs: {} } }`,
        ]),
  ];
  return documents.map((text) => `apiVersion: core.riptides.io/v1alpha1\n${text}\n`).join('---\n');
}

async function compile(parts: Parts): Promise<Compilation> {
  return inFolder(async (folder) => {
    writeFileSync(join(folder, 'riptides.yaml'), policyOf(parts));
    const { value, diagnostics } = await compilePolicy([folder]);
    if (value === undefined) throw new Error(JSON.stringify(diagnostics));
    return value;
  });
}

async function plan(before: Parts, after: Parts): Promise<Plan> {
  const [was, is] = [await compile(before), await compile(after)];
  const inputs: PlanInputs = {
    target: { name: 'embedded', node: 'laptop' },
    source: { dirty: false },
    live: { state: { generation: 1, digest: was.digest }, bundle: was.bundle },
  };
  return makePlan(is, inputs);
}

/** The text without what the plan was made against. */
function changesOf(made: Plan): string {
  return renderPlan(made).join('\n').split('\n\n').slice(1).join('\n\n');
}

describe('a plan', () => {
  const place = (name: string, port: number, more = ''): Parts => ({
    addresses: `[{ address: 10.0.0.0/24, port: 8000-8010 }, { address: ${name}, port: ${port}${more} }]`,
  });

  test.each([
    ['another', place('evil.example.com', 443), ['evil.example.com:443'], ['api.example.com:443']],
    ['another port of a', place('api.example.com', 444), ['api.example.com:444'], ['api.example.com:443']],
    [
      'one more',
      place('api.example.com', 443, ', aliases: [evil.example.com]'),
      ['evil.example.com:443'],
      [],
    ],
  ])('tells %s host name of a service', async (_name, after, added, removed) => {
    const made = await plan({}, after);
    const [service] = made.difference.structure.services;
    const endpoints = (kind: string): readonly string[] =>
      (service?.endpoints ?? []).filter((one) => one.kind === kind).map(({ endpoint }) => endpoint);
    expect([endpoints('added'), endpoints('removed')]).toEqual([added, removed]);
    expect(service).toMatchObject({ kind: 'changed', name: 'api', grantedTo: 1 });
    expect(made.difference.summary.services.changed).toBe(1);
    expect(changesOf(made)).toMatch(/gains {4}connect to \w+\.example\.com port 44\d\n.*\n {8}for example/);
  });

  test('lists the host names of a service that is removed', async () => {
    const [service] = (await plan({}, {})).difference.structure.services;
    expect(service).toBeUndefined();
    const gone = makePlan(await compile({}), {
      target: { name: 'embedded', node: 'n' },
      source: { dirty: false },
    });
    expect(gone.difference.structure.services[0]?.endpoints.map(({ endpoint }) => endpoint)).toEqual([
      '10.0.0.0/24 ports 8000-8010',
      'api.example.com:443',
    ]);
  });

  test('shows what the first policy refuses, which nothing did before', async () => {
    const desired = await compile({ addresses: '[{ address: api.example.com, port: 443 }]' });
    const made = makePlan(desired, { target: { name: 'embedded', node: 'n' }, source: { dirty: false } });
    const text = renderPlan(made).join('\n');
    expect(text).toContain('    + egress rule     allow to api');
    expect(text).toContain('    - loses    connect to anywhere but api\n        allowed -> refused');
    expect(text).toMatch(
      /for example process:uid=5 to \S+: not governed, then refused by \S*riptides\.yaml:\d+/,
    );
    expect(text).toContain('    + egress posture   deny');
  });

  test('tells another trust domain', async () => {
    const made = await plan({}, { trustDomain: 'shop2.example' });
    expect(made.difference.trustDomain).toEqual({ before: 'shop.example', after: 'shop2.example' });
    expect(changesOf(made)).toBe(
      '~ trust domain  shop.example -> shop2.example, in the SPIFFE ID of every identity\n\nPlan: another trust domain.',
    );
  });

  test('tells another provider of a credential', async () => {
    const made = await plan(
      { provider: 'aws: { roleArn: "arn:aws:iam::123456789012:role/web" }' },
      {
        provider:
          'gcp: { oidcProviderId: //iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/shop/providers/riptides, serviceAccount: web@shop.iam.gserviceaccount.com }',
      },
    );
    const { identities } = made.difference.structure;
    expect(identities.flatMap(({ statements }) => statements)).toMatchObject([
      { kind: 'added', what: 'credential', statement: 'pat (gcp) by web-pat', terms: ['as files'] },
      { kind: 'removed', what: 'credential', statement: 'pat (aws) by web-pat', terms: ['as files'] },
    ]);
  });

  test('says that nothing is decided otherwise when it is so', async () => {
    const made = await plan({}, { rule: 'when: process.uid == 5 || process.uid == 5 || process.uid != 5' });
    expect(changesOf(made)).toMatch(
      /^Plan: (?:no changes|the bundle changes; every connection is decided as before)\.$/,
    );
  });

  test.each<[string, Parts, Parts]>([
    ['wider ports', { rule: 'ports: [8000]' }, { rule: 'ports: [8000-8005]' }],
    ['a wider address', {}, { addresses: '[{ address: 10.0.0.0/23, port: 8000-8010 }, { address: api.example.com, port: 443 }]' }],
    ['a wider inbound rule', { spec: 'allowedSPIFFEIDs: { inbound: [spiffe://shop.example/a] }' }, { spec: 'allowedSPIFFEIDs: { inbound: [spiffe://shop.example/*] }' }],
    ['a wider selector', {}, { selector: 'process:uid: [5, 6]' }],
    ['less TLS', { rule: 'connection: { tls: { mode: MUTUAL } }' }, { rule: 'connection: { tls: { mode: PERMISSIVE } }' }],
    ['interception', {}, { rule: 'connection: { tls: { mode: MUTUAL, intercept: true } }' }],
    ['a window', { rule: 'windows: [{ days: [mon], from: "09:00", to: "17:00" }]' }, {}],
    ['a condition', { rule: 'when: process.name == "curl"' }, {}],
    ['an end', { rule: 'notAfter: 2027-01-01T00:00:00Z' }, { rule: 'notAfter: 2028-01-01T00:00:00Z' }],
    ['peers', { spec: 'allowedSPIFFEIDs: { outbound: [spiffe://shop.example/a] }' }, {}],
    ['the mode of a rule', {}, { rule: 'mode: audit' }],
  ])('shows %s of an identity in force with a connection', async (_name, before, after) => {
    const made = await plan(before, after);
    expect(made.difference.exact).toBe(true);
    const text = changesOf(made);
    const changes = text.match(/^ {4}[-+~] (?:gains|loses|changes) /gm) ?? [];
    const examples = text.match(/^ {8}for example process:uid=/gm) ?? [];
    expect(changes.length).toBeGreaterThan(0);
    expect(examples.length).toBeGreaterThanOrEqual(changes.length);
  }); // prettier-ignore

  test('says conditions in words', async () => {
    const made = await plan(
      {},
      { rule: 'ports: [443]\n      when: process.uid == 5 || process.name == "curl"' },
    );
    expect(made.difference.structure.identities[0]?.statements).toEqual([
      {
        kind: 'added',
        what: 'egress',
        statement: 'allow',
        services: ['api'],
        terms: ['if destination.port is 443 and (process.uid is 5 or process.name is "curl")'],
      },
      { kind: 'removed', what: 'egress', statement: 'allow', services: ['api'], terms: [] },
    ]);
  });

  test('counts what is gained and lost when the port of a service changes', async () => {
    const addresses = (port: number): Parts => ({ addresses: `[{ address: 10.0.0.1, port: ${port} }]` });
    const made = await plan(addresses(443), addresses(8443));
    expect(changesOf(made)).toMatch(/\nPlan: 1 service changed; 1 gain, 1 loss\.$/);
  });
});
