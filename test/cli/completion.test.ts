// SPDX-License-Identifier: Apache-2.0
// What the three shells offer when Tab is pressed. The script is the one that the built command prints.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { riptides, ROOT } from '../commands/riptides.ts';
import { findProgram, findShell, SHELL_NAMES, type } from './shells.ts';

const WORDS = [...new Set(readdirSync(join(ROOT, 'src/commands')).map((name) => name.replace(/\.ts$/, '')))];

/** A line that ends where Tab is pressed, and all that is offered there. */
const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['riptides ', WORDS.toSorted()],
  ['riptides va', ['validate']],
  ['riptides --v', ['--version']],
  ['riptides module ', ['arm', 'build', 'drain', 'info', 'load', 'unload', 'upgrade']],
  ['riptides module b', ['build']],
  ['riptides help module un', ['unload']],
  ['riptides help exit', ['exit-codes']],
  ['riptides validate --form', ['--format']],
  ['riptides validate --format ', ['github', 'gitlab', 'junit', 'sarif']],
  ['riptides validate --format s', ['sarif']],
  ['riptides validate --format=s', ['sarif']],
  ['riptides plan --target=em', ['embedded']],
  ['riptides completion ', ['bash', 'fish', 'zsh']],
  // Values that are paths, and values that are nobody's to know.
  ['riptides compile -o ', ['my dir', 'policy', 'shop.plan']],
  ['riptides compile --output sh', ['shop.plan']],
  ['riptides module build --kernel-tree ', ['my dir', 'policy']],
  ['riptides plan --node ', []],
  ['riptides module build --release ', []],
  // Arguments: a directory, or any file; and what stands before them changes nothing.
  ['riptides plan ', ['my dir', 'policy']],
  ['riptides apply s', ['shop.plan']],
  ['riptides apply --why validate --yes po', ['policy']],
  ['riptides explain --to 10.0.0.1:443 po', ['policy']],
  // Names that riptides defines.
  [
    'riptides explain RTE100',
    ['RTE1000', 'RTE1001', 'RTE1002', 'RTE1003', 'RTE1004', 'RTE1005', 'RTE1006', 'RTE1007'],
  ],
  ['riptides schema Work', ['WorkloadIdentity']],
  ['riptides lint --disable RTP1712', ['RTP1712']],
  ['riptides module build po', []],
  ['riptides inspect shop.plan po', []],
  ['riptides plan -- po', ['policy']],
];

let directory: string;
let scripts: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'riptides-completion-'));
  scripts = mkdtempSync(join(tmpdir(), 'riptides-scripts-'));
  mkdirSync(join(directory, 'policy'));
  mkdirSync(join(directory, 'my dir'));
  writeFileSync(join(directory, 'shop.plan'), '');
  for (const shell of SHELL_NAMES) {
    const { code, stdout } = riptides(['completion', shell]);
    expect(code).toBe(0);
    writeFileSync(join(scripts, shell), stdout);
  }
});
afterAll(() => {
  for (const made of [directory, scripts]) rmSync(made, { recursive: true, force: true });
});

describe.each(SHELL_NAMES)('completion for %s', (name) => {
  const shell = findShell(name);
  if (shell === undefined) {
    test.skip(`is not tested: there is no ${name} here; scripts/setup.sh shells gets it`, () => {});
    return;
  }

  test.each(CASES)('offers after "%s" %j', async (line, offered) => {
    const candidates = await shell.complete(line, join(scripts, name), directory);
    expect(candidates).toEqual(offered);
  });

  test('offers the flags that a command has, and no others', async () => {
    const candidates = await shell.complete('riptides rollback --', join(scripts, name), directory);
    const flags = [
      ...(riptides(['rollback', '--help']).stdout.split('FLAGS\n')[1] ?? '').matchAll(
        /^ {2}.{4}(--[\w-]+)/gm,
      ),
    ];
    expect(flags.length).toBeGreaterThan(4);
    expect(candidates).toEqual(flags.map(([, flag = '']) => flag).toSorted());
  });
});

describe('a Tab that is pressed', () => {
  const bash = findProgram('bash');

  test.each([
    ['riptides plan --tar\tem\t', '<plan><--target><embedded>'],
    ['riptides plan --target=em\t', '<plan><--target=embedded>'],
    ['riptides plan my\t', '<plan><my dir/>'],
    ['riptides mod\tbui\t', '<module><build>'],
  ])('in bash completes %j', async (keys, run) => {
    if (bash === undefined) throw new Error('there is no bash');
    const rc = join(scripts, 'bashrc');
    writeFileSync(
      rc,
      `riptides() { printf '<%s>' "$@"; exit; }\nsource ${join(scripts, 'bash')}\nPS1='READY>'\n`,
    );
    const where = { env: bash.env, cwd: directory };
    expect(await type(`${bash.path} --noprofile --rcfile ${rc} -i`, where, 'READY>', `${keys}\n`)).toContain(
      run,
    );
  });
});
