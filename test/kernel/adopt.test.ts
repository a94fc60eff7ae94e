// SPDX-License-Identifier: Apache-2.0
//
// Sockets that exist when the module is armed, and drains that something holds up. Two minutes for each kernel under emulation.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, buildHelper, buildProgram, KERNELS, must, patience, useGuest } from './suite.ts';
import { PORTS, ports, posture } from './policies.ts';

const PORT = 8001;
/** Threads in an accept. More than room was once made for. */
const SLEEPERS = 9000;

describe.each(KERNELS)('arming on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const bytes = { allow: posture('allow'), deny: posture('deny'), ports };
  let linger: string;
  let accepts: string;
  beforeAll(() => {
    linger = buildHelper(series, 'linger');
    accepts = buildProgram('accepts');
  }, BOOT_MS);
  const guest = useGuest(series);
  const python = (script: string, timeoutMs = TEST_MS): Promise<unknown> =>
    guest.python(`from fuse import SlowFile, hold_lock\n${script}`, { bytes, timeoutMs });

  beforeAll(() => must(guest.vm, `ip link set lo up; cp '${guest.module}' /run/riptides.ko`), BOOT_MS);

  const insmod = `subprocess.run(['insmod', '/run/riptides.ko'], check=True)`;

  test(
    'adopts sockets from before the module was loaded, wherever they are held',
    async () => {
      expect(
        await python(`
server, blocked = listen('127.0.0.1', ${PORT}), listen('127.0.0.1', ${PORT + 1})
new = client('127.0.0.1')
pair = client('127.0.0.1'); pair.connect(('127.0.0.1', ${PORT})); peer, _ = server.accept()
hidden = client('127.0.0.1'); hidden.connect(('127.0.0.1', ${PORT})); hidden_peer, _ = server.accept()
left, right = socket.socketpair()
socket.send_fds(left, [b'x'], [hidden.fileno()]); hidden.close()
queued = client('127.0.0.1'); queued.connect(('127.0.0.1', ${PORT}))
accepted = []
thread = threading.Thread(target=lambda: accepted.append(blocked.accept()[0])); thread.start()
time.sleep(1)
${insmod}
family = Family()
told = [family.info()['state'], family.info()['sockets']]
waker = client('127.0.0.1'); waker.connect(('127.0.0.1', ${PORT + 1})); thread.join(10)
taken, _ = server.accept()
family.put(deny)
_, [descriptor], _, _ = socket.recv_fds(right, 1, 1)
hidden = socket.socket(fileno=descriptor)
libc = ctypes.CDLL(None)
def elsewhere(made):
    made.setblocking(True)
    libc.connect(made.fileno(), bytes(16), 16)
    return errno.errorcode.get(made.connect_ex(('127.0.0.1', ${PORT})), 'ok')
pair.sendall(b'still'); told.append(peer.recv(5).decode())
told.append([elsewhere(made) for made in (new, pair, peer, hidden, queued, taken, accepted[0])])
tell(told=told)`),
      ).toEqual(['armed', 8, 'still', Array(7).fill('EACCES')]);
    },
    TEST_MS,
  );

  test(
    'lets go of sockets whose operations a call of before replaced after they were adopted, and leaves nothing of its own in kTLS',
    async () => {
      expect(
        await python(`
TCP_ULP, ADDRFORM = 31, 1
# Anew, so that nothing has asked for it. Not later: IPV6_ADDRFORM holds a lock that a module needs to be loaded.
subprocess.run(['rmmod', 'tls'], capture_output=True); subprocess.run(['modprobe', 'tls'], check=True)
server = listen('::', ${PORT})
def pair(address):
    made = client(address); made.connect((address, ${PORT})); peer, _ = server.accept()
    return made, peer
pairs = [pair(address) for address in ('127.0.0.1', '::1', '::ffff:127.0.0.1', '::ffff:127.0.0.1')]
libc = ctypes.CDLL(None, use_errno=True)
# Python's own setsockopt lets no other thread run meanwhile.
def set_option(made, level, option, value):
    failed = libc.setsockopt(made.fileno(), level, option, value, len(value))
    return errno.errorcode[ctypes.get_errno()] if failed else 'ok'
tls = lambda made: set_option(made, socket.SOL_TCP, TCP_ULP, b'tls')
to_v4 = lambda made: set_option(made, socket.IPPROTO_IPV6, ADDRFORM, struct.pack('=i', socket.AF_INET))
slows, threads, told = [SlowFile() for _ in pairs], [], []
holders = [hold_lock(made, slow) for (made, _), slow in zip(pairs, slows)]
for (made, _), option in zip(pairs, (tls, tls, to_v4, to_v4)):
    threads.append(threading.Thread(target=lambda made=made, option=option: told.append(option(made))))
    threads[-1].start()
time.sleep(1)
${insmod}
family = Family()
for slow in slows:
    slow.let_go()
for thread in threads + holders:
    thread.join(10)
for made, peer in pairs:
    made.sendall(b'on'); told.append(peer.recv(2).decode())
pairs[3][0].close()
told += [family.info()['sockets'], family.drain(), family.info()['state']]
family.close()
told.append(subprocess.run(['rmmod', 'riptides']).returncode)
# Nothing of the module may be called by those, nor by others that use kTLS from now on.
for made, peer in pairs[:3] + [pair('127.0.0.1'), pair('::1')]:
    tls(made)
    made.sendall(b'on'); told.append(peer.recv(2).decode())
    made.close()
tell(told=told)`),
      ).toEqual([
        ...Array(4).fill('ok'),
        ...Array(4).fill('on'),
        9,
        { sockets: 0, calls: 0 },
        'drained',
        0,
        ...Array(5).fill('on'),
      ]);
    },
    2 * TEST_MS,
  );

  test.each(['stay open', 'are closed before the drain'])(
    'leaves nothing of its own in kTLS either where a socket in a sockmap and another asked for it by turns, and %s',
    async (what) => {
      expect(
        await python(`
from bpf import put_into_map
TCP_ULP = 31
subprocess.run(['rmmod', 'tls'], capture_output=True); subprocess.run(['modprobe', 'tls'], check=True)
server = listen('127.0.0.1', ${PORT})
def pair():
    made = client('127.0.0.1'); made.connect(('127.0.0.1', ${PORT})); peer, _ = server.accept()
    return made, peer
libc = ctypes.CDLL(None, use_errno=True)
told = []
def tls(made):
    failed = libc.setsockopt(made.fileno(), socket.SOL_TCP, TCP_ULP, b'tls', 3)
    told.append(errno.errorcode[ctypes.get_errno()] if failed else 'ok')
pairs = [pair(), pair()]
in_map = put_into_map(pairs[0][0])
slows = [SlowFile() for _ in pairs]
holders = [hold_lock(made, slow) for (made, _), slow in zip(pairs, slows)]
threads = [threading.Thread(target=tls, args=(made,)) for made, _ in pairs]
for thread in threads:
    thread.start()
time.sleep(1)
${insmod}
family = Family()
for slow, thread in zip(slows, threads):
    slow.let_go(); thread.join(10)
if ${what === 'stay open' ? 'False' : 'True'}:
    for made, peer in pairs:
        made.close(); peer.close()
    pairs = []
told += [family.drain(), family.info()['state']]
family.close()
told.append(subprocess.run(['rmmod', 'riptides']).returncode)
pairs.append(pair())
tls(pairs[-1][0])
for made, peer in pairs:
    made.sendall(b'on'); told.append(peer.recv(2).decode())
    made.close()
tell(told=told)`),
      ).toEqual([
        'ok',
        'ok',
        { sockets: 0, calls: 0 },
        'drained',
        0,
        'ok',
        ...Array(what === 'stay open' ? 3 : 1).fill('on'),
      ]);
    },
    2 * TEST_MS,
  );

  test(
    'walks a file table that many threads share once',
    async () => {
      expect(
        await python(`
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
threading.stack_size(65536)
kept = [socket.socket() for _ in range(5000)]
done = threading.Event()
for _ in range(1000):
    threading.Thread(target=done.wait, daemon=True).start()
began = time.monotonic(); ${insmod}; took_load = time.monotonic() - began
family = Family()
told = [family.info()['sockets']]
began = time.monotonic(); told.append(family.drain()); took_drain = time.monotonic() - began
began = time.monotonic(); told.append(family.arm()); took_arm = time.monotonic() - began
print(took_load, took_drain, took_arm, file=sys.stderr)
tell(told=told + [took_load < 10 * ${patience(series)}, took_drain < 3 * ${patience(series)}, took_arm < 5 * ${patience(series)}])
os._exit(0)`),
      ).toEqual([5000, { sockets: 0, calls: 0 }, { sockets: 5000, calls: 0 }, true, true, true]);
    },
    TEST_MS,
  );

  // The debug kernel's stacks are larger, and it lets no guest of this size have so many threads.
  (series === 'debug' ? test.skip : test)(
    'restarts every accept that sleeps, however many there are',
    async () => {
      expect(
        await python(
          `
import resource
# An accept takes a descriptor before it sleeps.
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
sleepers = subprocess.Popen(['${accepts}', '${PORTS.allowed}', '${PORTS.denied}', '${SLEEPERS}'], stdout=subprocess.PIPE, text=True)
assert sleepers.stdout.readline() == 'ready\\n'
time.sleep(2)
${insmod}
family = Family()
family.put(ports)
end = time.monotonic() + 60
while family.info()['calls'] < ${SLEEPERS} and time.monotonic() < end:
    time.sleep(0.2)
told = [family.info()['calls']]
def connects_elsewhere():
    with client('127.0.0.1') as made:
        # The program disconnects what it accepts, which connect may tell already.
        made.connect_ex(('127.0.0.1', ${PORTS.allowed}))
        return errno.errorcode[int(sleepers.stdout.readline())]
told += [connects_elsewhere(), family.drain(60), family.info()['state']]
family.close()
told += [subprocess.run(['rmmod', 'riptides']).returncode, connects_elsewhere()]
sleepers.kill(); sleepers.wait()
tell(told=told)`,
          4 * TEST_MS,
        ),
      ).toEqual([SLEEPERS, 'EACCES', { sockets: 0, calls: 0 }, 'drained', 0, 'ECONNREFUSED']);
    },
    5 * TEST_MS,
  );

  test(
    'goes on for an accept that waits for the lock of its listener',
    async () => {
      expect(
        await python(`
server = listen('127.0.0.1', ${PORT})
slow, accepted = SlowFile(), []
holder = hold_lock(server, slow)
thread = threading.Thread(target=lambda: accepted.append(server.accept()[0])); thread.start()
time.sleep(0.5)
load = subprocess.Popen(['insmod', '/run/riptides.ko'])
def is_adopted():
    try:
        family = Family()
    except Refused:
        return False
    adopted = family.info()['sockets'] > 0
    family.close()
    return adopted
while not is_adopted():
    time.sleep(0.01)
time.sleep(0.3)
slow.let_go(); holder.join(10); load.wait()
family = Family()
family.put(deny)
end = time.monotonic() + 10
while not family.info()['calls'] and time.monotonic() < end:
    time.sleep(0.1)
told = [family.info()['calls']]
family.put(allow)
client('127.0.0.1').connect(('127.0.0.1', ${PORT})); thread.join(10)
family.put(deny)
libc = ctypes.CDLL(None)
libc.connect(accepted[0].fileno(), bytes(16), 16)
told.append(errno.errorcode.get(accepted[0].connect_ex(('127.0.0.1', ${PORT})), 'ok'))
tell(told=told)`),
      ).toEqual([1, 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'governs what an accept returns that looked at its listener before',
    async () => {
      expect(
        await python(`
from linger import LingeringAccept
${insmod}
family = Family()
family.drain()
server = listen('127.0.0.1', ${PORT})
accept = LingeringAccept('${linger}', server)
family.ask(ARM)
while not family.info()['sockets']:
    time.sleep(0.01)
told = [family.info()['state']]
accept.let_go()
family.settle('armed', 10)
made = client('127.0.0.1'); made.connect(('127.0.0.1', ${PORT}))
accepted = accept.end()
told.append(family.info()['sockets'])
family.put(deny)
ctypes.CDLL(None).connect(accepted.fileno(), bytes(16), 16)
told.append(errno.errorcode.get(accepted.connect_ex(('127.0.0.1', ${PORT})), 'ok'))
tell(told=told)`),
      ).toEqual(['arming', 3, 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'ends a drain that a program holds up, which is named; and a drain ends when it lets go',
    async () => {
      expect(
        await python(`
${insmod}
family = Family()
family.put(allow)
server = listen('127.0.0.1', ${PORT})
slow, results = SlowFile(), []
holder = hold_lock(server, slow)
thread = threading.Thread(target=lambda: results.append(server.accept()[0].recv(2).decode()))
thread.start()
time.sleep(0.5)
made = client('127.0.0.1')
told = [family.drain(2)]
info = family.info()
told += [info['state'], [[one['what'], one['pid'] == os.getpid(), one['comm']] for one in info['holders']]]
family.put(deny)
told += [family.arm()['calls'], family.info()['state'], errno.errorcode.get(made.connect_ex(('127.0.0.1', ${PORT})), 'ok')]
told.append(family.drain(1)['calls'])
slow.let_go(); holder.join(10)
told.append(family.settle('drained', 10))
made.connect(('127.0.0.1', ${PORT})); made.sendall(b'hi')
while server.fileno() >= 0 and thread.is_alive():
    thread.join(0.2)
    if thread.is_alive():
        more = client('127.0.0.1'); more.connect(('127.0.0.1', ${PORT})); more.sendall(b'hi')
tell(told=told)
os._exit(0)`),
      ).toEqual([
        { sockets: 0, calls: 1 },
        'draining',
        [['call', true, 'python3']],
        1,
        'armed',
        'EACCES',
        1,
        { sockets: 0, calls: 0 },
      ]);
    },
    TEST_MS,
  );

  test(
    'is not needed for sends and options that sleep in a file of their program',
    async () => {
      expect(
        await python(`
${insmod}
family = Family()
libc = ctypes.CDLL(None, use_errno=True)
server = listen('127.0.0.1', ${PORT})
made = client('127.0.0.1'); made.connect(('127.0.0.1', ${PORT})); peer, _ = server.accept()
slows = [SlowFile(b'x' * 100), SlowFile()]
sent = []
threading.Thread(target=lambda: sent.append(libc.send(made.fileno(), ctypes.c_void_p(slows[0].address), ctypes.c_size_t(100), 0))).start()
holder = hold_lock(server, slows[1])
assert slows[0].touched.wait(10)
told = [family.drain()]
family.close()
told.append(subprocess.run(['rmmod', 'riptides']).returncode)
for slow in slows:
    slow.let_go()
holder.join(10)
told.append(len(peer.recv(100)))
tell(told=told)`),
      ).toEqual([{ sockets: 0, calls: 0 }, 0, 100]);
    },
    TEST_MS,
  );

  // The debug kernel is built without the modules that this takes.
  (series === 'debug' ? test.skip : test)(
    'is refused while the kernel offers another way to connect, and tells when another module took the hook away',
    async () => {
      expect(
        await python(`
told = []
subprocess.run(['modprobe', 'rds'], check=True)
ran = subprocess.run(['insmod', '/run/riptides.ko'], capture_output=True, text=True)
told.append([ran.returncode, 'busy' in ran.stderr])
subprocess.run(['rmmod', 'rds'], check=True)
${insmod}
family = Family()
told.append([attempt(socket.socket, 21, socket.SOCK_SEQPACKET, 0), attempt(socket.socket, 43, socket.SOCK_STREAM, 0)])
family.drain()
subprocess.run(['modprobe', 'rds'], check=True)
told.append(attempt(family.arm))
told.append(family.info()['state'])
subprocess.run(['rmmod', 'rds'], check=True)
family.arm()
told.append(family.info()['state'])
tell(told=told)`),
      ).toEqual([
        [1, true],
        ['EAFNOSUPPORT', 'EAFNOSUPPORT'],
        ['EBUSY', 'RDS is in use, and its connections bypass this module: unload rds_tcp and rds first'],
        'drained',
        'armed',
      ]);
    },
    TEST_MS,
  );
});
