// SPDX-License-Identifier: Apache-2.0
// How long it takes until riptides says something.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { riptides, ROOT } from '../commands/riptides.ts';

const MOST = 3;

describe('riptides --version', () => {
  test('says what oclif would say', () => {
    const bin = pathToFileURL(join(ROOT, 'bin/riptides.js')).href;
    const script = `require('${ROOT}/dist/riptides.cjs').main(['--version'], '${bin}')`;
    const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(stdout).toMatch(new RegExp(`^riptides/${version} \\S+ node-v\\d+`));
    expect(riptides(['--version'])).toEqual({ code: 0, stdout, stderr: '' });
  });

  test(`takes at most ${MOST} times as long as a bare node`, () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, 'bench/start.ts'), '--json', '--', '--version'],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    const { results } = JSON.parse(stdout);
    expect(results).toHaveLength(1);
    expect(results[0].ratio).toBeLessThan(MOST);
  }, 60_000);
});

test('the built command line is ASCII, as bin/load.js reads it', () => {
  expect(readFileSync(join(ROOT, 'dist/riptides.cjs'), 'latin1')).not.toMatch(/[^\0-\x7f]/);
});

test('reads the letters of a guardrail as the sources do', () => {
  const policy = mkdtempSync(join(tmpdir(), 'riptides-'));
  writeFileSync(
    join(policy, 'riptides.yaml'),
    `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: a }
spec: { trustDomain: a.example, defaultPosture: { egress: deny } }
---
apiVersion: core.riptides.io/v1alpha1
kind: Guardrail
metadata: { name: micro }
spec:
  matchKinds: [Project]
  rules:
    - id: micro
      expression: duration('5\u00b5s') == duration('5us')
      message: these are the same
`,
  );
  expect(riptides(['validate', policy])).toMatchObject({ stderr: '', code: 0 });
  rmSync(policy, { recursive: true });
});

describe('the code cache', () => {
  let installed: string;
  let cache: string;

  beforeEach(() => {
    installed = mkdtempSync(join(tmpdir(), 'riptides-'));
    cache = join(installed, 'dist/riptides.cjs.cache');
    for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
      cpSync(join(ROOT, part), join(installed, part), { recursive: true });
  });

  afterEach(() => rmSync(installed, { recursive: true }));

  /** What `riptides help` prints, and whether V8 refused the cache; undefined where there is none. */
  function help(...flags: readonly string[]): { readonly refused?: boolean; readonly stdout: string } {
    const script = `import { load } from '${installed}/bin/load.js';
      const { exports, isRefused } = load('${installed}/dist/riptides.cjs');
      await exports.main(['help'], '${pathToFileURL(join(installed, 'bin/riptides.js')).href}');
      console.log(JSON.stringify({ refused: isRefused }));`;
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const [, shown = '', last = ''] = /^(.*)^(.*)\n$/ms.exec(stdout) ?? [];
    return { ...JSON.parse(last), stdout: shown };
  }

  const expected = riptides(['help']).stdout;

  test('that the build made is used', () => {
    expect(help()).toEqual({ refused: false, stdout: expected });
  });

  test.each([
    ['missing', () => rmSync(cache), [], undefined],
    ['empty', () => truncateSync(cache, 0), [], undefined],
    ['none', () => writeFileSync(cache, 'no code\n'), [], undefined],
    [
      'that of another build',
      () => writeFileSync(cache, readFileSync(cache, 'latin1').replace(/[0-9a-f]/, 'x'), 'latin1'),
      [],
      undefined,
    ],
    ['truncated', () => truncateSync(cache, 4096), [], true],
    ['that of a V8 with other flags', () => {}, ['--no-opt'], true],
  ])('changes nothing where it is %s', (_what, spoil, flags, refused) => {
    spoil();
    expect(help(...flags)).toEqual({ refused, stdout: expected });
  });

  test('is used where the directory is a link', () => {
    renameSync(join(installed, 'dist'), join(installed, 'elsewhere'));
    symlinkSync('elsewhere', join(installed, 'dist'));
    expect(help()).toEqual({ refused: false, stdout: expected });
    const { status, stderr } = spawnSync(process.execPath, [join(installed, 'bin/riptides.js'), 'bogus'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('RTE1901') });
  });
});
