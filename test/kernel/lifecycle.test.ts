// SPDX-License-Identifier: Apache-2.0
//
// The module's coming and going while something else is under way. A minute for each kernel under emulation.

import { describe, expect, test } from '@jest/globals';
import { KERNELS, patience, useGuest } from './suite.ts';
import { PORTS, ports, posture } from './policies.ts';

const { allowed, denied } = PORTS;
const SECONDS = 15;
/** How often it is loaded at least, beside what SECONDS allow. */
const LOADS = Number(process.env['RIPTIDES_LOADS'] ?? 3);

describe.each(KERNELS)('the module in the middle of something, on kernel %s', (series) => {
  const slow = patience(series);
  const TEST_MS = 60_000 * slow;
  const bytes = { ports, audit: posture('audit') };
  const guest = useGuest(series);
  const LOADS_MS = TEST_MS + LOADS * 5000 * slow;
  const python = (script: string, timeoutMs = TEST_MS): Promise<unknown> =>
    guest.python(script, { bytes, timeoutMs });

  const rmmod = `subprocess.run(['rmmod', 'riptides'], capture_output=True).returncode`;

  test(
    'drains that are asked for while it loads leave it armed or drained, and able to go',
    async () => {
      expect(
        await python(
          `
stop = threading.Event()
asked = [0]
def ask():
    while not stop.is_set():
        try:
            family = Family()
        except Refused:
            continue
        try:
            while not stop.is_set():
                family.ask(DRAIN)
                asked[0] += 1
        except (Refused, OSError):
            pass
        family.close()
wrong, loads, end = [], 0, time.monotonic() + ${SECONDS}
while time.monotonic() < end or loads < ${LOADS}:
    loads += 1
    stop.clear()
    threads = [threading.Thread(target=ask, daemon=True) for _ in range(2)]
    for thread in threads: thread.start()
    subprocess.run(['insmod', '${guest.module}'], check=True)
    time.sleep(0.05)
    stop.set()
    for thread in threads: thread.join()
    made = socket.socket(); made.close()
    family = Family()
    left = family.drain()
    state = family.info()['state']
    family.close()
    if state != 'drained' or left != {'sockets': 0, 'calls': 0} or ${rmmod}:
        wrong.append((state, left))
        break
tell(told=[loads >= ${LOADS}, asked[0] > loads, wrong])`,
          LOADS_MS,
        ),
      ).toEqual([true, true, []]);
    },
    TEST_MS + LOADS_MS,
  );

  test(
    'an unload while a commit waits for its confirmation leaves nothing of it',
    async () => {
      await guest.load();
      expect(
        await python(`
family = Family()
family.put(audit)
family.put(ports, within=2000)
told = ['confirmRemaining' in family.info(), family.drain()]
family.close()
told.append(${rmmod})
time.sleep(3)
subprocess.run(['insmod', '${guest.module}'], check=True)
info = Family().info()
told.append([info['state'], info['generation'], 'confirmRemaining' in info])
tell(told=told)`),
      ).toEqual([true, { sockets: 0, calls: 0 }, 0, ['armed', 0, false]]);
    },
    TEST_MS,
  );

  test(
    'a tracepoint that perf holds keeps the module, but is no socket, and it goes afterwards',
    async () => {
      await guest.load();
      expect(
        await python(`
from perf import attach
family = Family()
held = attach()
server = echo(listen('127.0.0.1', ${allowed}))
told = [connect('127.0.0.1', ${allowed}), family.drain()]
family.close()
told.append(${rmmod})
os.close(held)
told.append(${rmmod})
tell(told=told)`),
      ).toEqual(['ok', { sockets: 0, calls: 0 }, 1, 0]);
    },
    TEST_MS,
  );

  test(
    'a drain does not wait for a send that stalls in memory of its program, which then goes on',
    async () => {
      await guest.load();
      expect(
        await python(`
from stall import Stall
server = listen('127.0.0.1', ${allowed})
made = client('127.0.0.1'); made.connect(('127.0.0.1', ${allowed})); peer, _ = server.accept()
stall = Stall()
result = []
thread = threading.Thread(target=lambda: result.append(stall.send(made, 1000)), daemon=True)
thread.start()
time.sleep(0.5)
family = Family()
began = time.monotonic()
left = family.drain()
told = [left, time.monotonic() - began < 5 * ${slow}, thread.is_alive()]
family.close()
told.append(${rmmod})
stall.fill()
thread.join(10)
peer.settimeout(10)
told += [result, len(peer.recv(2000))]
tell(told=told)`),
      ).toEqual([{ sockets: 0, calls: 0 }, true, true, 0, [1000], 1000]);
    },
    TEST_MS,
  );

  test(
    'a drain that is asked for again, with programs at work, ends as the first did',
    async () => {
      await guest.load();
      expect(
        await python(`
family, other = Family(), Family()
family.put(ports)
left, right = socket.socketpair()
with client('127.0.0.1') as under_way:
    socket.send_fds(left, [b'x'], [under_way.fileno()])
family.ask(DRAIN); other.ask(DRAIN)
told = [family.drain(), other.drain(), family.info()['state']]
_, [descriptor], _, _ = socket.recv_fds(right, 1, 1)
received = socket.socket(fileno=descriptor)
server = listen('127.0.0.1', ${denied})
told.append(errno.errorcode.get(received.connect_ex(('127.0.0.1', ${denied})), 'ok'))
told.append(family.drain())
tell(told=told)`),
      ).toEqual([
        { sockets: 0, calls: 0 },
        { sockets: 0, calls: 0 },
        'drained',
        'ok',
        { sockets: 0, calls: 0 },
      ]);
    },
    TEST_MS,
  );
});
