// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { copyExample, riptides } from '../commands/riptides.ts';

const directory = mkdtempSync(join(tmpdir(), 'riptides-explain-'));
afterAll(() => rmSync(directory, { recursive: true }));
writeFileSync(
  join(directory, 'riptides.yaml'),
  `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: shop }
spec: { trustDomain: shop.example, defaultPosture: { egress: deny, ingress: deny } }
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: api }
spec: { labels: { app: api }, addresses: [{ address: 10.0.0.1, port: 443 }, { address: 127.0.0.1, port: 443 }] }
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: web }
spec:
  workloadID: shop/web
  selectors: [{ process:uid: 7, k8s:pod:namespace: prod }]
  egress: [{ selectors: [{ app: api }], connection: { tls: { intercept: true } } }] # password: hunter2
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: other }
spec:
  workloadID: shop/other
  scope: { daemon: { id: riptides/daemon/n2 } }
  selectors: [{ process:uid: 8 }]
`,
);

const NODE = ['--node', 'riptides/daemon/n1'];
const run = (...args: readonly string[]) => riptides(['explain', directory, ...NODE, ...args]);
const json = (...args: readonly string[]) => JSON.parse(run(...args, '--json').stdout);

describe('explain', () => {
  test('tries each name that an address has, and says by which one it was decided', () => {
    const named = mkdtempSync(join(tmpdir(), 'riptides-explain-'));
    writeFileSync(
      join(named, 'riptides.yaml'),
      `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: named }
spec: { trustDomain: shop.example, defaultPosture: { egress: deny, ingress: deny } }
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: api }
spec: { labels: { app: api }, addresses: [{ address: api.example.com, port: 443 }] }
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: web }
spec:
  workloadID: shop/web
  scope: { daemon: { id: riptides/daemon/n1 } }
  selectors: [{ process:uid: 7 }]
  egress: [{ selectors: [{ app: api }] }]
`,
    );
    const asked = (...names: readonly string[]) => {
      const hosts = names.flatMap((name) => ['--host', name]);
      return riptides([
        'explain',
        named,
        ...NODE,
        '--uid',
        '7',
        '--to',
        '198.51.100.7:443',
        ...hosts,
        '--json',
      ]);
    };
    const granted = JSON.parse(asked('cdn.example.com', 'API.example.com.').stdout);
    expect(granted).toMatchObject({ verdict: 'allow', service: { name: 'api' }, name: 'api.example.com' });
    expect(JSON.parse(asked('cdn.example.com').stdout).verdict).toBe('deny');
    expect(JSON.parse(asked().stdout).verdict).toBe('deny');
    expect(asked('*.example.com').stdout).toContain('is a wildcard');
    rmSync(named, { recursive: true });
  });

  test('says that TLS is opened where no mode of it is written, and shows no secret of the line', () => {
    const asked = ['--as', 'shop/web', '--to', '10.0.0.1:443'];
    expect(run(...asked).stdout).toContain("\n  tls       the application's own TLS is intercepted\n");
    expect(run(...asked).stdout).toContain(' # password: *******\n');
    expect(json(...asked).tls).toEqual({ intercept: true });
  });

  test('says at which port a connection comes in', () => {
    const asked = ['--uid', '1', '--from', '1.1.1.1:4', '--port', '8080'];
    expect(run(...asked).stdout).toMatch(/^DENY {2}a process \(uid 1\), port 8080 ← 1\.1\.1\.1:4\n/);
    expect(json(...asked).port).toBe(8080);
  });

  test('takes labels by all names of their facts, and one for another', () => {
    const label = (...labels: readonly string[]) =>
      json(...labels.flatMap((one) => ['--label', one]), '--uid', '7', '--to', '10.0.0.1:443');
    expect(label('kubernetes:pod:namespace=prod').verdict).toBe('allow');
    const changed = json('--as', 'shop/web', '--label', 'k8s:pod:namespace=test', '--to', '10.0.0.1:443');
    expect(changed.facts.labels).toEqual(['k8s:pod:namespace=test']);
    expect(changed.verdict).toBe('deny');
  });

  test.each([
    [['--uid', '99999999999'], '--uid: 99999999999 is not an id of a user or group'],
    [['--gid', '4294967295'], '--gid: 4294967295 is not an id of a user or group'],
    [['--name', 'longer-than-fifteen'], '--name: the value has 19 bytes; process:name has at most 15'],
    [['--path', 'rel'], '--path: "rel" is not an absolute path'],
    [['--label', 'process:name=x'], 'give it with --name'],
    [['--label', 'process:uid:effective=7'], 'give it with --uid'],
    [['--label', 'destination:port=7'], '--to'],
    [['--label', 'k8s:pod:namespaze=x'], 'did you mean k8s:pod:namespace?'],
    [['--label', 'process:pid=x'], 'process:pid: "x" is not a whole number'],
    [['--label', 'k8s:pod:namespace=a', '--label', 'k8s:pod:namespace=b'], 'a process has one'],
    [['--label', 'app'], '"app" is not a label'],
    [['--peer', 'shop/x/y'], '"shop/x/y" is not a SPIFFE ID'],
    [['--peer', 'spiffe://shop.example/x/*'], 'stands for more than one SPIFFE ID'],
    [['--time', '2200-01-01T00:00:00Z'], '"2200-01-01T00:00:00Z" is out of range'],
    [['--time', '2026-02-30T12:00:00Z'], '"2026-02-30T12:00:00Z" is a time that does not exist'],
    [['--time', '2026-04-31T12:00:00+01:00'], 'a time that does not exist'],
    [['--time', '2025-02-29T12:00:00Z'], 'a time that does not exist'],
    [['--time', '2026-01-01T24:00:00Z'], 'a time that does not exist'],
    [['--time', '2026-01-01T12:00:00+25:00'], 'a time that does not exist'],
    [['--time', 'tomorrow'], '"tomorrow" is not a time'],
    [['--as', 'shop/other'], 'the identity "shop/other" is not for this node'],
    [['--as', 'spiffe://shop.example/shop/other'], 'is not for this node'],
    [['--as', 'shop/wep'], 'did you mean shop/web?'],
  ])('refuses what cannot be: %j', (args, text) => {
    const { code, stderr } = run(...args, '--to', '10.0.0.1:443');
    expect(stderr).toContain(text);
    expect(stderr).toContain('RTE1901');
    expect(code).toBe(2);
  });

  test('decides an address as connect(2) takes it, and says where it leads', () => {
    const asked = ['--as', 'shop/web', '--to', '0.0.0.0:443'];
    expect(run(...asked).stdout).toMatch(/^ALLOW {2}.* → 0\.0\.0\.0:443\n/);
    expect(run(...asked).stdout).toContain('\n  note      the unspecified address reaches loopback');
    expect(json(...asked)).toMatchObject({ to: '0.0.0.0:443', verdict: 'allow', service: { name: 'api' } });
  });

  test('refuses a name that a connection comes from', () => {
    const { code, stderr } = run('--uid', '7', '--from', 'host.example:1');
    expect(stderr).toContain('"host.example:1" is not the source of a connection');
    expect(code).toBe(2);
  });
});

