// SPDX-License-Identifier: Apache-2.0
// Output that cannot be written, and errors for programs.

import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { copyExample, riptides } from '../commands/riptides.ts';

const BIN = join(import.meta.dirname, '../../bin/riptides.js');

/** Runs a line of shell, in which `riptides` is this one. */
function shell(line: string): {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const script = `set -o pipefail; riptides() { ${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} "$@"; }; ${line}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', timeout: 60_000 });
  return { code: status, stdout, stderr };
}

const FULL = /^error RTE1902 standard output cannot be written: .*ENOSPC/m;

describe('a device that is full', () => {
  test.each([
    ['a page of help', 'riptides help'],
    ['JSON', 'riptides help --json'],
    ['a schema', 'riptides schema'],
    ['a formatted file', 'riptides fmt - < policies/examples/shop/riptides.yaml'],
    ['the version', 'riptides --version'],
  ])('%s: is an error, and none of riptides', (_, line) => {
    const { code, stderr } = shell(`${line} > /dev/full`);
    expect(stderr).toMatch(FULL);
    expect(stderr).not.toMatch(/RTE1000|\n {4}at /);
    expect(code).toBe(2);
  });

  test('does not stop an apply in the middle', () => {
    const project = copyExample('shop');
    const applied = shell(`riptides apply ${project} --target embedded --yes > /dev/full`);
    expect(applied.stderr).toMatch(FULL);
    expect(applied.code).toBe(2);
    const status = riptides(['status', project, '--target', 'embedded', '--once', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ kind: 'in-sync', notes: expect.anything() });
  });
});

describe('a reader that has gone', () => {
  test('is no error', () => {
    const { code, stderr } = shell('riptides schema | head -1 > /dev/null');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('does not stop an apply in the middle', () => {
    const project = copyExample('shop');
    const { stderr } = shell(`riptides apply ${project} --target embedded --yes 2>&1 | true`);
    expect(stderr).toBe('');
    const status = riptides(['status', project, '--target', 'embedded', '--once', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ kind: 'in-sync', live: { generation: 1 } });
  });

  test('of standard error is no fault of riptides', () => {
    const { code } = shell('riptides nonsense 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}');
    expect(code).toBe(2);
  });
});

describe('--json', () => {
  test.each([
    ['a command that does not exist', ['aply', '--json'], 'RTE1901'],
    ['a flag that does not exist', ['plan', '--nonsense', '--json'], 'RTE1901'],
    ['a flag without its value', ['explain', '--json', '--to'], 'RTE1901'],
    ['a topic that does not exist', ['help', 'nonsense', '--json'], 'RTE1901'],
    ['a directory that is not there', ['apply', '/nowhere', '--json', '--yes'], undefined],
  ])('%s is JSON as well', (_, args, code) => {
    const ran = riptides(args);
    const answer: unknown = JSON.parse(ran.stdout);
    if (code !== undefined)
      expect(answer).toMatchObject({ schemaVersion: 1, error: { code, exitCode: ran.code } });
    expect(ran.stderr).toBe('');
    expect(ran.code).not.toBe(0);
  });
});
