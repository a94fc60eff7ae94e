// SPDX-License-Identifier: Apache-2.0
// Edits of one document that others have to do with, one by one: there, and back again.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { compilePolicy, createCompiler } from '../../src/compiler/compile.ts';
import type { CompileOptions } from '../../src/compiler/types.ts';

const BASE: Readonly<Record<string, string>> = {
  project: `kind: Project
metadata: { name: test }
spec: { trustDomain: test.example, defaultPosture: { egress: deny } }`,
  api: `kind: Service
metadata: { name: api }
spec: { labels: { app: api }, addresses: [{ address: 10.0.0.1, port: 80 }] }`,
  spare: `kind: Service
metadata: { name: spare }
spec: { labels: { app: spare }, addresses: [{ address: spare.example, port: 443 }] }`,
  group: `kind: DaemonGroup
metadata: { name: east }
spec: { workloadID: nodes/east, daemons: [node/a] }`,
  web: `kind: WorkloadIdentity
metadata: { name: web }
spec:
  workloadID: shop/web
  scope: { daemonGroup: { id: nodes/east } }
  selectors: [{ process:uid: 1 }, { process:uid: 2, process:name: web }]
  egress: [{ selectors: [{ app: api }] }, { selectors: [{ app: spare }], workloadID: shop/job, ports: [443] }]`,
  job: `kind: WorkloadIdentity
metadata: { name: job }
spec:
  workloadID: shop/job
  selectors: [{ process:uid: 3 }]
  allowedSPIFFEIDs: { inbound: ["spiffe://{{.TrustDomain}}/shop/web"] }
  egress: [{ selectors: [{ app: api }], when: process.uid == 3 }]`,
  source: `kind: CredentialSource
metadata: { name: token }
spec: { kubernetes: { type: BearerToken, secretRef: { name: token, key: token } } }`,
  binding: `kind: CredentialBinding
metadata: { name: web-token }
spec: { workloadID: shop/web, credentialSource: token, propagation: { injection: { selectors: [{ app: api }] } } }`,
  guardrail: `kind: Guardrail
metadata: { name: ports }
spec:
  matchKinds: [Service]
  rules: [{ id: low, expression: "object.spec.addresses.all(a, a.port.low < 8000)", message: too high, severity: warning }]`,
};

const SECRET = 'kubernetes: { type: BearerToken, secretRef: { name: token, key: token } }';
const FACTS = Array.from({ length: 17 }, (_, i) => `k8s:label:l${i}: x`).join(', ');

/** What is written instead, in which document; undefined: the document is taken away. */
const EDITS: readonly (readonly [string, string, string, string | undefined])[] = [
  ['a service moves', 'api', '10.0.0.1', '10.0.0.2'],
  ['a service loses its addresses', 'api', '{ address: 10.0.0.1, port: 80 }', ''],
  ['a service gets a name', 'api', '10.0.0.1', 'api.example'],
  ['a service has another port than a rule', 'spare', 'port: 443', 'port: 444'],
  ['a service changes its label', 'spare', 'app: spare', 'app: other'],
  ['a service gets the label of another', 'spare', 'app: spare', 'app: api'],
  ['a service is renamed', 'spare', 'name: spare', 'name: a-spare'],
  ['two services have one name', 'spare', 'name: spare', 'name: api'],
  ['a service goes', 'spare', '', undefined],
  ['an identity is renamed', 'job', 'workloadID: shop/job', 'workloadID: shop/other'],
  ['an identity goes', 'job', '', undefined],
  ['an identity is for every node', 'web', 'scope: { daemonGroup: { id: nodes/east } }', 'mode: audit'],
  [
    'an identity is for another node',
    'web',
    '{ daemonGroup: { id: nodes/east } }',
    '{ daemon: { id: node/b } }',
  ],
  ['an identity is for a group that is not there', 'web', 'id: nodes/east', 'id: nodes/west'],
  ['an identity selects as another does', 'web', 'process:uid: 1 ', 'process:uid: 3 '],
  ['a selector names too many facts', 'web', 'process:uid: 1 ', FACTS],
  ['a selector is written twice', 'web', '[{ process:uid: 1 },', '[{ process:uid: 1 }, { process:uid: 1 },'],
  ['a rule never holds', 'job', 'process.uid == 3', 'process.uid == 3 && process.uid == 4'],
  ['a rule always holds', 'job', 'process.uid == 3', 'process.uid == 3 || process.uid != 3'],
  ['a rule is not right', 'job', 'process.uid == 3', 'process.uid =='],
  ['a peer is not there', 'job', 'shop/web"', 'shop/nobody"'],
  ['a rule selects what is not there', 'job', 'app: api', 'app: apj'],
  ['a group gets other nodes', 'group', 'node/a', 'node/b'],
  ['a group goes', 'group', '', undefined],
  ['a credential goes', 'source', '', undefined],
  [
    'a credential is of another kind',
    'source',
    SECRET,
    "aws: { roleArn: 'arn:aws:iam::123456789012:role/r' }",
  ],
  ['a binding is for another identity', 'binding', 'shop/web', 'shop/job'],
  ['a binding injects elsewhere', 'binding', 'app: api', 'app: spare'],
  ['the posture changes', 'project', 'egress: deny', 'egress: audit'],
  ['the trust domain changes', 'project', 'test.example', 'other.example'],
  ['the project goes', 'project', '', undefined],
  ['a guardrail becomes stricter', 'guardrail', '< 8000', '< 80'],
  ['a guardrail is not right', 'guardrail', 'all(a', 'all('],
  ['a field is not known', 'web', 'workloadID: shop/web', 'workloadId: shop/web'],
  ['the file is not YAML', 'web', 'selectors: [', 'selectors: ['.repeat(2)],
  [
    'a list of the older dialect is there',
    'group',
    'kind',
    '- { selectors: [{ process:uid: 9 }], workloadID: old }\n---\nkind',
  ],
];

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'riptides-edits-'));
  for (const name of Object.keys(BASE)) write(name, BASE[name] ?? '');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function fileOf(name: string): string {
  return join(root, name === 'project' ? 'riptides.yaml' : `${name}.yaml`);
}

