// SPDX-License-Identifier: Apache-2.0
//
// Every allocation and every copy that a connect, an accept, a whole transaction and a load need, made to fail once each. Runs on the
// debug kernel, which then looks for leaks as well; half an hour under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { INJECTED, injectionsIn, leaksIn } from './faults.ts';
import { BOOT_MS, bootGuest, type Guest, KERNELS, must } from './suite.ts';
import { admits, PORTS, ports, posture } from './policies.ts';

const MINUTE = 60_000;

(KERNELS.includes('debug') ? describe : describe.skip)(
  'with every failure that the kernel can inject',
  () => {
    const bytes = { admits, ports, audit: posture('audit') };
    let guest: Guest;
    let read = 0;

    /** Runs a sweep, and says on the console what it did. */
    async function sweep(script: string): Promise<unknown> {
      const told = await guest.python(`from faults import *\nprepare()\n${script}`, {
        bytes,
        timeoutMs: 25 * MINUTE,
      });
      await guest.vm.checkKernelLog();
      const log = guest.vm.kernelLog();
      const { injected, sites, sitesBelowTheModule } = injectionsIn(log.slice(read));
      read = log.length;
      console.log(`${injected} failures at ${sites} sites, ${sitesBelowTheModule} of them below the module`);
      expect(sitesBelowTheModule).toBeGreaterThan(0);
      return told;
    }

    beforeAll(async () => {
      guest = await bootGuest('debug', { ignore: INJECTED, bootTimeoutMs: BOOT_MS - MINUTE });
    }, BOOT_MS);

    afterAll(async () => {
      await guest?.vm.shutdown();
    }, BOOT_MS);

    test(
      'a load either succeeds or leaves nothing behind',
      async () => {
        expect(await sweep(`tell(told=loads('${guest.module}'))`)).toEqual({
          injected: expect.any(Number),
          wrong: [],
        });
      },
      30 * MINUTE,
    );

    test(
      'a transaction takes place whole or not at all',
      async () => {
        await guest.load();
        expect(await sweep(`tell(told=transactions((ports, audit)))`)).toEqual({
          injected: expect.any(Number),
          wrong: [],
        });
      },
      30 * MINUTE,
    );

    test.each([
      ['allowed', false],
      ['denied', true],
    ] as const)(
      'a connect that is %s never comes to be allowed by a failure',
      async (port, isDenied) => {
        expect(
          await sweep(`
Family().put(ports)
server = listen('127.0.0.1', ${PORTS[port]}, 512)
tell(told=connects(${PORTS[port]}, ${isDenied ? 'True' : 'False'}))`),
        ).toEqual({ injected: expect.any(Number), wrong: [] });
      },
      30 * MINUTE,
    );

    test(
      'an accept that fails leaves the listener as it was',
      async () => {
        expect(await sweep(`tell(told=accepts(${PORTS.allowed}))`)).toEqual({
          injected: expect.any(Number),
          wrong: [],
        });
      },
      30 * MINUTE,
    );

    test.each([
      ['allowed', '127.0.0.1', false],
      ['denied', '127.0.0.3', true],
    ] as const)(
      'a connection in that is %s never comes to be accepted by a failure',
      async (_verdict, source, isDenied) => {
        expect(
          await sweep(`
Family().put(admits)
tell(told=first_accepts('${source}', ${isDenied ? 'True' : 'False'}))`),
        ).toEqual({ injected: expect.any(Number), wrong: [] });
      },
      30 * MINUTE,
    );

    test(
      'nothing is lost',
      async () => {
        await guest.unload();
        const { leaks, kernels } = leaksIn(await guest.vm.findLeaks());
        if (kernels > 0)
          console.warn(`ALLOWED: the kernel itself lost ${kernels} objects in sysfs_slab_add()`);
        expect(leaks).toEqual([]);
        // The rig looks once more, and takes what stands on the console for a finding.
        await must(guest.vm, 'echo clear > /sys/kernel/debug/kmemleak');
        const findings = await guest.vm.takeKernelFindings();
        expect(findings.filter(({ headline }) => !headline.startsWith('kmemleak: '))).toEqual([]);
      },
      BOOT_MS,
    );
  },
);
