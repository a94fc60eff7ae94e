// SPDX-License-Identifier: Apache-2.0
// What people are told when the kernel does not load or unload the module: by stand-ins of the tools that repeat what the real ones
// print (kmod 30). Loading and unloading itself is done in test/kernel.

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';

import { isLoaded, loadModule, unloadModule } from '../../src/module/load.ts';
import { inFolder } from '../apply/policies.ts';

const path = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = path;
});

/** Puts programs in front of the path, that print and fail. */
async function withTools(tools: Readonly<Record<string, string>>, use: () => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    for (const [name, output] of Object.entries({ dmesg: '', ...tools })) {
      const file = join(folder, name);
      writeFileSync(file, `#!/bin/sh\ncat <<'END'\n${output}\nEND\nexit ${name === 'dmesg' ? 0 : 1}\n`);
      chmodSync(file, 0o755);
    }
    process.env['PATH'] = `${folder}:${path ?? ''}`;
    await use();
  });
}

const insmod = (words: string): string => `insmod: ERROR: could not insert module /m/riptides.ko: ${words}`;

describe('a module that the kernel does not load', () => {
  test.each([
    ['is loaded already', insmod('File exists'), 'module-load', 'loaded already'],
    ['is not signed', insmod('Key was rejected by service'), 'module-load', 'signed modules only'],
    [
      'is not signed by a known key',
      insmod('Required key not available'),
      'module-load',
      'signed modules only',
    ],
    [
      'was built for another kernel',
      insmod('Invalid module format'),
      'module-load',
      'built for another kernel',
    ],
    [
      'does not know the kernel',
      insmod('Operation not supported'),
      'module-load',
      'does not know this kernel',
    ],
    ['needs what is not there', insmod('Unknown symbol in module'), 'module-load', 'does not offer'],
    [
      'is not there',
      insmod('No such file or directory'),
      'module-load',
      'there is no module at /m/riptides.ko',
    ],
    ['fails in another way', insmod('Cannot allocate memory'), 'module-load', 'does not load'],
  ])('because it %s', async (_what, output, kind, words) => {
    await withTools({ insmod: output }, async () => {
      await expect(loadModule({ path: '/m/riptides.ko' })).rejects.toMatchObject({
        kind,
        exitCode: 6,
        message: expect.stringContaining(words),
        why: expect.stringContaining(output.split(': ').at(-1) ?? ''),
      });
    });
  });

  test('without permission says whose it is', async () => {
    await withTools({ insmod: insmod('Operation not permitted') }, async () => {
      await expect(loadModule({ path: '/m/riptides.ko' })).rejects.toMatchObject({ exitCode: 6 });
    });
  });

  test('comes with what the module itself has said in the kernel log', async () => {
    const dmesg = 'eth0: up\nriptides: kernel 5.10 is not one that this module knows';
    await withTools({ insmod: insmod('Operation not supported'), dmesg }, async () => {
      await expect(loadModule({ path: '/m/riptides.ko' })).rejects.toMatchObject({
        why: expect.stringMatching(/the kernel log says:\n {2}riptides: kernel 5\.10 is not/),
      });
    });
  });

  test('because none is installed', async () => {
    const modprobe = 'modprobe: FATAL: Module riptides not found in directory /lib/modules/6.1.0';
    await withTools({ modprobe }, async () => {
      await expect(loadModule()).rejects.toMatchObject({
        message: expect.stringContaining('no riptides module is installed'),
      });
    });
  });
});

describe('a module that the kernel does not unload', () => {
  test.each([
    ['is not loaded', 'rmmod: ERROR: Module riptides is not currently loaded', 'module-not-loaded'],
    ['is in use', 'rmmod: ERROR: Module riptides is in use', 'module-busy'],
    [
      'may not be unloaded by this user',
      'rmmod: ERROR: could not remove riptides: Operation not permitted',
      'no-permission',
    ],
    ['fails in another way', 'rmmod: ERROR: something else', 'module-busy'],
  ])('because it %s', async (_what, rmmod, kind) => {
    await withTools({ rmmod }, async () => {
      await expect(unloadModule()).rejects.toMatchObject({ kind });
    });
  });
});

test('the kernel lists no riptides module where none is loaded', () => {
  expect(typeof isLoaded()).toBe('boolean');
});
