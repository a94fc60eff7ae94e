// SPDX-License-Identifier: Apache-2.0
//
// What has to be so for the module to load. Half a minute for each kernel under emulation.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasModule, KERNELS, patience, ROOT, useGuest } from './suite.ts';
import { selftestHeader } from './selftest-bundle.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('the module, its package and dkms.conf have one version', () => {
  const { version }: { version: string } = JSON.parse(read('package.json'));
  expect(read('kmod/version.h')).toContain(`#define RT_MODULE_VERSION\t"${version}"`);
  expect(read('kmod/dkms.conf')).toContain(`PACKAGE_VERSION="${version}"`);
});

test('the bundle of the self-test is of the current format (else run test/kernel/selftest-bundle.ts)', () => {
  expect(read('kmod/selftest_bundle.h')).toBe(selftestHeader());
});

describe.each(KERNELS)('loading on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const guest = useGuest(series);

  test(
    'succeeds, tells the version, and leaves the kernel as it was when the module goes',
    async () => {
      await guest.load();
      await guest.unload();
      const log = guest.vm.kernelLog();
      expect(log).toMatch(/riptides: version \d+\.\d+\.\d+ loaded/);
      expect(log).toContain('riptides: unloaded');
      const { stdout } = await guest.vm.run(
        `modinfo -F version '${guest.module}'; modinfo -F parm '${guest.module}'`,
      );
      expect(stdout).toMatch(/^\d+\.\d+\.\d+\nallow_untested_kernel:.*\n$/);
    },
    TEST_MS,
  );

  (hasModule(series, 'smc') ? test : test.skip)(
    'is refused while SMC could go round it, and SMC cannot be loaded afterwards',
    async () => {
      expect((await guest.vm.run('modprobe smc')).code).toBe(0);
      await expect(guest.load()).rejects.toThrow('Device or resource busy');
      await guest.vm.run('rmmod smc_diag; rmmod smc');
      await guest.load();
      // modprobe takes the refusal for success.
      expect((await guest.vm.run('modprobe smc; test -d /sys/module/smc')).code).not.toBe(0);
      expect(await guest.python(`tell(told=attempt(socket.socket, 43, socket.SOCK_STREAM, 0))`)).toBe(
        'EAFNOSUPPORT',
      );
      await guest.unload();
      expect((await guest.vm.run('modprobe smc && rmmod smc')).code).toBe(0);
      expect(guest.vm.kernelLog()).toContain(
        'riptides: SMC is in use, and its connections bypass this module: unload smc first',
      );
    },
    TEST_MS,
  );

  (series === 'debug' ? test.skip : test)(
    'is refused while MPTCP is switched off, as it could not be blocked in other network namespaces',
    async () => {
      await guest.vm.run('sysctl -w net.mptcp.enabled=0');
      await expect(guest.load()).rejects.toThrow('insmod');
      await guest.vm.run('sysctl -w net.mptcp.enabled=1');
      await guest.load();
      await guest.vm.run('sysctl -w net.mptcp.enabled=0');
      await guest.unload();
      await guest.vm.run('sysctl -w net.mptcp.enabled=1');
      expect(guest.vm.kernelLog()).toContain(
        'while net.mptcp.enabled is 0: set it to 1 until the module is loaded',
      );
    },
    TEST_MS,
  );
});
