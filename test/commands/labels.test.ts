// SPDX-License-Identifier: Apache-2.0
// `riptides labels`, as a person and a program run it.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { riptides } from './riptides.ts';

const directory = mkdtempSync(join(tmpdir(), 'riptides-labels-'));
afterAll(() => rmSync(directory, { recursive: true }));

const HEAD = 'apiVersion: core.riptides.io/v1alpha1\nkind: AgentConfiguration\n';
const config = join(directory, 'agent.yaml');
const OFF = 'systemd: { enabled: false }, docker: { enabled: false }, podman: { enabled: false }';
writeFileSync(config, `${HEAD}spec:\n  labels: { static: { team: shop, "bad\\u001b": x }, ${OFF} }\n`);

describe('riptides labels', () => {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  afterAll(() => void child.kill());
  const pid = String(child.pid);

  test('shows what the kernel knows and what each collector says', () => {
    const { stdout, stderr, code } = riptides(['labels', pid, '--config', config]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/^kernel\n {2}process:name: sleep\n {2}process:binary:path: \//);
    expect(stdout).toContain('  process:cmdline: sleep 600\n');
    expect(stdout).toMatch(/\n {2}process:binary:hash: sha256:[0-9a-f]{64}\n/);
    expect(stdout).not.toContain('process:env:');
    expect(stdout).toMatch(
      /\nstatic {2}\d+(\.\d)? ms {2}left out: 1 control-character\n {2}static:team: shop\n/,
    );
    expect(stdout).toMatch(/\nlinuxos {2}\d/);
    expect(stdout).toMatch(/\n\d+ labels\n$/);
  });

  test('gives the same as JSON', () => {
    const { stdout } = riptides(['labels', pid, '--config', config, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      pid: child.pid,
      process: 'same',
      complete: true,
      kernel: expect.arrayContaining([{ name: 'process:name', value: 'sleep' }]),
      labels: expect.arrayContaining([{ name: 'static:team', value: 'shop' }]),
      collectors: expect.arrayContaining([
        expect.objectContaining({ name: 'static', outcome: 'answered', dropped: { 'control-character': 1 } }),
      ]),
    });
  });

  test.each(['0', '-1', 'x', '1.5', '99999999', ''])('refuses %p as a process ID', (written) => {
    const { code, stderr } = riptides(['labels', '--config', config, '--', written]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/is not a process ID\n {2}fix {2}write a whole number from 1 to 4194304/);
  });

  test('says that there is no such process', () => {
    expect(riptides(['labels', '4194304'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'error RTE1901 there is no process 4194304\n  fix  see "ps" for the processes that run now',
      ),
    });
  });

  test('shows mistakes of the configuration with their position', () => {
    writeFileSync(join(directory, 'bad.yaml'), `${HEAD}spec:\n  labels:\n    dokcer: {}\n`);
    const { code, stderr } = riptides(['labels', pid, '--config', join(directory, 'bad.yaml')]);
    expect(code).toBe(3);
    expect(stderr).toContain('bad.yaml:5:5: error RTP1105');
    expect(stderr).toContain('did you mean: docker');
  });
});

test('riptides schema prints the schema of the configuration', () => {
  const { stdout, code } = riptides(['schema', 'AgentConfiguration']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    title: 'AgentConfiguration',
    properties: { spec: { properties: { labels: { properties: { docker: { type: 'object' } } } } } },
  });
  expect(riptides(['schema', 'AgentConfig']).stderr).toContain('did you mean AgentConfiguration?');
});
