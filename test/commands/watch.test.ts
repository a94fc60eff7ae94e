// SPDX-License-Identifier: Apache-2.0
// Commands that go on until Ctrl-C, on real files.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { copyExample, riptides, ROOT } from './riptides.ts';

let directory = '';
let running: ChildProcessWithoutNullStreams | undefined;
beforeEach(() => {
  directory = copyExample('shop');
});
afterEach(() => {
  running?.kill('SIGKILL');
  running = undefined;
  rmSync(directory, { recursive: true, force: true });
});

/** Starts a command in the directory. `until` gives what it has printed since the last time, once that has the words. */
function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(ROOT, 'bin/riptides.js'), ...args], {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
  });
  running = child;
  let printed = '';
  let look = (): void => {};
  const take = (chunk: Buffer): void => {
    printed += chunk.toString('utf8');
    look();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return {
    until: (words: string) =>
      new Promise<string>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no "${words}" came, but: ${printed}`)), 20_000);
        look = () => {
          if (!printed.includes(words)) return;
          clearTimeout(late);
          look = () => {};
          const all = printed;
          printed = '';
          resolve(all);
        };
        look();
      }),
    interrupt: (): Promise<number | null> => {
      child.kill('SIGINT');
      return ended;
    },
    ended,
  };
}

/** Replaces a word in a file, as editors do: in place, or by another file that takes its name. */
function edit(file: string, from: string, to: string, inPlace = true): void {
  const path = join(directory, file);
  const text = readFileSync(path, 'utf8').replace(from, to);
  expect(text).toContain(to);
  if (inPlace) writeFileSync(path, text);
  else {
    writeFileSync(`${path}~`, text);
    renameSync(`${path}~`, path);
  }
}

test('validate --watch checks again what has changed, and what is new, until Ctrl-C', async () => {
  const { until, interrupt } = start('validate', '--watch');
  expect(await until('valid')).toContain('no diagnostics');
  edit('identities/web.yaml', 'app: api', 'app: apj');
  expect(await until('did you mean')).toMatch(/identities\/web\.yaml:14:16: error RTP1205/);
  edit('identities/web.yaml', 'app: apj', 'app: api', false);
  expect(await until('valid')).toContain('no diagnostics');
  // Again, when another file has the name already.
  for (const inPlace of [false, false, true]) {
    edit('identities/web.yaml', 'app: api', 'app: apj', inPlace);
    expect(await until('did you mean')).toContain('RTP1205');
    edit('identities/web.yaml', 'app: apj', 'app: api', inPlace);
    await until('valid');
  }
  writeFileSync(join(directory, 'more.yaml'), 'kind: Nothing\n');
  expect(await until('RTP1102')).toContain('more.yaml');
  rmSync(join(directory, 'more.yaml'));
  expect(await until('valid')).toContain('no diagnostics');
  expect(await interrupt()).toBe(130);
}, 60_000);

test('a directory that comes, or takes the place of another, is watched too', async () => {
  const { until, interrupt } = start('validate', '--watch');
  await until('valid');
  mkdirSync(join(directory, 'more/deep'), { recursive: true });
  await new Promise((resolve) => setTimeout(resolve, 200));
  writeFileSync(join(directory, 'more/deep/a.yaml'), 'kind: Nothing\n');
  expect(await until('RTP1102')).toContain('more/deep/a.yaml');
  rmSync(join(directory, 'more/deep/a.yaml'));
  await until('valid');
  cpSync(join(directory, 'identities'), join(directory, '.next'), { recursive: true });
  renameSync(join(directory, 'identities'), join(directory, '.last'));
  renameSync(join(directory, '.next'), join(directory, 'identities'));
  await until('valid');
  edit('identities/web.yaml', 'app: api', 'app: apj');
  expect(await until('did you mean')).toContain('RTP1205');
  expect(await interrupt()).toBe(130);
}, 60_000);

test('a file behind a symbolic link is read again with any other', async () => {
  const elsewhere = join(directory, 'services.txt');
  renameSync(join(directory, 'services.yaml'), elsewhere);
  symlinkSync('services.txt', join(directory, 'services.yaml'));
  const { until, interrupt } = start('validate', '--watch');
  await until('valid');
  writeFileSync(elsewhere, 'broken: [');
  edit('identities/web.yaml', 'app: api', 'app:  api');
  expect(await until('RTP1010')).toContain('services.yaml');
  await interrupt();
}, 60_000);

test('test --watch runs the tests of what has changed, among the policy and beside it', async () => {
  const { until, interrupt } = start('test', '--watch', 'riptides.yaml');
  await until('0 tests');
  const file = join(directory, 'watched.yaml');
  const withVerdict = (verdict: string): string => `apiVersion: core.riptides.io/v1alpha1
kind: PolicyTest
metadata: { name: watched }
spec:
  tests:
    - name: nobody
      process: { facts: { process:binary:path: /usr/bin/curl, process:uid: 1001 } }
      to: 10.20.0.20:8080
      expect: ${verdict}
`;
  writeFileSync(file, withVerdict('allow'));
  expect(await until('1 failed')).toContain('nobody');
  writeFileSync(file, withVerdict('deny'));
  await until('1 passed');
  expect(await interrupt()).toBe(130);
}, 60_000);

test('a directory that is not there cannot be watched', () => {
  const { code, stderr } = riptides(['validate', join(directory, 'gone'), '--watch']);
  expect(code).toBe(2);
  expect(stderr).toContain('cannot be watched (ENOENT)');
});
