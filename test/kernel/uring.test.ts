// SPDX-License-Identifier: Apache-2.0
//
// Connections by io_uring: its workers, its polling thread, and sockets that no file table holds. Half a minute for each kernel under
// emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, buildProgram, type Guest, KERNELS, patience } from './suite.ts';
import { PORTS, ports } from './policies.ts';

const { allowed, denied } = PORTS;

describe.each(KERNELS)('io_uring on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const bytes = { ports };
  let guest: Guest;
  let uring: string;

  beforeAll(async () => {
    uring = buildProgram('uring');
    guest = await bootGuest(series);
    await guest.load();
    await guest.python(`Family().put(ports)`, { bytes });
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  /** "ready" is waited for when the program accepts or holds. */
  const setup = (): string => `
servers = [echo(listen('127.0.0.1', port)) for port in (${allowed}, ${denied})]
def start(how, what, port, address='127.0.0.1'):
    program = subprocess.Popen(['${uring}', how, what, address, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if what == 'accept' or how == 'fixed':
        assert program.stdout.readline() == 'ready\\n'
    return program
end = lambda program: program.communicate('\\n', timeout=30)[0].strip()
`;

  test(
    'is decided as the program that asks, whichever thread connects',
    async () => {
      expect(
        await guest.python(`${setup()}
tell(told=[end(start(how, 'connect', port)) for how in ('worker', 'poll', 'fixed') for port in (${allowed}, ${denied})])`),
      ).toEqual(['ok', 'EACCES', 'ok', 'EACCES', 'ok', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'keeps neither a drain nor an unload: a socket of a ring alone is given back, and accepts that wait live on',
    async () => {
      expect(
        await guest.python(
          `${setup()}
accepts = [start(how, 'accept', port, '127.0.0.9') for how, port in (('worker', 9001), ('poll', 9002))]
held = start('fixed', 'connect', ${denied})
time.sleep(0.5)
family = Family()
left = family.drain()
told = [left, end(held)]
family.close()
told.append(subprocess.run(['rmmod', 'riptides']).returncode)
subprocess.run(['insmod', '${guest.module}'], check=True)
family = Family()
family.put(ports)
pid = os.fork()
if not pid:
    os.setuid(1234)
    for port in (9001, 9002):
        client('127.0.0.9').connect(('127.0.0.9', port))
    os._exit(0)
os.waitpid(pid, 0)
told.append([program.communicate(timeout=30)[0].strip() for program in accepts])
tell(told=told)`,
          { bytes, timeoutMs: TEST_MS },
        ),
      ).toEqual([{ sockets: 0, calls: 0 }, 'ok', 0, ['ok', 'ok']]);
    },
    TEST_MS,
  );
});
