// SPDX-License-Identifier: Apache-2.0
//
// Connections that are up when a commit takes away the right to them. A minute for each kernel under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GUEST_NODE } from '../vm/guest-node.ts';
import { BOOT_MS, bootGuest, type Guest, KERNELS, must, patience, ROOT } from './suite.ts';
import { portsOnly, posture } from './policies.ts';

const PORT = 8001;

/** Policies that are put in force at random, with 500 connections up. */
const CHANGES = process.env['RIPTIDES_LONG'] === undefined ? 40 : 200;

describe.each(KERNELS)('a connection that a commit denies, on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const bytes = {
    allow: posture('allow'),
    deny: posture('deny'),
    both: portsOnly([PORT], [PORT]),
    no_out: portsOnly([], [PORT]),
    no_in: portsOnly([PORT], []),
    deny_keep: posture('deny', 'deny', true),
    none_keep: portsOnly([], [], true),
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
told['after'] = attempt(polling.recv, 1)
tell(told=told)`),
      ).toEqual({
        read: expect.stringMatching(/^(ECONNABORTED|EPIPE)$/),
        write: expect.stringMatching(/^(ECONNABORTED|EPIPE)$/),
        poll: ['POLLERR', 'POLLHUP'],
        epoll: true,
        after: 'ECONNABORTED',
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
family.put(allow, within=${5000 * patience(series)})
second, _ = pair()
while 'confirmRemaining' in family.info():
    time.sleep(0.1)
second.settimeout(${10 * patience(series)})
told.append(attempt(second.recv, 1))
tell(told=told)`),
      ).toEqual(['ECONNABORTED', 'ECONNABORTED']);
    },
    TEST_MS,
  );

  test(
    'is kept where the policy says so, of an identity and without one, and new ones are refused',
    async () => {
      expect(
        await python(`
told = []
for kept, closing in ((deny_keep, deny), (none_keep, no_out)):
    family.put(both)
    before = family.info()['counters']['revoked']
    made, accepted = pair()
    family.put(kept)
    family.put(kept)
    made.sendall(b'still')
    told.append([accepted.recv(5).decode(), family.info()['counters']['revoked'] - before, connect('127.0.0.1', ${PORT})])
    family.put(closing)
    told.append([attempt(made.recv, 1), attempt(accepted.recv, 1)])
tell(told=told)`),
      ).toEqual([
        ['still', 0, 'EACCES'],
        ['ECONNABORTED', 'ECONNRESET'],
        ['still', 0, 'EACCES'],
        ['ECONNABORTED', 'ECONNRESET'],
      ]);
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
quick = time.monotonic() - began < ${5 * patience(series)}
slow.let_go()
holder.join(10)
made.settimeout(10)
tell(told=[quick, attempt(made.recv, 1)])`),
      ).toEqual([true, 'ECONNABORTED']);
    },
    TEST_MS,
  );

  test(
    `ends if a plan says so, and only then: ${CHANGES} changes with 500 connections`,
    async () => {
      const program = `${GUEST_NODE.join(' ')} ${ROOT}test/kernel/guest/revoke.ts ${CHANGES}`;
      const output = await must(guest.vm, program, { timeoutMs: 5 * TEST_MS });
      expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toEqual({
        wrong: [],
        closed: true,
        counted: true,
      });
    },
    5 * TEST_MS,
  );
});
