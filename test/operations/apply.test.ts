// SPDX-License-Identifier: Apache-2.0
// Applying, confirming and going back, as a person sees them.

import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { copyExample, type Ran, riptides, ROOT } from '../commands/riptides.ts';

const BIN = join(ROOT, 'bin/riptides.js');

/** A copy of the shop, and riptides in it, on its embedded target. */
function shop(): { readonly project: string; readonly run: (...args: readonly string[]) => Ran } {
  const project = copyExample('shop');
  return { project, run: (...args) => riptides([...args, '--target', 'embedded'], { cwd: project }) };
}

test('going back to no policy waits for nothing, and nobody is said to have confirmed it', () => {
  const { run } = shop();
  expect(run('apply', '--yes', '--confirm-within', '10m').code).toBe(0);
  const back = run('rollback', '--yes', '--confirm-within', '10m');
  expect(back.code).toBe(0);
  expect(back.stdout).not.toContain('undone in');
  run('status', '--once');
  const history: unknown = JSON.parse(run('history', '--json').stdout);
  expect(history).toMatchObject({
    records: [{ manifest: { action: 'rollback' } }, { manifest: { action: 'apply' } }],
  });
  expect(history).not.toMatchObject({ records: [{ manifest: { confirmBy: expect.anything() } }] });
});

test.each([['rollback', '--yes'], ['status', '--once'], ['history'], ['confirm']])(
  '%s of a directory that does not exist, or has no policy, is refused',
  (command, ...flags) => {
    const { run } = shop();
    const refused = run(command, '~1', ...flags);
    expect(refused.stderr).toContain('RTE1901 the directory of the policy does not exist: ~1');
    expect(refused.code).toBe(2);
    const elsewhere = run(command, 'identities', ...flags);
    expect(elsewhere.stderr).toContain('RTE1901 there is no policy in identities');
    expect(elsewhere.code).toBe(2);
  },
);

test('a saved plan knows its target', () => {
  const { project, run } = shop();
  expect(run('plan', '--output', 'shop.plan').code).toBe(0);
  const refused = riptides(['apply', 'shop.plan', '--yes', '--target', 'kernel'], { cwd: project });
  expect(refused.code).not.toBe(0);
  const applied = riptides(['apply', 'shop.plan', '--yes'], { cwd: project });
  expect(applied.stderr).not.toContain('RTE');
  expect(applied.stdout).toContain('generation 1 is in force');
  expect(applied.code).toBe(0);
});

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;
asRoot('a user whom /etc/passwd does not have', () => {
  test('applies, and is named by the number', () => {
    const { project } = shop();
    spawnSync('chown', ['-R', '54321:54321', project]);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [BIN, 'apply', '.', '--target', 'embedded', '--yes', '--json'],
      { cwd: project, uid: 54_321, gid: 54_321, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } },
    );
    expect(stderr).not.toContain('RTE');
    expect(status).toBe(0);
    expect(stdout).toMatch(/"who": "uid-54321@/);
  });
});

test('Ctrl-C after the commit changes nothing, also not the exit code', () => {
  const { project, run } = shop();
  // Comes with the line that is printed after the commit, which takes it as a signal from outside.
  const signals = `const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text, ...more) => {
      if (String(text).includes('is in force, sha256')) {
        process.kill(process.pid, 'SIGINT');
        setTimeout(() => {}, 100);
      }
      return write(text, ...more);
    };`;
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(signals)}` };
  const applied = riptides(['apply', '.', '--target', 'embedded', '--yes'], { cwd: project, env });
  expect(applied.stdout).toContain('is in force, sha256');
  expect(applied.code).toBe(0);
  expect(run('status', '--once').stdout).toContain('in-sync');
});