describe('a policy that is no directory', () => {
  const asked = ['--as', 'shop/web', '--to', '10.20.0.20:8080'];
  const project = copyExample('shop');
  const explained = (subject: string): string => {
    const { code, stdout, stderr } = riptides(['explain', subject, '--target', 'embedded', ...asked], {
      cwd: project,
    });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return stdout;
  };
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@b.c'];
    const { status, stderr } = spawnSync('git', [...who, ...args], { cwd: project, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'a');

  test('a bundle, with its source map and without', () => {
    riptides(['compile', '.', '-o', 'shop.rtb'], { cwd: project });
    // Reasons are the same as those of the policy that it was compiled from, and the places as well.
    const [, ...own] = explained('.')
      .split('\n')
      .filter((line) => !/^ +\d+ \|/.test(line));
    const [, ...read] = explained('shop.rtb').split('\n');
    expect(read).toEqual(own);
    rmSync(join(project, 'shop.rtb.map.json'));
    expect(explained('shop.rtb')).toContain('rule 8    shop.rtb (no source map):1:1');
  });

  test('a revision', () => {
    expect(explained('HEAD')).toContain('rule 8    HEAD:identities/web.yaml:13:7');
  });

  test('a record, and what is in force', () => {
    const nothing = riptides(['explain', 'live', '--target', 'embedded', ...asked], { cwd: project });
    expect(nothing.stderr).toMatch(/^error RTE1901 no policy is in force on embedded/);
    riptides(['apply', '.', '--target', 'embedded', '--yes'], { cwd: project });
    for (const subject of ['latest', 'g1', 'live'])
      expect(explained(subject)).toContain('rule 8    identities/web.yaml:13:7');
  });
});
