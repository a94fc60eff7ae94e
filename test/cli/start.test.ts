// SPDX-License-Identifier: Apache-2.0
// How long it takes until riptides says something.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
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
      const { exports, script } = load('${installed}/dist/riptides.cjs');
      await exports.main(['help'], '${pathToFileURL(join(installed, 'bin/riptides.js')).href}');
      console.log(JSON.stringify({ refused: script.cachedDataRejected }));`;
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

  test('changes nothing where it is missing', () => {
    rmSync(cache);
    expect(help()).toEqual({ stdout: expected });
  });

  test.each([
    ['of a V8 with other flags', () => {}, ['--no-opt']],
    ['that ends too early', () => truncateSync(cache, 4096), []],
    ['that is empty', () => truncateSync(cache, 0), []],
    ['that is none', () => writeFileSync(cache, 'no code\n'), []],
  ])('changes nothing where it is one %s', (_what, spoil, flags) => {
    spoil();
    expect(help(...flags)).toEqual({ refused: true, stdout: expected });
  });
});
