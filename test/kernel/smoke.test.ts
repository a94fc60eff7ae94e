// SPDX-License-Identifier: Apache-2.0
//
// The life of the module once, on the kernel that notices what the stock kernels do not: KASAN, lockdep, kmemleak. It is what `make
// test` runs of the debug suite, and takes about five minutes under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { INJECTED } from './faults.ts';
import { BOOT_MS, bootGuest, buildProgram, type Guest, KERNELS } from './suite.ts';
import { PORTS, ports, posture } from './policies.ts';

const TEST_MS = 240_000;
const { allowed, denied } = PORTS;

(KERNELS.includes('debug') ? describe : describe.skip)('under KASAN and lockdep', () => {
  const bytes = { ports, audit: posture('audit'), deny: posture('deny') };
  let guest: Guest;
  let sends: string;
  let execs: string;
  const python = (script: string): Promise<unknown> => guest.python(script, { bytes, timeoutMs: TEST_MS });

  beforeAll(async () => {
    sends = buildProgram('sends');
    execs = buildProgram('execs');
    guest = await bootGuest('debug', { ignore: INJECTED });
  }, BOOT_MS);

  // Looks for leaks, once.
  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  test(
    'a socket from before the load is governed, connects are decided, and all is given back by a drain',
    async () => {
      expect(
        await python(`
before = client('127.0.0.1')
servers = [echo(listen('::', port)) for port in (${allowed}, ${denied})]
told = []
for _ in range(3):
    subprocess.run(['insmod', '${guest.module}'], check=True)
    family = Family()
    family.put(ports)
    made = socket.create_connection(('127.0.0.1', ${allowed}))
    told.append([errno.errorcode.get(before.connect_ex(('127.0.0.1', ${denied})), 'ok')]
        + [connect(address, port) for address in ('127.0.0.1', '::1') for port in (${allowed}, ${denied})]
        + [family.drain()])
    made.sendall(b'still'); told[-1].append(made.recv(5).decode())
    made.close()
    family.close()
    subprocess.run(['rmmod', 'riptides'], check=True)
tell(told=told)`),
      ).toEqual(
        Array.from({ length: 3 }, () => [
          'EACCES',
          'ok',
          'EACCES',
          'ok',
          'EACCES',
          { sockets: 0, calls: 0 },
          'still',
        ]),
      );
    },
    TEST_MS,
  );

  test(
    'threads connect and send on one socket while the policy changes and the module drains and is armed again',
    async () => {
      await guest.load();
      expect(
        await python(`
servers = [echo(listen('::', port, 512)) for port in (${allowed}, ${denied})]
family = Family()
family.put(ports)
program = subprocess.Popen(['${sends}', '12', '${denied}', '${allowed}'], stdout=subprocess.PIPE, text=True)
rounds = 0
while program.poll() is None:
    family.put(deny)
    family.put(ports, within=20)
    rounds += 1
    if rounds % 4 == 0:
        family.drain()
        family.arm()
family.drain(); family.arm()
tell(told=[program.returncode, rounds > 3, family.info()['state']])
os._exit(0)`),
      ).toEqual([0, true, 'armed']);
    },
    TEST_MS,
  );

  test(
    'threads connect for the first time while their process becomes another',
    async () => {
      expect(
        await python(`
Family().put(ports)
servers = [echo(listen('127.0.0.1', port, 1024)) for port in (${allowed}, ${denied})]
run = subprocess.run(['${execs}', '10', '${allowed}', '${denied}'], capture_output=True, text=True, check=True)
connects, wrong = map(int, run.stdout.split())
tell(told=[connects > 20, wrong])
os._exit(0)`),
      ).toEqual([true, 0]);
      await guest.vm.checkKernelLog();
    },
    TEST_MS,
  );

  test(
    'some of the failures that the kernel can inject do no harm',
    async () => {
      const told = await python(`
from faults import *
prepare()
Family().put(ports)
server = listen('127.0.0.1', ${denied}, 512)
tell(told=[connects(${denied}, True, 5), transactions((ports, audit), 25)])`);
      expect(told).toEqual(Array.from({ length: 2 }, () => ({ injected: expect.any(Number), wrong: [] })));
      await guest.vm.checkKernelLog();
    },
    2 * TEST_MS,
  );
});
