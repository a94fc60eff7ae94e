// SPDX-License-Identifier: Apache-2.0

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';

import { buildModule, cacheDirectory } from '../../src/module/build.ts';
import { inFolder } from '../apply/policies.ts';

const KERNEL = join(
  process.env['RIPTIDES_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'riptides'),
  'kernels/6.1',
);
const kernelTree = join(KERNEL, 'build');
const withKernel = existsSync(join(kernelTree, 'Makefile')) ? describe : describe.skip;

const path = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = path;
});

/** A module of a few lines that is called as ours is. */
function writeSources(folder: string, body: string): string {
  const sources = join(folder, 'sources');
  mkdirSync(sources);
  writeFileSync(join(sources, 'Kbuild'), 'obj-m := riptides.o\n');
  writeFileSync(join(sources, 'riptides.c'), `#include <linux/module.h>\n${body}\nMODULE_LICENSE("GPL");\n`);
  writeFileSync(join(sources, 'left-over.o'), 'not a source');
  return sources;
}

describe('building the module', () => {
  test('without the headers of the kernel says what to install', async () => {
    await inFolder(async (cache) => {
      await expect(buildModule({ release: '6.1.0-none-amd64', cache })).rejects.toMatchObject({
        kind: 'module-build',
        exitCode: 2,
        message: expect.stringContaining('the headers of kernel 6.1.0-none-amd64 are not installed'),
        fix: expect.stringMatching(/linux-headers-6\.1\.0-none-amd64|kernel-devel-6\.1\.0-none-amd64/),
      });
      expect(readdirSync(cache)).toEqual([]);
    });
  });

  test.each([
    [
      'gcc is not there',
      'printf "/bin/sh: 1: gcc-12: not found\\nmake: *** [x] Error 127\\n"',
      'needs gcc-12',
    ],
    ['pahole is not there', 'echo "/bin/sh: 1: pahole: not found"', 'needs pahole'],
    ['libelf is not there', 'echo "gelf.h: No such file"', 'needs libelf'],
    ['the sources do not fit', 'echo "riptides.c:3: error: nope"', 'does not build for kernel'],
  ])('says so when %s', async (_what, script, words) => {
    await inFolder(async (folder) => {
      const tree = join(folder, 'tree');
      mkdirSync(tree);
      writeFileSync(join(tree, 'Makefile'), `modules:\n\t@${script}; exit 1\n.PHONY: modules\n`);
      const sources = writeSources(folder, '');
      await expect(
        buildModule({ release: '6.1.0', kernelTree: tree, sources, cache: join(folder, 'cache') }),
      ).rejects.toMatchObject({ kind: 'module-build', message: expect.stringContaining(words) });
    });
  });

  test('keeps its builds where the cache is', () => {
    expect(cacheDirectory('/x')).toBe('/x');
    expect(cacheDirectory()).toMatch(/riptides$/);
  });
});

withKernel(`building for a real kernel (${KERNEL}, by scripts/setup.sh kernel 6.1)`, () => {
  test('makes a module, once, and again when a source has changed', async () => {
    await inFolder(async (folder) => {
      const sources = writeSources(folder, 'int one;');
      const options = { release: '6.1.0-test', kernelTree, sources, cache: join(folder, 'cache') };
      const first = await buildModule(options);
      expect(first).toMatchObject({ release: '6.1.0-test', cached: false });
      expect(existsSync(first.path)).toBe(true);
      expect(await buildModule(options)).toEqual({ ...first, cached: true });
      expect(readdirSync(sources).sort()).toEqual(['Kbuild', 'left-over.o', 'riptides.c']);
      writeFileSync(join(sources, 'riptides.c'), '#include <linux/module.h>\nMODULE_LICENSE("GPL v2");\n');
      const second = await buildModule(options);
      expect(second.cached).toBe(false);
      expect(second.path).not.toBe(first.path);
    });
  }, 240_000);

  test('shows the last words of the compiler when it fails, and keeps all of them', async () => {
    await inFolder(async (folder) => {
      const sources = writeSources(folder, 'int one = nonsense;');
      const failure = buildModule({
        release: '6.1.0-test',
        kernelTree,
        sources,
        cache: join(folder, 'cache'),
      });
      await expect(failure).rejects.toMatchObject({
        kind: 'module-build',
        why: expect.stringContaining('nonsense'),
        fix: expect.stringContaining('build.log'),
      });
    });
  }, 240_000);
});
