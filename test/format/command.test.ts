// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { riptides, ROOT } from '../commands/riptides.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'riptides-fmt-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const UNTIDY =
  'kind: Service\napiVersion: core.riptides.io/v1alpha1 # v\nspec: {labels: {app: "api"}}\nmetadata: {name: api}\n';
const TIDY =
  'apiVersion: core.riptides.io/v1alpha1 # v\nkind: Service\nmetadata: { name: api }\nspec: { labels: { app: api } }\n';

function write(file: string, text: string): string {
  const path = join(directory, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const read = (path: string): string => readFileSync(path, 'utf8');
const run = (...args: readonly string[]) => riptides(['fmt', ...args], { cwd: directory });

describe('fmt', () => {
  test('formats the policy of a directory, and leaves other YAML and files with errors alone', () => {
    const service = write('services/api.yaml', UNTIDY);
    const chart = write('values.yaml', 'image:   {tag: x}\n');
    const broken = write('broken.yaml', 'apiVersion: core.riptides.io/v1alpha1\nkind: [x\n');
    const { code, stdout, stderr } = run();
    expect(code).toBe(3);
    expect(stdout).toBe('formatted  services/api.yaml\n');
    expect(stderr).toContain('broken.yaml:2:7: error RTP1010');
    expect(stderr).toContain('1 file formatted, 0 unchanged');
    expect([read(service), read(chart), read(broken)]).toEqual([
      TIDY,
      'image:   {tag: x}\n',
      'apiVersion: core.riptides.io/v1alpha1\nkind: [x\n',
    ]);
    rmSync(broken);
    expect(run()).toMatchObject({ code: 0, stdout: '', stderr: '0 files formatted, 1 unchanged\n' });
    expect(readdirSync(join(directory, 'services'))).toEqual(['api.yaml']);
  });

  test('formats what a project lists, and nothing beside it', () => {
    write(
      'riptides.yaml',
      'apiVersion: core.riptides.io/v1alpha1\nkind: Project\nmetadata: { name: p }\nspec: { trustDomain: p.example, policies: [in] }\n',
    );
    const inside = write('in/a.yaml', UNTIDY);
    const outside = write('out/a.yaml', UNTIDY);
    expect(run('--json').code).toBe(0);
    expect([read(inside), read(outside)]).toEqual([TIDY, UNTIDY]);
  });

  test('formats a file that is named, whatever it holds', () => {
    const chart = write('values.yaml', 'image:   {tag: x}\n');
    expect(run('values.yaml').code).toBe(0);
    expect(read(chart)).toBe('image: { tag: x }\n');
  });

  test('with --check lists what is not formatted, writes nothing, and fails', () => {
    const service = write('a.yaml', UNTIDY);
    write('b.yaml', TIDY);
    expect(run('--check')).toMatchObject({
      code: 3,
      stdout: 'a.yaml\n',
      stderr: '1 file not formatted, 1 unchanged\n',
    });
    expect(read(service)).toBe(UNTIDY);
    const json = JSON.parse(run('--check', '--json').stdout);
    expect(json).toMatchObject({
      schemaVersion: 1,
      valid: true,
      written: false,
      changed: ['a.yaml'],
      unchanged: 1,
    });
  });

  test('has nothing to change in the policies that riptides ships', () => {
    expect(run('--check', join(ROOT, 'policies'))).toMatchObject({ code: 0, stdout: '' });
  });

  test.each(['shop', '2026', 'off', '1e3'])('has nothing to change in what init writes into %s', (name) => {
    expect(riptides(['init', name], { cwd: directory }).code).toBe(0);
    expect(riptides(['validate', name], { cwd: directory })).toMatchObject({ code: 0, stderr: '' });
    expect(run('--check', name)).toMatchObject({ code: 0, stdout: '' });
  });

  test('says that it changes line ends, and shows a diff of what else changes', () => {
    const path = write('a.yaml', TIDY.replaceAll('\n', '\r\n'));
    const note = 'note  line ends change from CRLF to LF: a.yaml; ';
    expect(run('--diff')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(note) });
    expect(run('--check')).toMatchObject({
      code: 3,
      stdout: 'a.yaml\n',
      stderr: expect.stringContaining(note),
    });
    write('b.yaml', UNTIDY.replaceAll('\n', '\r\n'));
    expect(run('--diff').stdout).toMatch(/^--- b\.yaml\n\+\+\+ b\.yaml \(formatted\)\n@@ /);
    expect(run().stderr).toContain('note  line ends change from CRLF to LF: a.yaml and 1 more file; ');
    expect(read(path)).toBe(TIDY);
    expect(run().stderr).not.toContain('CRLF');
  });

  test('with --diff prints what would change, and writes nothing', () => {
    const service = write('a.yaml', UNTIDY);
    const { code, stdout } = run('--diff');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^--- a\.yaml\n\+\+\+ a\.yaml \(formatted\)\n@@ -1,4 \+1,4 @@\n/);
    expect(stdout).toContain('\n-metadata: {name: api}\n');
    expect(read(service)).toBe(UNTIDY);
    expect(run('--diff', '--check').code).toBe(3);
  });

  test('with --diff shows no secret, and that there is one', () => {
    const key = '     -----BEGIN PRIVATE KEY-----\n     hunter4\n     -----END PRIVATE KEY-----\n';
    write(
      'a.yaml',
      `apiVersion: core.riptides.io/v1alpha1\nkind: CredentialSource\nmetadata: {name: a}\nspec:\n  azure: {clientSecret: "hunter2", pwd: {\n    a: hunter3}}\n  githubapp:\n   secretRef:\n    name: x\n    key: |\n${key}`,
    );
    write(
      'b.yaml',
      `kind: Service\napiVersion: core.riptides.io/v1alpha1\nx: {token: ghp_${'a1'.repeat(18)}}\n`,
    );
    const { stdout } = run('--check', '--diff');
    expect(stdout).toContain('\n-  azure: {clientSecret: *********');
    expect(stdout).toContain('\n+  azure: { clientSecret: *******,');
    expect(stdout).not.toMatch(/hunter|a1a1/);
  });

  test('keeps the mode of a file, and follows a symbolic link without replacing it', () => {
    const target = write('real/a.yaml', UNTIDY);
    chmodSync(target, 0o640);
    symlinkSync('real/a.yaml', join(directory, 'link.yaml'));
    expect(run('link.yaml').code).toBe(0);
    expect(read(target)).toBe(TIDY);
    expect(lstatSync(join(directory, 'link.yaml')).isSymbolicLink()).toBe(true);
    expect(statSync(target).mode & 0o7777).toBe(0o640);
  });

  test('reads standard input and writes standard output, for editors', () => {
    const ask = (input: string, ...flags: string[]) =>
      spawnSync(process.execPath, [join(ROOT, 'bin/riptides.js'), 'fmt', '-', ...flags], {
        input,
        encoding: 'utf8',
      });
    expect(ask(UNTIDY)).toMatchObject({ status: 0, stdout: TIDY, stderr: '' });
    expect(ask(UNTIDY, '--check')).toMatchObject({ status: 3, stdout: '<stdin>\n' });
    const broken = ask('a: [1\n');
    expect(broken).toMatchObject({ status: 3, stdout: '' });
    expect(broken.stderr).toContain('<stdin>:1:4: error RTP1010');
  });

  test('tells what cannot be done', () => {
    expect(run('nowhere')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('nowhere:1:1: error RTP1001'),
    });
    expect(run('-', 'a.yaml')).toMatchObject({ code: 2, stderr: expect.stringContaining('standard input') });
    expect(existsSync(join(directory, 'a.yaml'))).toBe(false);
  });
});
