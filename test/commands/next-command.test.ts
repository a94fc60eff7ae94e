// SPDX-License-Identifier: Apache-2.0
// What riptides suggests to run next is run by a shell, as it is printed.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { copyExample, ROOT } from './riptides.ts';

const EMBEDDED = ['--target', 'embedded'];

let directory = '';
let environment: Readonly<Record<string, string>> = {};
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'riptides-next-'));
  renameSync(copyExample('shop'), join(directory, "a shop's"));
  mkdirSync(join(directory, 'bin'));
  const bin = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'bin/riptides.js')}' "$@"\n`;
  writeFileSync(join(directory, 'bin/riptides'), bin, { mode: 0o755 });
  const path = `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`;
  environment = { PATH: path, HOME: directory, XDG_STATE_HOME: join(directory, 'state') };
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function shell(command: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...environment, ...env },
    input: '',
  });
  return { code: status, stdout, stderr };
}

const riptides = (...args: readonly string[]) =>
  shell(`riptides ${args.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ')}`);

/** The command line behind a text in what was printed. */
function after(text: string, printed: string): string {
  const start = printed.indexOf(text);
  if (start < 0) throw new Error(`no "${text}" in:\n${printed}`);
  return printed.slice(start + text.length).replace(/\n[^]*/, '');
}

test('plan prints the command that applies the plan, to the same target and project', () => {
  const planned = riptides('plan', "a shop's", ...EMBEDDED, '--output', 'shop.plan');
  const command = after('apply exactly this with: ', planned.stdout);
  expect(command).toBe(`(cd 'a shop'\\''s' && riptides apply ../shop.plan --target embedded)`);
  expect(shell(command.replace(/\)$/, ' --yes)'))).toMatchObject({ code: 0 });
  expect(riptides('status', "a shop's", ...EMBEDDED, '--once').stdout).toMatch(/^in-sync/);
});

test('plan in the project names the plan as it was named', () => {
  const planned = shell(`cd 'a shop'\\''s' && riptides plan -o ../x.plan`, { RIPTIDES_TARGET: 'embedded' });
  expect(after('apply exactly this with: ', planned.stdout)).toBe(
    'riptides apply ../x.plan --target embedded',
  );
});

test('apply and rollback print the command that confirms them, and status the one that goes on', () => {
  const applied = riptides('apply', "a shop's", ...EMBEDDED, '--yes', '--confirm-within', '60s');
  const confirm = after('unless you run: ', applied.stdout);
  expect(riptides('status', "a shop's", ...EMBEDDED, '--once').stdout).toContain(`keep it with ${confirm},`);
  expect(shell(confirm)).toMatchObject({ code: 0 });

  writeFileSync(join(directory, "a shop's", 'more.yaml'), SERVICE);
  expect(riptides('apply', "a shop's", ...EMBEDDED, '--yes').code).toBe(0);
  const back = riptides('rollback', "a shop's", ...EMBEDDED, '--yes', '--confirm-within', '60s');
  expect(shell(after('unless you run: ', back.stdout))).toMatchObject({ code: 0 });
});

test('init prints commands that can be run', () => {
  const { stdout } = riptides('init', 'my policy');
  expect(shell(after('Next: ', stdout))).toMatchObject({ code: 0 });
  expect(shell(`${after('\n      ', stdout)} --yes`)).toMatchObject({ code: 0 });
});

const SERVICE = `apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: more, labels: { owner: shop } }
spec: { labels: { app: more }, addresses: [{ address: 10.1.1.1, port: 1 }] }
`;
