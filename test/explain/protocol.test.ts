// SPDX-License-Identifier: Apache-2.0
// What the commands say of datagrams: of a policy that decides them, and of one that does not.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { riptides } from '../commands/riptides.ts';

const root = mkdtempSync(join(tmpdir(), 'riptides-protocol-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A policy with a name server that is there by UDP, and a web service by both or by TCP alone. */
function policy(name: string, project: string, web = ''): string {
  const directory = join(root, name);
  mkdirSync(join(directory, 'tests'), { recursive: true });
  writeFileSync(
    join(directory, 'riptides.yaml'),
    `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: shop }
spec: { trustDomain: shop.example, defaultPosture: { egress: deny }, policies: [riptides.yaml]${project} }
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: names }
spec: { labels: { app: names }, addresses: [{ address: 10.0.0.53, port: 53, protocol: udp }] }
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: web }
spec: { labels: { app: web }, addresses: [{ address: 10.0.0.1, port: 443${web} }] }
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: shop }
spec:
  workloadID: shop
  selectors: [{ process:uid: 7 }]
  egress: [{ selectors: [{ app: names }, { app: web }] }]
`,
  );
  writeFileSync(
    join(directory, 'tests', 'ways.yaml'),
    `apiVersion: core.riptides.io/v1alpha1
kind: PolicyTest
metadata: { name: ways }
spec:
  tests:
    - { name: asks for names, process: { as: shop }, to: "10.0.0.53:53", protocol: udp, expect: { verdict: allow, service: names } }
    - { name: not by TCP, process: { as: shop }, to: "10.0.0.53:53", expect: deny }
    - { name: QUIC, process: { as: shop }, to: "10.0.0.1:443", protocol: udp, expect: allow }
    - { name: elsewhere, process: { as: shop }, to: "10.0.0.9:443", protocol: udp, expect: deny }
`,
  );
  return directory;
}

const tcp = policy('tcp', '');
const both = policy('both', ', transports: [tcp, udp]');
const strict = policy('strict', ', transports: [tcp, udp], otherTransports: deny', ', protocol: tcp');

describe('explain', () => {
  test.each([
    ['10.0.0.53:53', 'udp', 'ALLOW  a process (uid 7) → 10.0.0.53:53 by UDP', 'datagrams to it are allowed'],
    ['10.0.0.53:53', 'tcp', 'DENY  a process (uid 7) → 10.0.0.53:53', 'connect(2) fails with EACCES'],
    [
      '10.0.0.9:1',
      'udp',
      'DENY  a process (uid 7) → 10.0.0.9:1 by UDP',
      'connect(2) and each send to it fail with EACCES',
    ],
  ])('decides %s by %s', (to, protocol, verdict, effect) => {
    const { stdout } = riptides(['explain', both, '--uid', '7', '--to', to, '--protocol', protocol]);
    expect(stdout.split('\n')[0]).toBe(verdict);
    expect(stdout).toContain(`  effect    ${effect}\n`);
  });

  test('says that a policy does not govern UDP', () => {
    const { stdout } = riptides(['explain', tcp, '--uid', '7', '--to', '10.0.0.9:1', '--protocol', 'udp']);
    expect(stdout).toMatch(/^ALLOW /);
    expect(stdout).toContain('  because   the policy does not govern UDP: its transports do not list it\n');
  });

  test('takes a protocol for what goes out alone', () => {
    expect(riptides(['explain', both, '--uid', '7', '--from', '10.0.0.9:1']).stdout).toMatch(/^ALLOW /);
    expect(riptides(['explain', both, '--uid', '7', '--from', '10.0.0.9:1', '--protocol', 'udp']).code).toBe(
      2,
    );
  });
});

test('a PolicyTest has a protocol', () => {
  expect(riptides(['test', both]).stdout).toContain('4 tests: 4 passed, 0 failed');
  const { stdout, code } = riptides(['test', tcp]);
  expect(stdout).toContain('4 tests: 2 passed, 2 failed');
  expect(code).toBe(3);
});

test('inspect and diff name what is decided, and by which protocol', () => {
  const bundle = join(root, 'strict.rtb');
  expect(riptides(['compile', strict, '--output', bundle]).code).toBe(0);
  const { stdout } = riptides(['inspect', bundle]);
  expect(stdout).toContain('transports: tcp, udp; others are refused where the egress default denies\n');
  expect(stdout).toContain('  10.0.0.1:443 by TCP\n');
  expect(stdout).toContain('  10.0.0.53:53 by UDP\n');
});

describe('diff', () => {
  const diff = (before: string, after: string) =>
    JSON.parse(riptides(['diff', before, after, '--json']).stdout);

  test('tells of a policy that begins to decide UDP what it takes away', () => {
    const { stdout } = riptides(['diff', tcp, both]);
    expect(stdout).toContain('- loses    connect to anywhere but names, web by UDP');
    expect(stdout).toMatch(/^transports changed, \d+ losses\.$/m);
    expect(diff(tcp, both).structure.udp).toEqual({ before: false, after: true });
  });

  test('tells a rule that covers TCP alone from one that covers both', () => {
    const { identities, structure } = diff(both, strict);
    expect(structure.denyOthers).toEqual({ before: false, after: true });
    const [shop] = identities;
    expect(shop.changes).toHaveLength(1);
    expect(shop.changes[0]).toMatchObject({
      kind: 'loses',
      protocol: 'udp',
      example: { protocol: 'udp', remote: '10.0.0.1:443' },
    });
  });

  test('says once what is the same by both', () => {
    const wide = policy('wide', ', transports: [tcp, udp]', ' }, { address: 10.0.0.2, port: 80');
    const { identities } = diff(both, wide);
    expect(
      identities[0].changes.map(({ kind, protocol }: { kind: string; protocol?: string }) => [
        kind,
        protocol,
      ]),
    ).toEqual([['gains', undefined]]);
  });
});
