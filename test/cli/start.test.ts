// SPDX-License-Identifier: Apache-2.0
// How long it takes until riptides says something.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { riptides, ROOT } from '../commands/riptides.ts';

const MOST = 3;

describe('riptides --version', () => {
  test('says what oclif would say', () => {
    const bin = pathToFileURL(join(ROOT, 'bin/riptides.js')).href;
    const main = pathToFileURL(join(ROOT, 'dist/cli/main.js')).href;
    const script = `const { main } = await import('${main}'); await main(['--version'], '${bin}');`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
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
