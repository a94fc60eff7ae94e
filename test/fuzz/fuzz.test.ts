// SPDX-License-Identifier: Apache-2.0
// The fuzzer itself: what it would find is found, kept, and made small.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/.bin/node');
const directory = mkdtempSync(join(tmpdir(), 'riptides-fuzzer-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A target that does something with texts that have a 7 in them. */
function targetThat(name: string, does: string): string {
  const file = join(directory, `${name}.mts`);
  const target = `{
    seeds: () => [Buffer.from('one: 1\\ntwo: 2\\nthree: 3\\n')],
    largest: 4096,
    isText: true,
    words: ['7'],
    check: (input) => { if (Buffer.from(input).includes('7')) { ${does} } return 'fine'; },
  }`;
  writeFileSync(file, `export const target = ${target};\n`);
  return file;
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly crashes: readonly string[];
}

function fuzz(name: string, ...args: readonly string[]): Ended {
  const build = join(directory, name);
  const { status, stdout } = spawnSync(NODE, ['test/fuzz/fuzz.ts', '--build', build, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const crashes = readdirSync(join(build, 'crashes')).map((file) =>
    readFileSync(join(build, 'crashes', file), 'utf8'),
  );
  return { status, stdout, crashes };
}

describe('the fuzzer', () => {
  test('tells what was thrown, with the smallest input and how to see it again', () => {
    const file = targetThat('throws', "throw new Error('a 7')");
    const first = fuzz('throws', '--seconds', '2', '--seed', '1', file);
    expect(first).toMatchObject({ status: 1, crashes: ['7'] });
    expect(first.stdout).toContain('Error: a 7');
    const [, replay = ''] = /replay: \S+ (.*)/.exec(first.stdout) ?? [];
    const again = spawnSync(NODE, replay.split(' '), { cwd: ROOT, encoding: 'utf8' });
    expect(again).toMatchObject({ status: 1, stdout: expect.stringContaining('Error: a 7') });
  });

  test('keeps the input with which the process ends, or takes too much memory', () => {
    const exits = fuzz('exits', '--seconds', '5', '--seed', '1', targetThat('exits', 'process.exit(9)'));
    expect(exits).toMatchObject({ status: 1, crashes: [expect.stringContaining('7')] });
    expect(exits.stdout).toContain('the process ended with 9');
    const grows = targetThat('grows', 'const all = []; for (;;) all.push({ all: [...all.slice(-9)] });');
    expect(fuzz('grows', '--seconds', '5', '--seed', '1', grows)).toMatchObject({
      status: 1,
      crashes: [expect.stringContaining('7')],
    });
  });

  test('notices an input that hangs', () => {
    const hangs = fuzz(
      'hangs',
      '--seconds',
      '5',
      '--seed',
      '1',
      '--hang',
      '2',
      targetThat('hangs', 'for (;;);'),
    );
    expect(hangs).toMatchObject({ status: 1, crashes: [expect.stringContaining('7')] });
    expect(hangs.stdout).toContain('an input takes longer than 2 s');
  });

  test('finds nothing where nothing is', () => {
    const fine = fuzz('fine', '--seconds', '1', '--seed', '1', targetThat('fine', ''));
    expect(fine).toMatchObject({ status: 0, crashes: [] });
    expect(fine.stdout).toMatch(/^fine +\d+ runs .* seed 1 {2}no finding\n$/);
  });
});
