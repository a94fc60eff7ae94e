// SPDX-License-Identifier: Apache-2.0
//
// Upgrades of the module under live connections, by the command line, on real kernels. A minute for each under emulation.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, type Guest, KERNELS, must, patience, RIPTIDES } from './suite.ts';
import { posture } from './policies.ts';

const PORT = 8001;

describe.each(KERNELS)('an upgrade on kernel %s', (series) => {
  const TEST_MS = 180_000 * patience(series);
  const bytes = { audit: posture('audit'), deny: posture('deny') };
  let guest: Guest;

  beforeAll(async () => {
    guest = await bootGuest(series);
    await must(
      guest.vm,
      `ip link set lo up; cp '${guest.module}' /run/new.ko; head -c 100000 /run/new.ko > /run/broken.ko`,
    );
  }, BOOT_MS);

  beforeEach(async () => {
    await guest.unload();
    await must(guest.vm, `${RIPTIDES} module load '${guest.module}'`, { timeoutMs: TEST_MS });
  }, TEST_MS);

  afterAll(async () => {
    await guest?.vm.checkKernelLog();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  /** 200 connections that echo without a pause, and what is looked at after `${command}` ran meanwhile. */
  const underTraffic = (command: string): Promise<unknown> =>
    guest.python(
      `
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
family = Family(); family.put(audit); family.close()
server = listen('127.0.0.1', ${PORT}, 512)
echo(server)
made = [socket.create_connection(('127.0.0.1', ${PORT})) for _ in range(200)]
stop, failures, rounds = threading.Event(), [], [0] * 200
def traffic(number):
    try:
        while not stop.is_set():
            made[number].sendall(b'x' * 2000)
            got = 0
            while got < 2000:
                data = made[number].recv(2000)
                assert data
                got += len(data)
            rounds[number] += 1
            time.sleep(0.5)
    except Exception as error:
        failures.append(repr(error))
threads = [threading.Thread(target=traffic, args=(number,)) for number in range(200)]
for thread in threads:
    thread.start()
time.sleep(2)
ran = subprocess.run(${JSON.stringify(command)}, shell=True, capture_output=True, text=True)
before = list(rounds)
time.sleep(${3 * patience(series)})
moved = all(now > then for now, then in zip(rounds, before))
with socket.create_connection(('127.0.0.1', ${PORT})) as new:
    new.sendall(b'new'); told = [new.recv(3).decode()]
stop.set()
for thread in threads:
    thread.join()
family = Family()
info = family.info()
governed = info['sockets'] >= 401
family.put(deny)
def elsewhere(one):
    ctypes.CDLL(None).connect(one.fileno(), bytes(16), 16)
    return errno.errorcode.get(one.connect_ex(('127.0.0.1', ${PORT})), 'ok')
tell(code=ran.returncode, out=ran.stdout, err=ran.stderr, told=told, failures=failures, moved=moved, governed=governed,
    state=info['state'], generation=info['generation'], digest=info.get('digest') == hashlib.sha256(audit).hexdigest(),
    elsewhere=sorted(set(map(elsewhere, made))))
os._exit(0)`,
      { bytes, timeoutMs: TEST_MS },
    );

  const undisturbed = {
    told: ['new'],
    failures: [],
    moved: true,
    governed: true,
    state: 'armed',
    generation: 1,
    digest: true,
    elsewhere: ['EACCES'],
  };

  test(
    'disturbs none of 200 connections and no server, and all are governed again',
    async () => {
      expect(await underTraffic(`${RIPTIDES} module upgrade /run/new.ko`)).toEqual({
        ...undisturbed,
        code: 0,
        out: expect.stringMatching(
          /^upgraded {2}from \S+ to \S+, \d+ sockets governed, sha256:\w{12} in force as generation 1\n$/,
        ),
        err: expect.stringMatching(/draining[^]*unloading[^]*loading[^]*putting the bundle back/),
      });
    },
    TEST_MS,
  );

  test(
    'returns to the previous module when the new one does not load',
    async () => {
      expect(await underTraffic(`${RIPTIDES} module upgrade /run/broken.ko`)).toEqual({
        ...undisturbed,
        code: 6,
        out: '',
        err: expect.stringMatching(
          /returning to the previous module[^]*the upgrade failed; the previous module is loaded again/,
        ),
      });
    },
    TEST_MS,
  );
});
