// SPDX-License-Identifier: Apache-2.0
//
// Connections that are up when a commit takes away the right to them. A minute for each kernel under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, type Guest, KERNELS, patience } from './suite.ts';
import { portsOnly, posture } from './policies.ts';

const PORT = 8001;

/** What the random changes go between: each port has as many connections, and each policy denies some ports. */
const RANDOM_PORTS = Array.from({ length: 20 }, (_, i) => 9000 + i);
const EACH = 25;
const CHANGES = 200;
const POLICIES = Array.from({ length: 16 }, (_, i) => ({
  out: RANDOM_PORTS.filter((_, j) => (i * 7 + j * 5) % 11 < 8),
  inward: RANDOM_PORTS.filter((_, j) => (i * 3 + j * 7) % 13 < 11),
}));

describe.each(KERNELS)('a connection that a commit denies, on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const bytes = {
    allow: posture('allow'),
    deny: posture('deny'),
    both: portsOnly([PORT], [PORT]),
    no_out: portsOnly([], [PORT]),
    no_in: portsOnly([PORT], []),
  };
  let guest: Guest;
  const python = (script: string): Promise<unknown> =>
    guest.python(`from fuse import SlowFile, hold_lock\n${setup}${script}`, { bytes, timeoutMs: TEST_MS });

  beforeAll(async () => {
    guest = await bootGuest(series);
    await guest.load();
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  const setup = `
family = Family()
server = listen('127.0.0.1', ${PORT})
def pair():
    made = client('127.0.0.1'); made.connect(('127.0.0.1', ${PORT}))
    return made, server.accept()[0]
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
`;

  test(
    'is aborted for its program, and reset for the peer, whichever of them the policy denies',
    async () => {
      expect(
        await python(`
told = []
for denied in (no_out, no_in):
    family.put(both)
    before = family.info()['counters']
    trace = Trace()
    made, accepted = pair()
    family.put(denied)
    told.append([attempt(made.recv, 1), attempt(accepted.recv, 1), attempt(made.send, b'x'), attempt(accepted.send, b'x')])
    after = family.info()['counters']
    told.append({name: after[name] - before[name] for name in after if after[name] != before[name]})
    lines = [line.split(' ', 1)[1] for line in trace.stop('revoked')]
    told.append([line.split(':')[0] for line in lines])
    told.append([f'tgid={os.getpid()}' in line for line in lines])
tell(told=told)`),
      ).toEqual([
        ['ECONNABORTED', 'ECONNRESET', 'EPIPE', 'EPIPE'],
        { connectAllowed: 1, acceptAllowed: 1, revoked: 1 },
        ['connect deny peer=127.0.0.1'],
        [true],
        ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EPIPE'],
        { connectAllowed: 1, acceptAllowed: 1, revoked: 1 },
        ['accept deny peer=127.0.0.1'],
        [true],
      ]);
    },
    TEST_MS,
  );

  test(
    'wakes whoever waits for it',
    async () => {
      expect(
        await python(`
family.put(allow)
told = {}
pairs = [pair() for _ in range(4)]
reading, writing, polling, edge = (made for made, _ in pairs)
def read():
    told['read'] = attempt(reading.recv, 1)
def write():
    told['write'] = attempt(lambda: [writing.send(bytes(65536)) for _ in range(1000)])
def poll():
    poll = select.poll(); poll.register(polling, select.POLLIN)
    told['poll'] = [name for name in ('POLLERR', 'POLLHUP') if poll.poll()[0][1] & getattr(select, name)]
epoll = select.epoll(); epoll.register(edge, select.EPOLLIN | select.EPOLLET)
def wait():
    told['epoll'] = bool(epoll.poll(30)[0][1] & select.EPOLLERR)
threads = [threading.Thread(target=work, daemon=True) for work in (read, write, poll, wait)]
for thread in threads:
    thread.start()
time.sleep(1)
family.put(deny)
for thread in threads:
    thread.join(30)
told['then'] = attempt(polling.recv, 1)
tell(told=told)`),
      ).toEqual({
        read: expect.stringMatching(/^(ECONNABORTED|EPIPE)$/),
        write: expect.stringMatching(/^(ECONNABORTED|EPIPE)$/),
        poll: ['POLLERR', 'POLLHUP'],
        epoll: true,
        then: 'ECONNABORTED',
      });
    },
    TEST_MS,
  );

  test(
    'ends also by a rollback, and when a commit is undone that nobody confirmed',
    async () => {
      expect(
        await python(`
family.put(deny); family.put(allow)
first, _ = pair()
family.rollback()
told = [attempt(first.recv, 1)]
family.put(allow, within=1000)
second, _ = pair()
while 'confirmRemaining' in family.info():
    time.sleep(0.1)
second.settimeout(10)
told.append(attempt(second.recv, 1))
tell(told=told)`),
      ).toEqual(['ECONNABORTED', 'ECONNABORTED']);
    },
    TEST_MS,
  );

  test(
    'ends when the lock that its program holds is free, and holds up no commit',
    async () => {
      expect(
        await python(`
family.put(allow)
made, _ = pair()
slow = SlowFile()
holder = hold_lock(made, slow)
began = time.monotonic()
family.put(deny)
quick = time.monotonic() - began < 5
slow.let_go()
holder.join(10)
made.settimeout(10)
tell(told=[quick, attempt(made.recv, 1)])`),
      ).toEqual([true, 'ECONNABORTED']);
    },
    TEST_MS,
  );

  test(
    `ends if it loses its right, and only then: ${CHANGES} changes with ${RANDOM_PORTS.length * EACH} connections`,
    async () => {
      const policies = Object.fromEntries(
        POLICIES.map(({ out, inward }, i) => [`policy_${i}`, portsOnly(out, inward)]),
      );
      expect(
        await guest.python(
          `
import random, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
ports = ${JSON.stringify(RANDOM_PORTS)}
policies = [(globals()[f'policy_{i}'], *allowed) for i, allowed in enumerate(${JSON.stringify(POLICIES.map(({ out, inward }) => [out, inward]))})]
family = Family()
family.put(everything)
servers = {port: listen('127.0.0.1', port, 64) for port in ports}
def pair(port):
    made = client('127.0.0.1'); made.connect(('127.0.0.1', port))
    accepted = servers[port].accept()[0]
    for end in (made, accepted):
        end.setblocking(False)
    return made, accepted
def over(end):
    try:
        return end.recv(1) == b''
    except BlockingIOError:
        return False
    except OSError:
        return True
pairs = {port: [pair(port) for _ in range(${EACH})] for port in ports}
draw = random.Random(1)
wrong, least, most = [], 0, 0
before = family.info()['counters']['revoked']
for change in range(${CHANGES}):
    policy, out, inward = draw.choice(policies)
    family.put(policy)
    lost = {port: (port not in out) + (port not in inward) for port in ports}
    for port in ports:
        # The peer's reset may still be on its way.
        deadline = time.monotonic() + 5
        while lost[port] and not all(over(end) for ends in pairs[port] for end in ends) and time.monotonic() < deadline:
            time.sleep(0.01)
    for port in ports:
        got = [over(end) for ends in pairs[port] for end in ends]
        if got != [lost[port] > 0] * len(got):
            wrong.append([change, port, lost[port], got.count(True)])
    family.put(everything)
    for port in ports:
        if lost[port]:
            # Where both ends are denied, one may have been reset by the other before its turn.
            least += ${EACH}; most += ${EACH} * lost[port]
            for ends in pairs[port]:
                for end in ends:
                    end.close()
            pairs[port] = [pair(port) for _ in range(${EACH})]
counted = family.info()['counters']['revoked'] - before
tell(wrong=wrong[:5], ended=least > 1000, counted=least <= counted <= most)`,
          {
            timeoutMs: 3 * TEST_MS,
            bytes: { ...policies, everything: portsOnly(RANDOM_PORTS, RANDOM_PORTS) },
          },
        ),
      ).toEqual({ wrong: [], ended: true, counted: true });
    },
    3 * TEST_MS,
  );
});
