// SPDX-License-Identifier: Apache-2.0
//
// Connections that programs accept, and that the policy refuses. About a minute for each kernel under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, buildProgram, type Guest, KERNELS, patience } from './suite.ts';
import { admits, portsOnly, posture } from './policies.ts';

/** As the policy has them. */
const [FRIEND, WATCHED, STRANGER] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

describe.each(KERNELS)('connections in, on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  let guest: Guest;
  let uring: string;

  beforeAll(async () => {
    uring = buildProgram('uring');
    guest = await bootGuest(series);
    await guest.load();
    await guest.python(`Family().put(admits)`, { bytes: { admits } });
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  const setup = `
FRIEND, WATCHED, STRANGER = '${FRIEND}', '${WATCHED}', '${STRANGER}'
family = Family()
early = set()
def come(source, port, data=b''):
    made = client('127.0.0.1')
    made.bind((source, 0))
    try:
        made.connect(('127.0.0.1', port))
        made.sendall(data)
    except ConnectionResetError:
        # The server was faster.
        early.add(made)
    return made
def fate(made, within=5):
    if made in early:
        return 'reset'
    made.settimeout(within)
    try:
        return made.recv(10).decode() or 'closed'
    except ConnectionResetError:
        return 'reset'
    except TimeoutError:
        return 'waits'
def took(server):
    try:
        accepted, peer = server.accept()
        accepted.close()
        return peer[0]
    except OSError as error:
        return errno.errorcode[error.errno] if error.errno else 'timeout'
def queued(server, count):
    state = struct.Struct('=8B24I')
    while state.unpack(server.getsockopt(socket.SOL_TCP, socket.TCP_INFO, state.size))[12] < count:
        time.sleep(0.01)
`;

  test(
    'are reset when they are refused, and the server gets the next one instead',
    async () => {
      expect(
        await guest.python(`${setup}
server = listen('127.0.0.1', 8001)
before = family.info()['counters']
trace = Trace()
strangers = [come(STRANGER, 8001, data) for data in (b'', b'hello', b'')]
friends = [come(FRIEND, 8001), come(WATCHED, 8001)]
queued(server, 5)
got = [took(server), took(server)]
after = family.info()['counters']
tell(
    got=got,
    fates=[fate(made) for made in strangers + friends],
    counted={name: after[name] - before[name] for name in after if name.startswith('accept')},
    trace=[line.split(' ', 1)[1].split(' pid')[0] for line in trace.stop() if ' accept ' in line],
)`),
      ).toEqual({
        got: [FRIEND, WATCHED],
        fates: ['reset', 'reset', 'reset', 'closed', 'closed'],
        counted: { acceptAllowed: 1, acceptAudited: 1, acceptDenied: 3 },
        trace: [
          ...Array(3).fill(
            expect.stringMatching(/^accept deny peer=127\.0\.0\.3:\d+ rule=3 identity=0 service=-1$/),
          ),
          expect.stringMatching(/^accept allow peer=127\.0\.0\.1:\d+ rule=4 identity=0 service=-1$/),
          expect.stringMatching(/^accept audit peer=127\.0\.0\.2:\d+ rule=5 identity=0 service=-1$/),
        ],
      });
    },
    TEST_MS,
  );

  test(
    'leave an accept that waits asleep, through IPv6 as well',
    async () => {
      expect(
        await guest.python(`${setup}
told = []
for address in ('127.0.0.1', '::'):
    server = listen(address, 8002)
    got = []
    thread = threading.Thread(target=lambda: got.append(took(server)), daemon=True)
    thread.start()
    fates = []
    for _ in range(20):
        fates.append(fate(come(STRANGER, 8002)))
    assert set(fates) == {'reset'}, fates
    assert not got
    made = come(FRIEND, 8002)
    thread.join(10)
    told += got
    server.close()
tell(told=told)`),
      ).toEqual([FRIEND, `::ffff:${FRIEND}`]);
    },
    TEST_MS,
  );

  test(
    'make no accept wait longer than its program asked for',
    async () => {
      const { got, took } = (await guest.python(`${setup}
server = listen('127.0.0.1', 8003)
# Not settimeout(), with which Python waits by itself.
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('=qq', 3, 0))
def disturb():
    while not got:
        come(STRANGER, 8003)
        time.sleep(0.5)
got = []
threading.Thread(target=disturb, daemon=True).start()
began = time.monotonic()
got.append(took(server))
tell(got=got, took=time.monotonic() - began)`)) as { got: string[]; took: number };
      expect(got).toEqual(['EAGAIN']);
      expect(took).toBeGreaterThan(2.9);
      expect(took).toBeLessThan(4.5 * patience(series));
    },
    TEST_MS,
  );

  test(
    'let a signal through to a program that waits',
    async () => {
      expect(
        await guest.python(`${setup}
server = listen('127.0.0.1', 8004)
class Alarm(Exception):
    pass
def ring(*_):
    raise Alarm
signal.signal(signal.SIGALRM, ring)
def flood():
    while True:
        try:
            come(STRANGER, 8004).close()
        except OSError:
            return
for _ in range(4):
    threading.Thread(target=flood, daemon=True).start()
signal.setitimer(signal.ITIMER_REAL, 2)
try:
    told = took(server)
except Alarm:
    told = 'alarm'
server.close()
tell(told=told)`),
      ).toBe('alarm');
    },
    TEST_MS,
  );

  test(
    'do not keep a program in an accept that does not wait',
    async () => {
      expect(
        await guest.python(`${setup}
server = listen('127.0.0.1', 8005)
server.setblocking(False)
poll = select.epoll()
poll.register(server, select.EPOLLIN | select.EPOLLET)
for _ in range(5):
    come(STRANGER, 8005)
made = come(FRIEND, 8005)
queued(server, 6)
told = [len(poll.poll(5)), took(server), took(server), len(poll.poll(0))]
for _ in range(3):
    come(STRANGER, 8005)
queued(server, 3)
told += [len(poll.poll(5)), took(server), len(poll.poll(0))]
late = come(FRIEND, 8005)
told += [len(poll.poll(5)), took(server), took(server)]
tell(told=told)`),
      ).toEqual([1, FRIEND, 'EAGAIN', 0, 1, 'EAGAIN', 0, 1, FRIEND, 'EAGAIN']);
    },
    TEST_MS,
  );

  test(
    'cannot keep a program in an accept that does not wait, however many come',
    async () => {
      expect(
        await guest.python(`${setup}
BACKLOG = 4
server = listen('127.0.0.1', 8011, BACKLOG)
server.setblocking(False)
flooding = True
def flood():
    while flooding:
        try:
            with client('127.0.0.1') as made:
                made.bind((STRANGER, 0))
                made.connect(('127.0.0.1', 8011))
        except OSError:
            pass
threads = [threading.Thread(target=flood, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
denied = lambda: family.info()['counters']['acceptDenied']
most, all_refused, before = 0, True, denied()
for _ in range(200):
    all_refused = all_refused and took(server) == 'EAGAIN'
    now = denied()
    most, before = max(most, now - before), now
flooding = False
# A queue holds one more than its length.
tell(told=[all_refused, 0 < most <= BACKLOG + 1])`),
      ).toEqual([true, true]);
    },
    TEST_MS,
  );

  test.each(['worker', 'poll'])(
    'are refused to io_uring as well: %s',
    async (how) => {
      expect(
        await guest.python(`${setup}
program = subprocess.Popen(['${uring}', '${how}', 'accept', '127.0.0.1', '8006'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
assert program.stdout.readline() == 'ready\\n'
told = [fate(come(STRANGER, 8006)) for _ in range(3)]
friend = come(FRIEND, 8006)
told.append(program.communicate('\\n', timeout=30)[0].strip())
tell(told=told)`),
      ).toEqual(['reset', 'reset', 'reset', 'ok']);
    },
    TEST_MS,
  );

  test(
    'are decided as the process that accepts, which need not be the one that listens',
    async () => {
      expect(
        await guest.python(`${setup}
server = listen('127.0.0.1', 8007)
def by(user):
    made = come(STRANGER, 8007)
    child = os.fork()
    if not child:
        os.setuid(user)
        server.settimeout(2)
        os._exit(0 if took(server) == STRANGER else 1)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), fate(made)]
tell(told=[by(0), by(1000)])`),
      ).toEqual([
        [1, 'reset'],
        [0, 'closed'],
      ]);
    },
    TEST_MS,
  );

  test(
    'are refused by the posture to a process without an identity, and let in again by a commit',
    async () => {
      expect(
        await guest.python(
          `${setup}
server = listen('127.0.0.1', 8008)
got = []
thread = threading.Thread(target=lambda: got.append(took(server)), daemon=True)
thread.start()
family.put(closed)
told = [fate(come(FRIEND, 8008))]
family.rollback()
told.append(fate(come(FRIEND, 8008)))
thread.join(10)
tell(told=told + got)`,
          { bytes: { closed: posture('allow', 'deny') } },
        ),
      ).toEqual(['reset', 'closed', FRIEND]);
    },
    TEST_MS,
  );

  test(
    'are refused in numbers, by many threads, and nothing is left of them',
    async () => {
      expect(
        await guest.python(
          `${setup}
server = listen('127.0.0.1', 8009, 128)
before = family.info()
got = []
def serve():
    while True:
        peer = took(server)
        if peer == 'EINVAL':
            return
        got.append(peer)
threads = [threading.Thread(target=serve, daemon=True) for _ in range(8)]
for thread in threads:
    thread.start()
ends = []
def call(source, times):
    for _ in range(times):
        made = come(source, 8009)
        ends.append((source, fate(made)))
        made.close()
callers = [threading.Thread(target=call, args=(source, 100)) for source in (FRIEND, STRANGER) for _ in range(4)]
for caller in callers:
    caller.start()
for caller in callers:
    caller.join()
server.shutdown(socket.SHUT_RDWR)
for thread in threads:
    thread.join(10)
server.close()
after = family.info()
tell(
    served=[got.count(FRIEND), got.count(STRANGER), len(got)],
    ends=[ends.count((FRIEND, 'closed')), ends.count((STRANGER, 'reset')), len(ends)],
    counted=[after['counters'][name] - before['counters'][name] for name in ('acceptAllowed', 'acceptDenied')],
    sockets=after['sockets'] - before['sockets'] + 1,
)`,
          { timeoutMs: TEST_MS },
        ),
      ).toEqual({ served: [400, 0, 400], ends: [400, 400, 800], counted: [400, 400], sockets: 0 });
    },
    TEST_MS,
  );

  test(
    'are decided by the port that they came in at, also when the peer has reset them before',
    async () => {
      expect(
        await guest.python(
          `${setup}
family.put(byPort)
told = []
for port in (8012, 8013):
    server = listen('127.0.0.1', port)
    server.setblocking(False)
    before = family.info()['counters']
    with client('127.0.0.1') as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('=ii', 1, 0))
        made.connect(('127.0.0.1', port))
        made.sendall(b'hello')
        queued(server, 1)
    time.sleep(0.2)
    told.append([took(server), family.info()['counters']['acceptDenied'] - before['acceptDenied']])
family.rollback()
tell(told=told)`,
          { bytes: { byPort: portsOnly([8012, 8013], [8012]) } },
        ),
      ).toEqual([
        ['127.0.0.1', 0],
        ['EAGAIN', 1],
      ]);
    },
    TEST_MS,
  );

  test(
    'that are refused without end keep an accept from no drain',
    async () => {
      expect(
        await guest.python(`${setup}
server = listen('127.0.0.1', 8014)
flooding, got = True, []
def flood():
    while flooding:
        try:
            with client('127.0.0.1') as made:
                made.bind((STRANGER, 0))
                made.connect(('127.0.0.1', 8014))
        except OSError:
            pass
thread = threading.Thread(target=lambda: got.append(took(server)), daemon=True)
thread.start()
threads = [threading.Thread(target=flood, daemon=True) for _ in range(4)]
for each in threads:
    each.start()
time.sleep(1)
waits = thread.is_alive()
left = family.drain()
flooding = False
thread.join(10)
family.arm()
tell(told=[waits, left['calls']] + got)`),
      ).toEqual([true, 0, STRANGER]);
    },
    TEST_MS,
  );

  test(
    'that are refused hold up neither a drain nor an unload',
    async () => {
      expect(
        await guest.python(`${setup}
server = listen('127.0.0.1', 8010)
got = []
thread = threading.Thread(target=lambda: got.append(took(server)), daemon=True)
thread.start()
told = [fate(come(STRANGER, 8010))]
left = family.drain()
told.append(left['calls'])
stranger = come(STRANGER, 8010)
thread.join(10)
family.arm()
tell(told=told + got + [fate(stranger)])`),
      ).toEqual(['reset', 0, STRANGER, 'closed']);
    },
    TEST_MS,
  );
});
