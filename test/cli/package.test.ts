// SPDX-License-Identifier: Apache-2.0
// What the package brings besides the commands: manual pages, completions, docs. All are generated from the commands.

import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { riptides, ROOT } from '../commands/riptides.ts';
import { findProgram, SHELL_NAMES } from './shells.ts';

const PAGES = globSync('man/*.1', { cwd: ROOT }).toSorted();
const COMMANDS = globSync('**/*.ts', { cwd: join(ROOT, 'src/commands') }).map((path) =>
  path.replace(/\.ts$/, '').replaceAll('/', '-'),
);

function ran(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
  });
  return { code: status, stdout, stderr };
}

describe('generated files', () => {
  // Another place, time zone, language and width, which must not matter.
  test('are what the commands and spec/ say (else: npm run generate)', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/generate.ts'), '--check'], {
      cwd: tmpdir(),
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'] ?? '',
        TZ: 'Pacific/Kiritimati',
        LC_ALL: 'tr_TR.UTF-8',
        COLUMNS: '40',
      },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }, 30_000);

  test.each(SHELL_NAMES)('hold for %s what riptides completion prints', (shell) => {
    const { file, script } = JSON.parse(riptides(['completion', shell, '--json']).stdout);
    expect(readFileSync(join(ROOT, 'share/completions', file), 'utf8')).toBe(script);
  });

  test('hold a page of the manual and of the docs for each command', () => {
    expect(PAGES).toEqual(['man/riptides.1', ...COMMANDS.map((name) => `man/riptides-${name}.1`)].toSorted());
    expect(globSync('*.md', { cwd: join(ROOT, 'docs/commands') }).toSorted()).toEqual(
      ['README.md', ...COMMANDS.map((name) => `${name}.md`)].toSorted(),
    );
  });
});

describe('the package', () => {
  test('brings the pages where npm installs manuals from, and the completions', () => {
    const { stdout } = ran('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error']);
    const [{ files }]: readonly [{ readonly files: readonly { readonly path: string }[] }] =
      JSON.parse(stdout);
    const paths = files.map(({ path }) => path);
    const { man } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(man.map((path: string) => path.replace(/^\.\//, '')).toSorted()).toEqual(PAGES);
    expect(paths).toEqual(
      expect.arrayContaining([
        ...PAGES,
        'oclif.manifest.json',
        'share/completions/_riptides',
        'share/completions/riptides.bash',
        'share/completions/riptides.fish',
      ]),
    );
  }, 30_000);
});

describe('manual pages', () => {
  const mandoc = findProgram('mandoc');
  const groff = findProgram('groff');
  const man = findProgram('man');

  (mandoc === undefined ? test.skip : test)(
    'have no warning of mandoc (skipped where there is none: scripts/setup.sh shells gets it)',
    () => {
      const { stdout } = ran(mandoc?.path ?? '', ['-T', 'lint', '-W', 'warning', ...PAGES]);
      // A date would change with each day of building; without one the pages are the same bytes everywhere.
      expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
    },
  );

  (groff === undefined ? test.skip : test)('have no warning of groff (skipped where there is none)', () => {
    for (const page of PAGES)
      expect(ran('groff', ['-man', '-ww', '-Tutf8', '-z', page])).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
  });

  (man === undefined ? test.skip : test)(
    'are shown by man with all that belongs in them (skipped where there is none)',
    () => {
      for (const page of PAGES) {
        const { code, stdout, stderr } = ran('man', ['-l', join(ROOT, page)], {
          MANWIDTH: '80',
          LC_ALL: 'C.UTF-8',
          MANPAGER: 'cat',
        });
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        const headings = ['NAME', 'SYNOPSIS', 'EXAMPLES', 'EXIT STATUS', 'ENVIRONMENT', 'FILES', 'SEE ALSO'];
        for (const heading of headings) expect(stdout).toMatch(new RegExp(`^${heading}$`, 'm'));
        expect(stdout).toContain('RIPTIDES_DEBUG');
      }
    },
    60_000,
  );

  test('name flags so that they can be copied and searched', () => {
    const page = readFileSync(join(ROOT, 'man/riptides-apply.1'), 'utf8');
    expect(page).toContain('\\-\\-confirm\\-within');
    expect(page).not.toMatch(/[^\\]--/);
  });
});