function write(name: string, text: string): void {
  const dated = text.startsWith('- ')
    ? text.replace('---\n', '---\napiVersion: core.riptides.io/v1alpha1\n')
    : text;
  const versioned = text.startsWith('- ') ? dated : `apiVersion: core.riptides.io/v1alpha1\n${text}`;
  writeFileSync(fileOf(name), `${versioned}\n`);
}

const OPTIONS: CompileOptions = { node: 'node/a' };

async function compare(
  compile: ReturnType<typeof createCompiler>['compile'],
  options = OPTIONS,
): Promise<string> {
  const show = ({ value, diagnostics }: Awaited<ReturnType<typeof compilePolicy>>): string =>
    JSON.stringify({ diagnostics, digest: value?.digest, sourceMap: value?.sourceMap }, undefined, 1);
  const again = show(await compile([root], options));
  expect(again).toBe(show(await compilePolicy([root], options)));
  return again;
}

test.each(EDITS)('%s', async (_, name, from, to) => {
  const { compile } = createCompiler();
  const before = await compare(compile);
  expect(before).toContain('"digest"');
  if (to === undefined) rmSync(fileOf(name));
  else {
    expect(BASE[name]).toContain(from);
    write(name, (BASE[name] ?? '').replaceAll(from, to));
  }
  const after = await compare(compile);
  expect(after).not.toBe(before);
  write(name, BASE[name] ?? '');
  expect(await compare(compile)).toBe(before);
});

test('the node is another one', async () => {
  const { compile } = createCompiler();
  const first = await compare(compile, { node: 'node/a' });
  expect(await compare(compile, { node: 'node/b' })).not.toBe(first);
  expect(await compare(compile, {})).not.toBe(first);
  expect(await compare(compile, { scopes: 'ignore' })).toBe(first);
  expect(await compare(compile, { node: 'node/a' })).toBe(first);
});

test('what guardrails see besides the policy is another', async () => {
  write(
    'guardrail',
    (BASE['guardrail'] ?? '').replace(/expression: "[^"]+"/, `expression: "git.branch != 'main'"`),
  );
  const { compile } = createCompiler();
  const on = (branch: string) => ({
    ...OPTIONS,
    guard: { git: { author: '', branch, commit: '', signed: false } },
  });
  const first = await compare(compile, on('main'));
  expect(first).toContain('RTP1305');
  expect(await compare(compile, on('side'))).not.toContain('RTP1305');
  expect(await compare(compile, on('main'))).toBe(first);
});

test('what guardrails see of what was applied last is another', async () => {
  const rule = `expression: "!has(oldObject.spec) || oldObject.spec.external == object.spec.external"`;
  write(
    'guardrail',
    (BASE['guardrail'] ?? '').replace(/expression: "[^"]+"/, () => rule),
  );
  const { compile } = createCompiler();
  const applied = (await compilePolicy([root], OPTIONS)).value?.documents ?? [];
  const since = (documents: typeof applied) => ({ ...OPTIONS, guard: { previous: documents } });
  const first = await compare(compile, since(applied));
  expect(first).not.toContain('RTP1305');
  write('spare', (BASE['spare'] ?? '').replace('spec: {', 'spec: { external: true,'));
  expect(await compare(compile, since(applied))).toContain('RTP1305');
  expect(await compare(compile, since([]))).not.toContain('RTP1305');
  expect(await compare(compile, since(applied))).toContain('RTP1305');
});

test('what guardrails see of the other documents is another', async () => {
  const rule = `expression: "!policy.services.exists(s, s.metadata.name == 'abc')"`;
  write(
    'guardrail',
    (BASE['guardrail'] ?? '').replace(/expression: "[^"]+"/, () => rule),
  );
  // So many that what is done together is not all of them.
  const more = Array.from(
    { length: 600 },
    (_, i) => `kind: Service\nmetadata: { name: s${i} }\nspec: { labels: { app: api } }`,
  );
  write('more', more.join('\n---\napiVersion: core.riptides.io/v1alpha1\n'));
  const { compile } = createCompiler();
  expect(await compare(compile)).not.toContain('RTP1305');
  write('spare', (BASE['spare'] ?? '').replace('name: spare', 'name: abc'));
  expect((await compare(compile)).split('RTP1305')).toHaveLength(603);
  write('spare', BASE['spare'] ?? '');
  expect(await compare(compile)).not.toContain('RTP1305');
});

test('of many errors the first ones get suggestions, whichever were there before', async () => {
  const writeOne = (i: number, label: string): void =>
    write(
      `w${100 + i}`,
      `kind: WorkloadIdentity
metadata: { name: w${i} }
spec: { workloadID: w${i}, selectors: [{ process:uid: ${100 + i} }], egress: [{ selectors: [{ app: ${label} }] }] }`,
    );
  for (let i = 0; i < 101; i++) writeOne(i, 'apo');
  const { compile } = createCompiler();
  const first = await compare(compile);
  expect(first.split('"suggestion"')).toHaveLength(101);
  writeOne(3, 'api');
  expect(await compare(compile)).not.toBe(first);
  writeOne(3, 'apo');
  expect(await compare(compile)).toBe(first);
  for (let i = 0; i < 101; i++) writeOne(i, 'api');
  expect(await compare(compile)).toContain('"digest"');
});
