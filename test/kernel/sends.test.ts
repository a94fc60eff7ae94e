// SPDX-License-Identifier: Apache-2.0
//
// That nothing leaves for where a program may not connect, whatever its threads do with the socket meanwhile: a sniffer is what
// tells. Half a minute for each kernel under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, buildProgram, type Guest, KERNELS, patience } from './suite.ts';
import { PORTS, ports, posture } from './policies.ts';

const SECONDS = 8;

describe.each(KERNELS)('threads that use a socket before it connects, on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const bytes = { deny: posture('deny'), ports };
  let guest: Guest;
  let sends: string;

  beforeAll(async () => {
    sends = buildProgram('sends');
    guest = await bootGuest(series);
    await guest.load();
    await guest.python(`Family().put(ports)`, { bytes });
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  /** Listens at both ports, and has programs read all that comes. */
  const setup = `
from sniff import *
servers = [echo(listen('::', port, 512)) for port in (${PORTS.allowed}, ${PORTS.denied})]
allowed, denied = Sniffer(${PORTS.allowed}), Sniffer(${PORTS.denied})
mark = b'riptides-must-not-leave'
def counts(output):
    words = output.split()
    return dict(bytes=int(words[2]), denied=[int(words[5]), int(words[7])], allowed=[int(words[10]), int(words[12])])
`;

  test(
    'no byte, and no packet at all, leaves for a destination that is denied',
    async () => {
      const told = await guest.python(
        `${setup}
run = subprocess.run(['${sends}', '${SECONDS}', '${PORTS.denied}', '${PORTS.allowed}'], capture_output=True, text=True, check=True)
time.sleep(0.5)
leaked = denied.packets()
told = counts(run.stdout)
tell(leaked=[packet.hex() for packet in leaked][:5], refused=told['denied'][1] > 50,
     uses=[told['allowed'][0] > 20, told['bytes'] > 0, any(mark in packet for packet in allowed.packets())])
os._exit(0)`,
        { timeoutMs: TEST_MS },
      );
      expect(told).toEqual({ leaked: [], refused: true, uses: [true, true, true] });
    },
    2 * TEST_MS,
  );

  test(
    'no connection begins once a policy that denies it is in force',
    async () => {
      const told = await guest.python(
        `${setup}
family = Family()
program = subprocess.Popen(['${sends}', '${SECONDS}', '${PORTS.denied}', '${PORTS.allowed}'], stdout=subprocess.PIPE, text=True)
def begins(packet):
    flags = packet[14 + 20 + 13] if packet[12:14] == b'\\x08\\x00' else packet[14 + 40 + 13]
    return flags & 0x12 == 0x02
late, began, rounds = 0, 0, 0
while program.poll() is None:
    family.put(deny)
    began += sum(map(begins, allowed.packets()))
    time.sleep(0.05)
    late += sum(map(begins, allowed.packets()))
    family.put(ports)
    time.sleep(0.05)
    rounds += 1
tell(late=late, began=began > 20, rounds=rounds > 10)
os._exit(0)`,
        { timeoutMs: TEST_MS, bytes },
      );
      expect(told).toEqual({ late: 0, began: true, rounds: true });
    },
    2 * TEST_MS,
  );
});
