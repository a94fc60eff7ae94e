// SPDX-License-Identifier: Apache-2.0
// --node: what is not a workload ID, what no scope names, and what is of other nodes.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { riptides } from './riptides.ts';

const POLICY = `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: demo }
spec: { trustDomain: acme.corp, defaultPosture: { egress: deny } }
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: web }
spec:
  workloadID: shop/web
  scope: { daemon: { id: riptides/daemon/host-1 } }
  selectors: [{ process:uid: 1001 }]
  allowedSPIFFEIDs: { inbound: ['spiffe://acme.corp/shop/admin'] }
  egress:
    - selectors: [{ app: api }]
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: api }
spec: { labels: { app: api }, addresses: [{ address: 10.0.0.1, port: 443 }] }
`;
const ADMIN = `---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: admin }
spec:
  workloadID: shop/admin
  selectors: [{ process:uid: 0 }]
`;
const GROUP = `---
apiVersion: core.riptides.io/v1alpha1
kind: DaemonGroup
metadata: { name: spare }
spec: { workloadID: riptides/daemongroup/spare, daemons: [riptides/daemon/host-9] }
`;

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'riptides-node-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function run(command: readonly string[], node: string, policy: string) {
  writeFileSync(join(directory, 'riptides.yaml'), policy);
  return riptides([...command, '--node', node], { cwd: directory });
}

const COMMANDS = [
  ['compile'],
  ['plan', '--target', 'embedded'],
  ['apply', '--target', 'embedded', '--yes'],
] as const;

describe.each(COMMANDS)('%s', (...command) => {
  test.each(['a b/../', '', 'spiffe://acme.corp/x', '/x'])('refuses %j, which is no workload ID', (node) => {
    const { code, stdout, stderr } = run(command, node, POLICY + ADMIN);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('--node: ');
    expect(stderr).toContain('RTP1114');
  });

  test('refuses a node that nothing names, where no identity would remain', () => {
    const { code, stderr } = run(command, 'riptides/daemon/host1', POLICY);
    expect(code).toBe(3);
    expect(stderr).toContain('riptides.yaml:11:10: error RTP1220: ');
    expect(stderr).toContain('did you mean: riptides/daemon/host-1');
  });
});

test('a node that nothing names is a warning, where identities without a scope remain', () => {
  const { code, stderr } = run(['compile'], 'riptides/daemon/host1', POLICY + ADMIN);
  expect(code).toBe(0);
  expect(stderr).toMatch(/warning RTP1220.*"riptides\/daemon\/host1"/);
  expect(stderr).toContain('did you mean: riptides/daemon/host-1');
  // What the other node needs is not without use.
  expect(stderr).toMatch(/\n1 warning\n$/);
});

test('a node that a group names is known, though it has no identity of its own', () => {
  const { stderr } = run(['compile'], 'riptides/daemon/host-9', POLICY + ADMIN + GROUP);
  expect(stderr).not.toContain('RTP1220');
});

test('a policy without scopes is for every node', () => {
  const everywhere = POLICY.replace(/ +scope: .*\n/, '') + ADMIN;
  expect(run(['compile'], 'any/node', everywhere)).toMatchObject({ code: 0, stderr: '' });
});

test('the plan says how many identities are for other nodes', () => {
  const { stdout } = run(['plan', '--target', 'embedded'], 'riptides/daemon/host1', POLICY + ADMIN);
  expect(stdout).toContain('1 identity is for other nodes');
  const own = run(['plan', '--target', 'embedded'], 'riptides/daemon/host-1', POLICY + ADMIN);
  expect(own.stdout).not.toContain('other nodes');
  expect(own.stderr).toBe('');
});

test('what is of use on another node alone is not reported on this one', () => {
  // The service, the peer, and who admits it: RTP1401, RTP1410 and RTP1412.
  const { stderr } = run(
    ['compile'],
    'riptides/daemon/host-2',
    POLICY + ADMIN + GROUP.replace('host-9', 'host-2'),
  );
  expect(stderr.match(/RTP\d+/g)).toEqual(['RTP1217']);
});
