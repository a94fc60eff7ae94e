// SPDX-License-Identifier: Apache-2.0
//
// Who is held to a rule when a program has several identities, or becomes another one meanwhile. Half a minute for each kernel under
// emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, buildProgram, type Guest, KERNELS, must, patience } from './suite.ts';
import { PORTS, ports } from './policies.ts';

const { allowed, denied } = PORTS;
const SECONDS = 8;

describe.each(KERNELS)('the subject of a connect on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  let guest: Guest;
  let execs: string;
  let compat: string;
  let probe: string;

  beforeAll(async () => {
    execs = buildProgram('execs');
    probe = buildProgram('probe');
    compat = buildProgram('compat', ['-m32', '-nostdlib', '-fno-stack-protector', '-fno-pie', '-no-pie']);
    guest = await bootGuest(series);
    await guest.load();
    await guest.python(`Family().put(ports)`, { bytes: { ports } });
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  const servers = `servers = [echo(listen('127.0.0.1', port, 1024)) for port in (${allowed}, ${denied})]`;

  test(
    'is the effective user: of a set-user-ID program its owner, and of a program that gave root up the user that it is',
    async () => {
      await must(guest.vm, `cp ${probe} /tmp/plain; cp ${probe} /tmp/setuid; chmod 4755 /tmp/setuid`);
      expect(
        await guest.python(`
${servers}
def run(program, uid):
    result = subprocess.run([program, '4', '127.0.0.1', '${denied}', 'block'], user=uid, capture_output=True, text=True)
    return result.stdout.split()[-1]
tell(told=[run('/tmp/plain', 1234), run('/tmp/setuid', 1234), run('/tmp/plain', 0), run('/tmp/setuid', 0)])`),
      ).toEqual(['ok', 'EACCES', 'EACCES', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'is the user of the very thread',
    async () => {
      expect(
        await guest.python(`
${servers}
run = subprocess.run(['${execs}', 'uids', '${allowed}', '${denied}'], capture_output=True, text=True, check=True)
tell(told=run.stdout.split())`),
      ).toEqual(['ok', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'is right for every first connect of many threads, while their process becomes another and others push its facts out',
    async () => {
      expect(
        await guest.python(
          `
${servers}
run = subprocess.run(['${execs}', '${SECONDS}', '${allowed}', '${denied}'], capture_output=True, text=True, check=True)
connects, wrong = map(int, run.stdout.split())
tell(told=[connects > 200, wrong])`,
          { timeoutMs: TEST_MS },
        ),
      ).toEqual([true, 0]);
      await guest.vm.checkKernelLog();
    },
    2 * TEST_MS,
  );

  test(
    'is held to the same by 32-bit system calls',
    async () => {
      expect(
        await guest.python(`
${servers}
names = lambda text: [errno.errorcode.get(-int(word), 'ok') for word in text.split()]
tell(told=names(subprocess.run(['${compat}'], capture_output=True, text=True, check=True).stdout))`),
      ).toEqual(['ok', 'ok', 'EACCES', 'EACCES', 'EPERM', 'ENOPROTOOPT', 'ENOTSUP']);
    },
    TEST_MS,
  );
});
