// SPDX-License-Identifier: Apache-2.0
//
// The debug kernel is trusted to notice what the stock kernels do not, so here it is made to. Runs where RIPTIDES_KERNELS names it;
// takes about two minutes under emulation, most of it kmemleak's scans.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildMisbehave, type Misbehaviour } from './misbehave/build.ts';
import { bootVm, KernelFinding } from './vm.ts';

const TEST_MS = 360_000;
const wanted = (process.env['RIPTIDES_KERNELS'] ?? '').split(' ').includes('debug');

const caught: readonly [Misbehaviour, RegExp][] = [
  ['warning', /WARNING: CPU: .*misbehave/],
  ['sleep', /sleeping function called from invalid context/],
  ['deadlock', /possible circular locking dependency/],
  ['use-after-free', /KASAN: use-after-free/],
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'riptides-vm-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

(wanted ? describe : describe.skip)('the debug kernel', () => {
  test(
    'names what a module did wrong, one finding each',
    async () => {
      const misbehave = await buildMisbehave('debug', folder);
      const vm = await bootVm({ kernel: 'debug' });
      try {
        await vm.checkKernelLog();
        for (const [what, pattern] of caught) {
          await vm.run(misbehave(what));
          const findings = await vm.takeKernelFindings();
          expect({ what, headlines: findings.map(({ headline }) => headline) }).toEqual({
            what,
            headlines: [expect.stringMatching(pattern)],
          });
        }
      } finally {
        vm.destroy();
      }
    },
    TEST_MS,
  );

  test(
    'tells of memory that a module lost when it is shut down, and of nothing otherwise',
    async () => {
      const misbehave = await buildMisbehave('debug', folder);
      const vm = await bootVm({ kernel: 'debug' });
      try {
        expect(await vm.findLeaks()).toBe('');
        await vm.run(misbehave('leak'));
        await expect(vm.shutdown()).rejects.toThrow(KernelFinding);
        await expect(vm.shutdown()).rejects.toThrow(/unreferenced object[^]*insmod/);
      } finally {
        vm.destroy();
      }
    },
    TEST_MS,
  );
});
