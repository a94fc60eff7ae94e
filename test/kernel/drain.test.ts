// SPDX-License-Identifier: Apache-2.0
//
// How the module comes and goes while programs use their connections, on real kernels. Two minutes for each under emulation.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, buildHelper, KERNELS, patience, useGuest } from './suite.ts';
import { posture } from './policies.ts';

const PORT = 8001;
/** Times that the module is loaded, used, drained and unloaded in a row; `make test-all` does so 100 times. */
const CYCLES = Number(process.env['RIPTIDES_LOADS'] ?? 20);

describe.each(KERNELS)('a drain on kernel %s', (series) => {
  const slow = patience(series);
  const TEST_MS = 60_000 * slow;
  const bytes = { audit: posture('audit'), deny: posture('deny') };
  let linger: string;
  beforeAll(() => {
    linger = buildHelper(series, 'linger');
  }, BOOT_MS);
  const guest = useGuest(series, { loaded: true });
  const python = (script: string, timeoutMs = TEST_MS): Promise<unknown> =>
    guest.python(script, { bytes, timeoutMs });

  const rmmod = `subprocess.run(['rmmod', 'riptides'], capture_output=True).returncode`;

  test(
    'is needed before the module can be unloaded',
    async () => {
      expect((await guest.vm.run('rmmod riptides')).stderr).toContain('in use');
    },
    TEST_MS,
  );

  test(
    'lets connections, listeners and blocked calls live on, and the module go',
    async () => {
      expect(
        await python(
          `
family = Family()
family.put(audit)
server = listen('127.0.0.1', ${PORT})
pair = client('127.0.0.1'); pair.connect(('127.0.0.1', ${PORT})); peer, _ = server.accept()
silent = client('127.0.0.1'); silent.connect(('127.0.0.1', ${PORT})); unread, _ = server.accept()
timed = listen('127.0.0.1', ${PORT + 1}); timed.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('=qq', 600, 0))
subprocess.run('ip link add away0 type dummy; ip addr add 192.0.2.1/24 dev away0; ip link set away0 up; ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev away0', shell=True, check=True)
results = {}
def background(name, action):
    def run():
        try:
            results[name] = action()
        except OSError as error:
            results[name] = errno.errorcode[error.errno]
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
accept = background('accept', lambda: server.accept()[0].recv(3) == b'new')
accept_timed = background('timed accept', lambda: timed.accept()[0].recv(3) == b'new')
recv = background('recv', lambda: pair.recv(5))
trying = client('127.0.0.1')
def connect_lost():
    trying.setsockopt(socket.IPPROTO_TCP, 18, 30000)  # TCP_USER_TIMEOUT
    return errno.errorcode[trying.connect_ex(('192.0.2.9', 9))]
waiting = background('connect', connect_lost)
timing = client('127.0.0.1'); timing.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack('=qq', 3, 0))
timed_connect = background('timed connect', lambda: errno.errorcode[timing.connect_ex(('192.0.2.9', 9))])
# Fill the queue, so that this send sleeps before it took a byte.
silent.setblocking(False)
filled, before = 0, -1
while filled != before:
    before = filled
    try:
        while True:
            filled += silent.send(bytes(65536))
    except BlockingIOError:
        time.sleep(1)
silent.setblocking(True)
blocked = background('send', lambda: silent.send(b'x' * 1000))
time.sleep(1)
began = time.time()
left = family.drain()
took = time.time() - began
told = dict(left=left, quick=took < 4 * ${slow}, state=family.info()['state'], sleeping=[name for name, thread in
    dict(accept=accept, timed=accept_timed, recv=recv, connect=waiting, send=blocked).items() if thread.is_alive()])
family.close()
told['rmmod'] = ${rmmod}
told['module'] = os.path.exists('/sys/module/riptides')
peer.sendall(b'still')
with client('127.0.0.1') as other, client('127.0.0.1') as another:
    other.connect(('127.0.0.1', ${PORT})); other.sendall(b'new')
    another.connect(('127.0.0.1', ${PORT + 1})); another.sendall(b'new')
    accept.join(10); accept_timed.join(10)
recv.join(10)
got = 0
while got < filled + 1000:
    got += len(unread.recv(1 << 20))
blocked.join(10); timed_connect.join(10)
told['results'] = {name: value.decode() if isinstance(value, bytes) else value for name, value in results.items()}
pair.sendall(b'back'); told['back'] = peer.recv(4).decode()
subprocess.run('ip link del away0', shell=True)
tell(**told)
os._exit(0)`,
          2 * TEST_MS,
        ),
      ).toEqual({
        left: { sockets: 0, calls: 0 },
        quick: true,
        state: 'drained',
        rmmod: 0,
        module: false,
        back: 'back',
        sleeping: ['accept', 'timed', 'recv', 'connect', 'send'],
        results: {
          accept: true,
          'timed accept': true,
          recv: 'still',
          send: 1000,
          'timed connect': expect.stringMatching(/EINPROGRESS|EAGAIN/),
        },
      });
    },
    3 * TEST_MS,
  );

  test(
    'leaves a send alone that took some bytes, and goes without it',
    async () => {
      expect(
        await python(`
family = Family()
server = listen('127.0.0.1', ${PORT})
made = client('127.0.0.1'); made.connect(('127.0.0.1', ${PORT})); peer, _ = server.accept()
sent = []
size = 64 << 20
thread = threading.Thread(target=lambda: sent.append(made.send(bytes(size))), daemon=True)
thread.start()
time.sleep(1)
left = family.drain()
family.close()
told = [left, ${rmmod}, thread.is_alive()]
got = 0
while got < size:
    got += len(peer.recv(1 << 20))
thread.join(5)
tell(told=told + [sent[0] == size])`),
      ).toEqual([{ sockets: 0, calls: 0 }, 0, true, true]);
    },
    TEST_MS,
  );

  test(
    'finds sockets that are in no file table, wherever they are held',
    async () => {
      expect(
        await python(`
import mmap
family = Family()
family.put(deny)
server = listen('127.0.0.1', ${PORT})
left, right = socket.socketpair()
def hold_in_message(made):
    socket.send_fds(left, [b'x'], [made.fileno()])
def hold_in_io_uring(made):
    libc = ctypes.CDLL(None, use_errno=True)
    ring = libc.syscall(425, 4, ctypes.create_string_buffer(120))
    assert ring >= 0
    assert not libc.syscall(427, ring, 2, (ctypes.c_int * 1)(made.fileno()), 1)
def hold_in_poll(made):
    kept = made.dup()
    threading.Thread(target=lambda: select.select([], [], [kept.fileno()], 600), daemon=True).start()
    time.sleep(3)
    kept.close()
def hold_in_map(made):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    assert libc.mmap(None, ctypes.c_size_t(4096), 1, 1, made.fileno(), ctypes.c_long(0)) not in (None, ctypes.c_void_p(-1).value)
for hold in (hold_in_message, hold_in_io_uring, hold_in_poll, hold_in_map):
    made = client('127.0.0.1')
    hold(made)
    made.close()
before = family.info()['sockets']
left_over = family.drain()
family.close()
told = [before, left_over, ${rmmod}]
_, [descriptor], _, _ = socket.recv_fds(right, 1, 1)
received = socket.socket(fileno=descriptor)
told.append(errno.errorcode.get(received.connect_ex(('127.0.0.1', ${PORT})), 'ok'))
tell(told=told)
os._exit(0)`),
      ).toEqual([5, { sockets: 0, calls: 0 }, 0, 'ok']);
    },
    TEST_MS,
  );

  test(
    'lets the module go also when an accept began while its listener was given back',
    async () => {
      expect(
        await python(`
from linger import LingeringAccept
family = Family()
server = listen('127.0.0.1', ${PORT})
accept = LingeringAccept('${linger}', server)
family.ask(DRAIN)
while family.info()['sockets']:
    time.sleep(0.01)
told = [family.info()['state']]
accept.let_go()
told += [family.settle('drained', 10), family.info()['state']]
family.close()
told.append(${rmmod})
made = client('127.0.0.1'); made.connect(('127.0.0.1', ${PORT})); made.sendall(b'on')
tell(told=told + [accept.end().recv(2).decode()])`),
      ).toEqual(['draining', { sockets: 0, calls: 0 }, 'drained', 0, 'on']);
    },
    TEST_MS,
  );

  test(
    'unblocks MPTCP and kTLS',
    async () => {
      expect(
        await python(`
family = Family()
one = lambda: attempt(socket.socket, socket.AF_INET, socket.SOCK_STREAM, 262)
ulp = lambda: attempt(socket.socket().setsockopt, socket.SOL_TCP, 31, b'tls')
told = [one(), ulp()]
family.drain()
told += [one(), ulp()]
tell(told=told)`),
      ).toEqual(['EPROTONOSUPPORT', 'ENOPROTOOPT', 'ok', 'ENOTCONN']);
    },
    TEST_MS,
  );

  test(
    'reaches sockets of processes that share a file table, of threads with their own, and of many at once',
    async () => {
      expect(
        await python(`
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
family = Family()
libc = ctypes.CDLL(None)
kept = [socket.socket() for _ in range(2500)]
ready, done = threading.Event(), threading.Event()
def own_table():
    assert not libc.unshare(0x400)  # CLONE_FILES
    mine = [socket.socket() for _ in range(3)]
    ready.set()
    done.wait()
thread = threading.Thread(target=own_table); thread.start(); ready.wait()
children = []
for _ in range(5):
    pid = os.fork()
    if not pid:
        more = [socket.socket() for _ in range(100)]
        time.sleep(1000)
    children.append(pid)
time.sleep(2 * ${slow})
before = family.info()['sockets']
left = family.drain()
done.set(); thread.join()
for pid in children:
    os.kill(pid, 9); os.waitpid(pid, 0)
tell(told=[before, left])`),
      ).toEqual([2500 + 3 + 500, { sockets: 0, calls: 0 }]);
    },
    TEST_MS,
  );

  test(
    `works ${CYCLES / slow} times in a row under traffic, with connections open throughout`,
    async () => {
      await guest.unload();
      expect(
        await python(
          `
import random
insmod = lambda: subprocess.run(['insmod', '${guest.module}'], check=True)
stop = threading.Event()
counts = dict(connections=0, bytes=0)
failures = []
server = echo(listen('127.0.0.1', ${PORT}, 512))
def traffic():
    while not stop.is_set():
        try:
            with socket.create_connection(('127.0.0.1', ${PORT})) as made:
                for _ in range(5):
                    made.sendall(b'x' * 20000)
                    got = 0
                    while got < 20000:
                        got += len(made.recv(20000))
                    counts['bytes'] += got
            counts['connections'] += 1
        except Exception as error:
            failures.append(repr(error))
            return
def lasting():
    with socket.create_connection(('127.0.0.1', ${PORT})) as made:
        while not stop.is_set():
            try:
                made.sendall(b'y' * 50000)
                got = 0
                while got < 50000:
                    got += len(made.recv(65536))
            except Exception as error:
                failures.append(repr(error))
                return
threads = [threading.Thread(target=each, daemon=True) for each in (traffic, traffic, lasting)]
for thread in threads: thread.start()
cycles, drains = 0, 0
for cycle in range(${CYCLES / slow}):
    insmod()
    family = Family()
    family.put(audit)
    open_now = socket.create_connection(('127.0.0.1', ${PORT}))
    time.sleep(random.random() * 0.05)
    for _ in range(10):
        drains += 1
        left = family.drain()
        if not left['calls'] and not left['sockets']:
            break
    family.close()
    for _ in range(5):
        code = ${rmmod}
        if not code: break
        time.sleep(0.1)
    if code:
        failures.append(f'rmmod: {left}')
        break
    open_now.sendall(b'z'); assert open_now.recv(1) == b'z'; open_now.close()
    cycles += 1
    if failures: break
stop.set()
for thread in threads: thread.join(10)
print('drains', drains, counts)
tell(told=[cycles, failures, counts['connections'] > ${CYCLES / slow}])
os._exit(0)`,
          8 * TEST_MS,
        ),
      ).toEqual([CYCLES / slow, [], true]);
    },
    9 * TEST_MS,
  );
});
