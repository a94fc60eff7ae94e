// SPDX-License-Identifier: Apache-2.0
//
// What the gate does with connections, on real kernels. About a minute for each kernel under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, type Guest, KERNELS, must, patience, TOOLS } from './suite.ts';
import { bundleOf, PORTS, ports, posture } from './policies.ts';

describe.each(KERNELS)('the gate on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  let guest: Guest;

  beforeAll(async () => {
    guest = await bootGuest(series);
    await guest.load();
    await guest.python(`Family().put(ports)`, { bytes: { ports } });
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  /** Listens on all ports of the policy, at all addresses. */
  const servers = `servers = [echo(listen('::', port)) for port in ${JSON.stringify(Object.values(PORTS))}]`;

  test.each([
    ['127.0.0.1', 'an IPv4 address'],
    ['::1', 'an IPv6 address'],
    ['::ffff:127.0.0.1', 'an IPv4 address in an IPv6 socket'],
    ['0.0.0.0', 'the unspecified IPv4 address, which is loopback'],
    ['::', 'the unspecified IPv6 address, which is loopback'],
    ['::ffff:0.0.0.0', 'the unspecified IPv4 address in an IPv6 socket'],
  ])(
    'decides connections to %s: %s',
    async (address) => {
      expect(
        await guest.python(
          `
${servers}
tell(got=[connect('${address}', port, blocking) for blocking in (True, False) for port in ${JSON.stringify(Object.values(PORTS))}])`,
        ),
      ).toEqual(['ok', 'ok', 'EACCES', 'EACCES', 'ok', 'ok', 'EACCES', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'takes an unspecified address for the source address that a socket is bound to, as the kernel does',
    async () => {
      expect(
        await guest.python(`
${servers}
def bound(source, family, address, port):
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.bind((source, 0))
        code = made.connect_ex((address, port))
        return [errno.errorcode.get(code, 'ok'), made.getpeername()[0] if not code else '']
tell(got=[
    bound('127.0.0.2', socket.AF_INET, '0.0.0.0', ${PORTS.elsewhere}),
    bound('127.0.0.2', socket.AF_INET, '0.0.0.0', ${PORTS.allowed}),
    bound('::ffff:127.0.0.2', socket.AF_INET6, '::ffff:0.0.0.0', ${PORTS.elsewhere}),
    bound('::ffff:127.0.0.2', socket.AF_INET6, '::', ${PORTS.allowed}),
])`),
      ).toEqual([
        ['ok', '127.0.0.2'],
        ['EACCES', ''],
        ['ok', '::ffff:127.0.0.2'],
        ['ok', '::ffff:127.0.0.1'],
      ]);
    },
    TEST_MS,
  );

  test(
    'takes an unspecified address for that of the device that a socket is bound to',
    async () => {
      expect(
        await guest.python(`
subprocess.run('ip link add away0 type dummy && ip addr add 192.0.2.7/24 dev away0 && ip link set away0 up', shell=True, check=True)
servers = [echo(listen('::', port)) for port in (${PORTS.allowed},)]
def bound(device):
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
        return errno.errorcode.get(made.connect_ex(('0.0.0.0', ${PORTS.allowed})), 'ok')
got = [bound(b'lo'), bound(b'away0')]
subprocess.run('ip link del away0', shell=True, check=True)
tell(got=got)`),
      ).toEqual(['ok', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'sends nothing for a refused connection, and leaves the socket usable',
    async () => {
      expect(
        await guest.python(`
${servers}
watch = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
watch.settimeout(1)
with socket.socket() as made:
    refused = errno.errorcode[made.connect_ex(('127.0.0.1', ${PORTS.denied}))]
    try:
        sent = len(watch.recv(65536))
    except TimeoutError:
        sent = 0
    made.connect(('127.0.0.1', ${PORTS.allowed}))
    made.sendall(b'hello')
    tell(got=[refused, sent, made.recv(5).decode()])`),
      ).toEqual(['EACCES', 0, 'hello']);
    },
    TEST_MS,
  );

  test(
    'leaves addresses that no connection can be made to, and disconnecting, to the kernel',
    async () => {
      expect(
        await guest.python(`
libc = ctypes.CDLL(None, use_errno=True)
def raw(made, data, length=None):
    code = libc.connect(made.fileno(), data, len(data) if length is None else length)
    return errno.errorcode[ctypes.get_errno()] if code else 'ok'
${servers}
four = struct.pack('=H', socket.AF_INET) + struct.pack('!H', ${PORTS.allowed}) + bytes([127, 0, 0, 1]) + bytes(8)
six = struct.pack('=H', socket.AF_INET6) + struct.pack('!H', ${PORTS.allowed}) + bytes(4) + bytes(15) + b'\\1'
got = [
    raw(client('127.0.0.1'), four[:15]), raw(client('127.0.0.1'), four[:1]), raw(client('127.0.0.1'), six + bytes(4)),
    raw(client('::1'), four + bytes(12)), raw(client('::1'), six[:23]), raw(client('::1'), six),
]
made = client('127.0.0.1')
got += [raw(made, four), raw(made, four), raw(made, bytes(16)), raw(made, four)]
tell(got=got)`),
      ).toEqual([
        'EINVAL',
        'EINVAL',
        'EAFNOSUPPORT',
        'EAFNOSUPPORT',
        'EINVAL',
        'ok',
        'ok',
        'EISCONN',
        'ok',
        'ok',
      ]);
    },
    TEST_MS,
  );

  test(
    'counts and traces each verdict once, with its rule',
    async () => {
      const { trace, counted } = (await guest.python(`
${servers}
family = Family()
before = family.info()['counters']
trace = Trace()
for port in ${JSON.stringify(Object.values(PORTS))}:
    connect('127.0.0.1', port, False)
with socket.create_connection(('::1', ${PORTS.allowed})) as made:
    again = [made.connect_ex(('::1', ${PORTS.allowed})), made.connect_ex(('::1', ${PORTS.denied}))]
time.sleep(0.5)
after = family.info()['counters']
tell(trace=trace.stop(), counted={name: after[name] - before[name] for name in after if after[name] != before[name]})`)) as {
        trace: string[];
        counted: unknown;
      };
      expect(counted).toEqual({
        connectAllowed: 2,
        connectAudited: 1,
        connectDenied: 2,
        acceptAllowed: 3,
      });
      const connects = trace
        .filter((line) => line.includes(' connect '))
        .map((line) => line.replace(/ pid=.*/, ''));
      expect(connects).toEqual([
        `generation=1 connect allow peer=127.0.0.1:${PORTS.allowed} rule=3 identity=0 service=0`,
        `generation=1 connect audit peer=127.0.0.1:${PORTS.audited} rule=4 identity=0 service=1`,
        `generation=1 connect deny peer=127.0.0.1:${PORTS.denied} rule=2 identity=0 service=-1`,
        `generation=1 connect deny peer=127.0.0.1:${PORTS.elsewhere} rule=2 identity=0 service=-1`,
        `generation=1 connect allow peer=[::1]:${PORTS.allowed} rule=3 identity=0 service=0`,
      ]);
      const accepts = trace
        .filter((line) => line.includes(' accept '))
        .map((line) => line.replace(/:\d+ rule/, ' rule'));
      expect(accepts.map((line) => line.replace(/ pid=.*/, ''))).toEqual([
        ...Array(2).fill('generation=1 accept allow peer=127.0.0.1 rule=1 identity=0 service=-1'),
        'generation=1 accept allow peer=[::1] rule=1 identity=0 service=-1',
      ]);
    },
    TEST_MS,
  );

  test(
    'accepts and reports what the bundle audits',
    async () => {
      const { got, counted } = (await guest.python(
        `
family = Family()
family.put(audit)
server = echo(listen('127.0.0.1', ${PORTS.allowed}))
before = family.info()['counters']
trace = Trace()
got = connect('127.0.0.1', ${PORTS.allowed})
time.sleep(0.5)
after = family.info()['counters']
family.rollback()
tell(got=[got] + [line.split(' peer')[0].split(' ', 1)[1] for line in trace.stop()], counted=after['acceptAudited'] - before['acceptAudited'])`,
        { bytes: { audit: posture('allow', 'audit') } },
      )) as { got: unknown; counted: unknown };
      expect({ got, counted }).toEqual({ got: ['ok', 'connect allow', 'accept audit'], counted: 1 });
    },
    TEST_MS,
  );

  test(
    'closes the ways round it, and none of the options that programs use',
    async () => {
      expect(
        await guest.python(`
${servers}
SOL_TLS, SOL_IPV6, TCP_REPAIR, TCP_ULP, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_ZEROCOPY_RECEIVE, ADDRFORM = 282, 41, 19, 31, 23, 30, 35, 1
with open('/proc/sys/net/ipv4/tcp_fastopen', 'w') as file:
    file.write('1027')
one = struct.pack('=i', 1)
made = client('127.0.0.1')
six = client('::1')
six.connect(('::ffff:127.0.0.1', ${PORTS.allowed}))
def send(flags):
    with client('127.0.0.1') as other:
        return attempt(other.sendto, b'x', flags, ('127.0.0.1', ${PORTS.allowed}))
tell(
    closed=[
        attempt(made.setsockopt, SOL_TLS, 1, bytes(40)),
        attempt(made.setsockopt, socket.SOL_TCP, TCP_ULP, b'tls'),
        attempt(made.setsockopt, socket.SOL_TCP, TCP_REPAIR, one),
        attempt(made.setsockopt, socket.SOL_TCP, TCP_FASTOPEN_CONNECT, one),
        attempt(six.setsockopt, SOL_IPV6, ADDRFORM, struct.pack('=i', socket.AF_INET)),
        attempt(made.getsockopt, SOL_TLS, 1, 40),
        attempt(made.getsockopt, socket.SOL_TCP, TCP_ZEROCOPY_RECEIVE, 64),
        send(socket.MSG_FASTOPEN),
        send(socket.MSG_FASTOPEN | socket.MSG_DONTWAIT),
        attempt(socket.socket, socket.AF_INET, socket.SOCK_STREAM, 262),
        attempt(socket.socket, socket.AF_INET6, socket.SOCK_STREAM, 262),
        attempt(socket.socket, 43, socket.SOCK_STREAM, 0),
        attempt(socket.socket, 43, socket.SOCK_STREAM, 1),
        attempt(socket.socket, socket.AF_INET, socket.SOCK_STREAM, 256),
    ],
    open=[
        attempt(made.setsockopt, socket.SOL_TCP, socket.TCP_NODELAY, one),
        attempt(made.setsockopt, socket.SOL_TCP, TCP_FASTOPEN, struct.pack('=i', 5)),
        attempt(made.setsockopt, socket.SOL_TCP, socket.TCP_CONGESTION, b'reno'),
        attempt(made.setsockopt, socket.SOL_SOCKET, socket.SO_KEEPALIVE, one),
        attempt(six.setsockopt, SOL_IPV6, socket.IPV6_UNICAST_HOPS, one),
        attempt(made.getsockopt, socket.SOL_TCP, socket.TCP_INFO, 104),
        attempt(made.getsockopt, socket.SOL_TCP, socket.TCP_CONGESTION, 16),
    ],
)`),
      ).toEqual({
        closed: [
          ...Array(7).fill('ENOPROTOOPT'),
          'ENOTSUP',
          'ENOTSUP',
          'EPROTONOSUPPORT',
          'EPROTONOSUPPORT',
          'EAFNOSUPPORT',
          'EAFNOSUPPORT',
          'EPROTONOSUPPORT',
        ],
        open: Array(7).fill('ok'),
      });
    },
    TEST_MS,
  );

  test(
    'sends nothing through an address that was not decided, by whatever option a program asks for it',
    async () => {
      expect(
        await guest.python(`
subprocess.run('ip link add away0 type dummy && ip addr add 192.0.2.7/24 dev away0 && ip link set away0 up && ip addr add 2001:db8::7/64 dev away0 nodad', shell=True, check=True)
servers = [echo(listen('::', ${PORTS.allowed}))]
watch = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
watch.setblocking(False)
IPV6, RTHDR, PKTOPTIONS_2292, RTHDR_2292 = 41, 57, 6, 5
four, six, loopback = socket.inet_aton('192.0.2.9'), socket.inet_pton(socket.AF_INET6, '2001:db8::9'), socket.inet_pton(socket.AF_INET6, '::1')
mobile = bytes([0, 2, 2, 1, 0, 0, 0, 0]) + six
segments = bytes([0, 4, 4, 1, 1, 0, 0, 0]) + loopback + six
route = lambda kind: bytes([1, kind, 7, 4]) + four
ways = [
    ('::1', IPV6, RTHDR, mobile),
    ('::1', IPV6, RTHDR, segments),
    ('::1', IPV6, PKTOPTIONS_2292, struct.pack('=QII', 40, IPV6, RTHDR_2292) + mobile),
    ('127.0.0.1', socket.SOL_IP, socket.IP_OPTIONS, route(131)),
    ('127.0.0.1', socket.SOL_IP, socket.IP_OPTIONS, route(137)),
    ('::ffff:127.0.0.1', socket.SOL_IP, socket.IP_OPTIONS, route(131)),
]
def strayed():
    found = False
    try:
        while True:
            packet = watch.recv(65536)
            found = found or packet[30:34] == four or packet[38:54] == six
    except BlockingIOError:
        return found
def go(address, level, option, value, first):
    strayed()
    with client(address, False) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('=ii', 1, 0))
        codes = [attempt(made.setsockopt, level, option, value)] if first else []
        made.connect_ex((address, ${PORTS.allowed}))
        select.select([], [made], [], 1)
        codes += [] if first else [attempt(made.setsockopt, level, option, value)]
        attempt(made.send, b'x')
        time.sleep(0.1)
        return codes + [strayed()]
told = [go(*way, first) for first in (True, False) for way in ways]
with client('::1') as made:
    cleared = [attempt(made.setsockopt, *option, b'') for option in ((IPV6, RTHDR), (IPV6, PKTOPTIONS_2292), (socket.SOL_IP, socket.IP_OPTIONS))]
subprocess.run('ip link del away0', shell=True, check=True)
tell(told=told, cleared=cleared)`),
      ).toEqual({ told: Array(12).fill(['EPERM', false]), cleared: Array(3).fill('ok') });
    },
    TEST_MS,
  );

  test(
    'refuses to connect by the route that a peer has left behind on a socket',
    async () => {
      expect(
        await guest.python(`
subprocess.run('ip link add away0 type dummy && ip addr add 192.0.2.7/24 dev away0 && ip link set away0 up', shell=True, check=True)
def accept_source_routes(value):
    for name in ('all', 'lo'):
        with open(f'/proc/sys/net/ipv4/conf/{name}/accept_source_route', 'w') as file:
            file.write(value)
accept_source_routes('1')
family = Family()
server = listen('0.0.0.0', ${PORTS.allowed})
source, target, hop = map(socket.inet_aton, ('192.0.2.5', '192.0.2.7', '192.0.2.9'))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
watch = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
watch.bind(('away0', 3))
watch.settimeout(5)
def answer():
    while True:
        packet = watch.recv(65536)
        if packet[12:14] == b'\\x08\\0' and packet[30:34] == hop:
            return packet[14:]
def send(sequence, acknowledged, flags):
    # It has come by a route that ends here: the kernel answers by the reverse of it.
    segment = struct.pack('!HHIIBBHHH', 5555, ${PORTS.allowed}, sequence, acknowledged, 5 << 4, flags, 8192, 0, 0)
    words = source + target + struct.pack('!BBH', 0, 6, 20) + segment
    total = sum(struct.unpack(f'!{len(words) // 2}H', words))
    total = (total & 0xffff) + (total >> 16)
    total = (total & 0xffff) + (total >> 16)
    head = struct.pack('!BBHHHBBH', 0x47, 0, 48, 1, 0, 64, 6, 0) + source + target + bytes([1, 131, 7, 8]) + hop
    raw.sendto(head + segment[:16] + struct.pack('!H', ~total & 0xffff) + segment[18:], ('192.0.2.7', 0))
send(1000, 0, 2)
packet = answer()
sequence = struct.unpack_from('!I', packet, 4 * (packet[0] & 15) + 4)[0]
send(1001, sequence + 1, 16)
server.settimeout(5)
child, _ = server.accept()
child.settimeout(2)
route = child.getsockopt(socket.SOL_IP, socket.IP_OPTIONS, 40).hex()
libc = ctypes.CDLL(None)
told = [libc.connect(child.fileno(), bytes(16), 16)]
before = family.info()['counters']
trace = Trace()
told.append(errno.errorcode.get(child.connect_ex(('127.0.0.1', ${PORTS.allowed})), 'ok'))
told.append(attempt(child.setsockopt, socket.SOL_IP, socket.IP_OPTIONS, b''))
told.append(errno.errorcode.get(child.connect_ex(('127.0.0.1', ${PORTS.allowed})), 'ok'))
traced = [line.split(' pid')[0].split(' ', 1)[1] for line in trace.stop() if ' connect ' in line]
after = family.info()['counters']
accept_source_routes('0')
subprocess.run('ip link del away0', shell=True, check=True)
tell(route=route, told=told, traced=traced, counted=[after[name] - before[name] for name in ('connectDenied', 'connectAllowed')])`),
      ).toEqual({
        // The hop, and room for the address that is connected to.
        route: '830704c000020900',
        // Disconnected; connected; cleared; connected.
        told: [0, 'EACCES', 'ok', 'ok'],
        traced: [
          `connect deny peer=127.0.0.1:${PORTS.allowed} rule=-1 identity=-1 service=-1`,
          `connect allow peer=127.0.0.1:${PORTS.allowed} rule=3 identity=0 service=0`,
        ],
        counted: [1, 1],
      });
    },
    TEST_MS,
  );

  test(
    'decides also for a thread that connects a socket while another one disconnects it',
    async () => {
      const { reached, allowed } = (await guest.python(`
libc = ctypes.CDLL(None, use_errno=True)
address = lambda port: struct.pack('=H', socket.AF_INET) + struct.pack('!H', port) + bytes([127, 0, 0, 1]) + bytes(8)
allowed = echo(listen('127.0.0.1', ${PORTS.allowed}, 4096))
denied = listen('127.0.0.1', ${PORTS.denied}, 4096)
reached = []
def watch():
    while True:
        reached.append(denied.accept())
threading.Thread(target=watch, daemon=True).start()
made = socket.socket()
made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('=ii', 1, 0))
end = time.time() + 8
count = [0]
def repeat(data, counts=False):
    while time.time() < end:
        if libc.connect(made.fileno(), data, len(data)) == 0 and counts:
            count[0] += 1
threads = [threading.Thread(target=repeat, args=arguments) for arguments in (
    (address(${PORTS.allowed}), True), (bytes(16),), (address(${PORTS.denied}),), (address(${PORTS.denied}),))]
for thread in threads: thread.start()
for thread in threads: thread.join()
tell(reached=len(reached), allowed=count[0])`)) as { reached: number; allowed: number };
      expect(reached).toBe(0);
      expect(allowed).toBeGreaterThan(10);
    },
    TEST_MS,
  );

  test(
    'decides connections by io_uring, and attributes what it accepts',
    async () => {
      await must(guest.vm, `gcc -O1 -o /tmp/ring '${TOOLS}/ring.c'`, { timeoutMs: TEST_MS });
      expect(
        await guest.python(`
${servers}
ring = lambda *arguments: subprocess.run(['/tmp/ring', *arguments], capture_output=True, text=True, timeout=20).stdout.split()
told = [ring('connect', family, address, port) for family, address in (('4', '127.0.0.1'), ('6', '::1'), ('6', '::ffff:0.0.0.0'))
    for port in ('${PORTS.allowed}', '${PORTS.denied}')]
trace = Trace()
waiting = subprocess.Popen(['/tmp/ring', 'accept', '4', '127.0.0.3', '${PORTS.elsewhere + 1}'], stdout=subprocess.PIPE, text=True)
waiting.stdout.readline()
pid = os.fork()
if not pid:
    os.setuid(1)
    client('127.0.0.3').connect(('127.0.0.3', ${PORTS.elsewhere + 1}))
    os._exit(0)
os.waitpid(pid, 0)
told.append(waiting.communicate(timeout=20)[0].split())
told.append([f'tgid={waiting.pid} ' in line and 'identity=0' in line for line in trace.stop() if ' accept ' in line])
tell(told=told)`),
      ).toEqual([['ok'], ['EACCES'], ['ok'], ['EACCES'], ['ok'], ['EACCES'], ['ok'], [true]]);
    },
    TEST_MS,
  );

  // A rule has no zone: what it says of a link-local address holds on every link, for it and against it.
  test(
    'takes a link-local address for the same on every link',
    async () => {
      const linkLocal = (last: number): Uint8Array => Uint8Array.of(0xfe, 0x80, ...Array(13).fill(0), last);
      const service = (name: string, last: number) => ({
        name,
        endpoints: [{ address: linkLocal(last), prefixLength: 128, low: PORTS.allowed, high: PORTS.allowed }],
      });
      const links = bundleOf({
        trustDomain: 'example.org',
        egress: 'deny',
        ingress: 'allow',
        services: [service('first', 1), service('second', 2)],
        identities: [
          {
            workloadId: 'superuser',
            selectors: [[{ fact: 'process:uid', values: [0] }]],
            fallback: 'audit',
            rules: [
              { action: 'allow', services: [0] },
              { action: 'deny', services: [1] },
            ],
          },
        ],
      });
      expect(
        await guest.python(
          `
told = []
for link in ('link-a', 'link-b'):
    subprocess.run(f'ip link add {link} type dummy && ip link set {link} up && for last in 1 2 3; do ip addr add fe80::$last/64 dev {link} nodad; done', shell=True, check=True)
server = echo(listen('::', ${PORTS.allowed}))
family = Family()
family.put(links)
for link in ('link-a', 'link-b'):
    for last in (1, 2, 3):
        with client('::1') as made:
            code = made.connect_ex((f'fe80::{last}', ${PORTS.allowed}, 0, socket.if_nametoindex(link)))
            told.append(errno.errorcode[code] if code else 'ok')
family.rollback()
tell(told=told)`,
          { bytes: { links } },
        ),
      ).toEqual(['ok', 'EACCES', 'ok', 'ok', 'EACCES', 'ok']);
    },
    TEST_MS,
  );
});
