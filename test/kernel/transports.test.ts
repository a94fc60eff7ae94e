// SPDX-License-Identifier: Apache-2.0
//
// Transports other than TCP: datagrams, which are decided by destination, and sockets that cannot be. About a minute for each kernel under
// emulation.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseAddress } from '../../src/bundle/address.ts';
import { openBundle } from '../../src/bundle/core.ts';
import { buildProgram, hasModule, KERNELS, patience, useGuest } from './suite.ts';
import { onlyElsewhere, PORTS, posture, PROTOCOLS, transports } from './policies.ts';

const ALL = [...Object.values(PORTS), ...Object.values(PROTOCOLS)];
/** What becomes of a datagram to each of ALL. */
const DECIDED = ['ok', 'ok', 'EACCES', 'EACCES', 'EACCES', 'ok'];

describe.each(KERNELS)('datagrams on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const bytes = {
    udp: transports(),
    tcp: transports({ udp: false }),
    deny: transports({ egress: 'deny' }),
    nothing: posture('deny'),
  };
  let uring: string;
  let sends: string;
  beforeAll(() => {
    uring = buildProgram('uring');
    sends = buildProgram('sends');
  });
  const guest = useGuest(series, { loaded: true });

  const setup = `
from udp import *
ALL = ${JSON.stringify(ALL)}
ALLOWED, AUDITED, DENIED, ELSEWHERE = ${Object.values(PORTS).join(', ')}
family = Family()
`;

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '0.0.0.0', '::', '::ffff:0.0.0.0'])(
    'are decided by their destination, to %s',
    async (address) => {
      expect(
        await guest.python(
          `${setup}
family.put(udp)
receivers = [Receiver(port) for port in ALL]
told = [[way('${address}', port) for port in ALL] for way in (sendto, connected, sendmsg)]
tell(got=[told, [len(receiver.take()) for receiver in receivers]])`,
          { bytes },
        ),
      ).toEqual([[DECIDED, DECIDED, DECIDED], DECIDED.map((told) => (told === 'ok' ? 3 : 0))]);
    },
    TEST_MS,
  );

  test(
    'are decided by the kernel as the evaluator of the command line decides them, and connections likewise',
    async () => {
      const core = openBundle(bytes.udp);
      const questions = ['127.0.0.1', '127.0.0.2', '::1'].flatMap((address) =>
        ALL.flatMap((port) => (['tcp', 'udp'] as const).map((protocol) => ({ address, port, protocol }))),
      );
      const expected = questions.map(({ address, port, protocol }) => {
        const remote = { address: parseAddress(address) ?? new Uint8Array(16), port };
        const { action } = core.decideConnect({ 'process:uid': 0 }, { protocol, remote });
        return action === 'deny' ? 'EACCES' : 'ok';
      });
      expect(new Set(expected).size).toBe(2);
      expect(
        await guest.python(
          `${setup}
family.put(udp)
servers = [echo(listen('::', port)) for port in ALL]
tell(got=[(connect if protocol == 'tcp' else sendto)(address, port) for address, port, protocol in ${JSON.stringify(
            questions.map(({ address, port, protocol }) => [address, port, protocol]),
          )}])
os._exit(0)`,
          { bytes },
        ),
      ).toEqual(expected);
    },
    TEST_MS,
  );

  test(
    'are decided one by one where a call sends several, and by whichever thread of io_uring sends',
    async () => {
      expect(
        await guest.python(
          `${setup}
family.put(udp)
receivers = [Receiver(port) for port in ALL]
def ring(how, port):
    return subprocess.run(['${uring}', how, 'send', '127.0.0.1', str(port)], input='\\n', capture_output=True, text=True).stdout.split()[-1]
told = [sendmmsg('127.0.0.1', ports) for ports in ((ALLOWED, AUDITED, DENIED, ALLOWED), (DENIED, ALLOWED), (ALLOWED,) * 3)]
told += [ring(how, port) for how in ('worker', 'poll', 'fixed') for port in (ALLOWED, DENIED)]
tell(got=[told, [len(receiver.take()) for receiver in receivers]])`,
          { bytes },
        ),
      ).toEqual([
        [2, 'EACCES', 3, 'ok', 'EACCES', 'ok', 'EACCES', 'ok', 'EACCES'],
        [1 + 3 + 3, 1, 0, 0, 0, 0],
      ]);
    },
    TEST_MS,
  );

  test(
    'are decided likewise by UDP-Lite, where the kernel has it',
    async () => {
      expect(
        await guest.python(
          `${setup}
family.put(udp)
try:
    receivers = [Receiver(port, UDPLITE) for port in ALL]
    told = [[way('::1', port, protocol=UDPLITE) for port in ALL] for way in (sendto, connected, sendmsg)]
    came = [len(receiver.take()) for receiver in receivers]
    corked = datagrams('::1', UDPLITE)
    corked.setsockopt(17, 1, 1)
    corked.sendto(b'begun', ('::1', ALLOWED))
    family.put(deny_root)
    tell(got=[told, came, [attempt(corked.setsockopt, level, 1, 0) for level in (17, UDPLITE)]])
except OSError as error:
    tell(got=errno.errorcode[error.errno])`,
          { bytes: { ...bytes, deny_root: onlyElsewhere } },
        ),
      ).toEqual(
        series === '7.3'
          ? 'EPROTONOSUPPORT'
          : [
              [DECIDED, DECIDED, DECIDED],
              DECIDED.map((told) => (told === 'ok' ? 3 : 0)),
              ['EACCES', 'EACCES'],
            ],
      );
    },
    TEST_MS,
  );

  test(
    'may be cut to segments and name their source, but no route; nor may the socket, or a flow label',
    async () => {
      expect(
        await guest.python(
          `${setup}
family.put(udp)
receiver = Receiver(ALLOWED)
SOL_IP, SOL_IPV6, SOL_UDP = 0, 41, 17
IP_OPTIONS, IP_RETOPTS, IP_PKTINFO, IPV6_RTHDR, IPV6_2292RTHDR, IPV6_FLOWINFO, IPV6_ADDRFORM = 4, 7, 8, 57, 5, 11, 1
route = bytes([0, 2, 4, 0]) + bytes(4) + socket.inet_pton(socket.AF_INET6, '::1')
def with_control(address, level, kind, data, port=ALLOWED):
    with datagrams(address) as made:
        return attempt(made.sendmsg, [b'abcd'], [(level, kind, data)], 0, (address, port))
def with_option(address, level, kind, data):
    with datagrams(address) as made:
        return attempt(made.setsockopt, level, kind, data)
options = [('127.0.0.1', SOL_IP, IP_OPTIONS, bytes([131, 7, 4, 127, 0, 0, 1, 0])), ('::1', SOL_IPV6, IPV6_RTHDR, route), ('::1', SOL_IPV6, IPV6_ADDRFORM, u32(2))]
told = [
    with_control('127.0.0.1', SOL_UDP, 103, struct.pack('=H', 2)),
    with_control('127.0.0.1', SOL_IP, IP_PKTINFO, struct.pack('=i4s4s', 1, bytes([127, 0, 0, 3]), bytes(4))),
    with_control('127.0.0.1', SOL_UDP, 103, struct.pack('=H', 2), DENIED),
    with_control('127.0.0.1', SOL_IP, IP_RETOPTS, bytes([131, 7, 4, 127, 0, 0, 1, 0])),
    with_control('::1', SOL_IPV6, IPV6_RTHDR, route),
    with_control('::1', SOL_IPV6, IPV6_2292RTHDR, route),
    with_control('::1', SOL_IPV6, IPV6_FLOWINFO, u32(0x1000000)),
]
told.append([with_option(*option) for option in options])
with datagrams('127.0.0.1') as made:
    told.append(attempt(made.setsockopt, SOL_IP, IP_OPTIONS, b''))
family.put(tcp)
told.append([with_option(*option) for option in options[1:]])
routed = datagrams('::1')
routed.setsockopt(SOL_IPV6, IPV6_RTHDR, route)
family.put(udp)
told.append(attempt(routed.sendto, b'x', ('::1', ALLOWED)))
tell(got=[told, [len(data) for data in receiver.take()]])`,
          { bytes },
        ),
      ).toEqual([
        [
          'ok',
          'ok',
          'EACCES',
          'EPERM',
          'EPERM',
          'EPERM',
          'EPERM',
          ['EPERM', 'EPERM', 'ENOPROTOOPT'],
          'ok',
          ['ok', 'ENOPROTOOPT'],
          'EACCES',
        ],
        [2, 2, 4],
      ]);
    },
    TEST_MS,
  );

  test(
    'of a socket with a route are refused at once where the destination has a name',
    async () => {
      expect(
        await guest.python(
          `${setup}
family.put(tcp)
routed = datagrams('::1')
routed.setsockopt(41, 57, bytes([0, 2, 4, 0]) + bytes(4) + socket.inet_pton(socket.AF_INET6, '::1'))
family.put(named)
family.set_name('api.x', ('::1', 60))
told = [attempt(routed.sendto, b'x', ('::1', DENIED)), sendto('::1', DENIED)]
family.set_name('api.x')
tell(got=told)`,
          { bytes: { ...bytes, named: transports({ name: 'api.x' }) } },
        ),
      ).toEqual(['EACCES', 'ok']);
    },
    TEST_MS,
  );

  test(
    'go to an address for as long as it has the name that is allowed',
    async () => {
      expect(
        await guest.python(
          `${setup}
family.put(named)
made = datagrams('127.0.0.1')
send = lambda: attempt(made.sendto, b'x', ('127.0.0.1', DENIED))
told = [send()]
family.set_name('api.x', ('127.0.0.1', 60))
told += [send(), send()]
family.set_name('api.x')
told += [send(), send()]
tell(got=told)`,
          { bytes: { ...bytes, named: transports({ name: 'api.x' }) } },
        ),
      ).toEqual(['EACCES', 'ok', 'ok', 'EACCES', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'go on before a bundle is in force, and with one that does not decide UDP',
    async () => {
      expect(
        await guest.python(
          `${setup}
told = [sendto('127.0.0.1', DENIED)]
made = datagrams()
for bundle in (tcp, nothing):
    family.put(bundle)
    told += [sendto('127.0.0.1', DENIED), connected('::1', DENIED), attempt(made.sendto, b'x', ('127.0.0.1', DENIED))]
    told.append(connect('127.0.0.1', DENIED))
tell(got=[told, family.info()['datagrams']])`,
          { bytes },
        ),
      ).toEqual([
        ['ok', 'ok', 'ok', 'ok', 'EACCES', 'ok', 'ok', 'ok', 'EACCES'],
        { allowed: 0, audited: 0, denied: 0 },
      ]);
    },
    TEST_MS,
  );

  test(
    'stop at the next one when a commit denies them, and go on when one allows them',
    async () => {
      expect(
        await guest.python(
          `${setup}
family.put(udp)
receiver = Receiver(ALLOWED)
joined, free, pending, corked = [datagrams() for _ in range(4)]
joined.connect(('127.0.0.1', ALLOWED))
send = lambda: [attempt(joined.send, b'x'), attempt(free.sendto, b'x', ('127.0.0.1', ALLOWED))]
told = [send(), send()]
MSG_MORE, UDP_CORK = 0x8000, 1
pending.sendto(b'begun', MSG_MORE, ('127.0.0.1', ALLOWED))
corked.setsockopt(17, UDP_CORK, 1)
corked.sendto(b'begun', ('127.0.0.1', ALLOWED))
family.put(deny_root)
told += [send(), send()]
# Where it goes is where it was begun to, whatever the name says.
told.append([attempt(pending.sendto, b'x', ('127.0.0.1', ELSEWHERE)), attempt(corked.setsockopt, 17, UDP_CORK, 0)])
came = len(receiver.take())
family.put(udp)
told += [send(), [attempt(pending.sendto, b'x', ('127.0.0.1', ALLOWED)), attempt(corked.setsockopt, 17, UDP_CORK, 0)]]
tell(got=[told, came, sorted(len(data) for data in receiver.take())])`,
          { bytes: { ...bytes, deny_root: onlyElsewhere } },
        ),
      ).toEqual([
        [
          ['ok', 'ok'],
          ['ok', 'ok'],
          ['EACCES', 'EACCES'],
          ['EACCES', 'EACCES'],
          ['EACCES', 'EACCES'],
          ['ok', 'ok'],
          ['ok', 'ok'],
        ],
        4,
        [1, 1, 5, 6],
      ]);
    },
    TEST_MS,
  );

  test(
    'are decided once for each destination that a socket remembers, traced and counted',
    async () => {
      expect(
        await guest.python(
          `${setup}
family.put(wide)
counted = lambda: family.info()['datagrams']['allowed']
def rounds(destinations):
    before = counted()
    with datagrams() as made:
        for _ in range(3):
            for last in range(destinations):
                made.sendto(b'x', (f'127.0.1.{last}', 9999))
    return counted() - before
told = [rounds(8), rounds(9)]
family.put(udp)
trace = Trace()
for port in (ALLOWED, AUDITED, DENIED):
    with datagrams('::1') as made:
        for _ in range(2):
            attempt(made.sendto, b'x', ('::1', port))
info = family.info()['datagrams']
lines = [line.split(' pid=')[0] + ' ' + line.split()[-3] for line in trace.stop()]
tell(got=[told, info['audited'], info['denied'], lines])`,
          { bytes: { ...bytes, wide: transports({ wide: true }) } },
        ),
      ).toEqual([
        [8, 27],
        1,
        2,
        [
          `generation=2 connect allow peer=[::1]:${PORTS.allowed} rule=3 identity=0 service=0 protocol=udp`,
          `generation=2 connect audit peer=[::1]:${PORTS.audited} rule=4 identity=0 service=1 protocol=udp`,
          ...Array(2).fill(
            `generation=2 connect deny peer=[::1]:${PORTS.denied} rule=2 identity=0 service=-1 protocol=udp`,
          ),
        ],
      ]);
    },
    TEST_MS,
  );

  test(
    'are decided for the process that sends, on a socket that several share',
    async () => {
      expect(
        await guest.python(
          `${setup}
family.put(deny)
receiver = Receiver(ALLOWED)
joined, free = datagrams(), datagrams()
joined.connect(('127.0.0.1', ALLOWED))
send = lambda: [attempt(joined.send, b'x'), attempt(free.sendto, b'x', ('127.0.0.1', ALLOWED))]
read, write = os.pipe()
told = [send()]
if not os.fork():
    os.setuid(1000)
    os.write(write, json.dumps([send(), send()]).encode())
    os._exit(0)
told += json.loads(os.read(read, 4096)) + [send()]
os.seteuid(1000)
told.append(send())
os.seteuid(0)
told.append(send())
tell(got=[told, len(receiver.take())])`,
          { bytes },
        ),
      ).toEqual([
        [
          ['ok', 'ok'],
          ['EACCES', 'EACCES'],
          ['EACCES', 'EACCES'],
          ['ok', 'ok'],
          ['EACCES', 'EACCES'],
          ['ok', 'ok'],
        ],
        6,
      ]);
    },
    TEST_MS,
  );

  test(
    'reach no destination that is denied, whatever threads do with the socket meanwhile',
    async () => {
      const told = await guest.python(
        `from sniff import *
${setup}
family.put(udp)
receivers = [Receiver(ALLOWED), Receiver(DENIED)]
allowed, denied = [Sniffer(port, protocol=socket.IPPROTO_UDP) for port in (ALLOWED, DENIED)]
run = subprocess.run(['${sends}', '6', str(DENIED), str(ALLOWED), 'udp'], capture_output=True, text=True, check=True)
time.sleep(0.5)
words = run.stdout.split()
tell(leaked=len(denied.packets()) + len(receivers[1].take()), refused=int(words[7]) > 50, sent=int(words[2]) > 0,
     uses=len(allowed.packets()) > 20)`,
        { bytes, timeoutMs: TEST_MS },
      );
      expect(told).toEqual({ leaked: 0, refused: true, sent: true, uses: true });
    },
    2 * TEST_MS,
  );

  test(
    'neither keep a drain nor an unload, under way or waiting, and are decided again when the module is armed',
    async () => {
      expect(
        await guest.python(
          `from stall import Stall
${setup}
family.put(udp)
receiver = Receiver(ALLOWED)
joined, held, hidden = datagrams(), datagrams(), datagrams('::1')
joined.connect(('127.0.0.1', ALLOWED))
held.connect(('127.0.0.1', ALLOWED))
hidden.bind(('::1', 0))
one, other = socket.socketpair()
socket.send_fds(one, [b'x'], [hidden.fileno()])
hidden.close()
stop, failed, sent = False, [], [0]
def traffic():
    while not stop:
        told = attempt(joined.send, b'x')
        sent[0] += told == 'ok'
        if told not in ('ok', 'ECONNREFUSED'):
            failed.append(told)
        receiver.take()
stall = Stall()
waits = []
threads = [threading.Thread(target=traffic), threading.Thread(target=lambda: waits.append(stall.send(held, 8)))]
for thread in threads:
    thread.start()
time.sleep(0.5)
told = [family.info()['sockets'] >= 4, family.drain()]
family.close()
told.append(subprocess.run(['rmmod', 'riptides']).returncode)
before = sent[0]
time.sleep(0.2)
told.append(sent[0] > before)
subprocess.run(['insmod', '${guest.module}'], check=True)
family = Family()
family.put(udp)
stop = True
stall.fill()
for thread in threads:
    thread.join()
_, got, _, _ = socket.recv_fds(other, 1, 1)
found = socket.socket(fileno=got[0])
told += [failed, waits, [attempt(made.sendto, b'x', (address, DENIED)) for made, address in ((joined, '127.0.0.1'), (held, '127.0.0.1'), (found, '::1'))]]
tell(got=told)`,
          { bytes, timeoutMs: TEST_MS },
        ),
      ).toEqual([true, { sockets: 0, calls: 0 }, 0, true, [], [8], ['EACCES', 'EACCES', 'EACCES']]);
    },
    2 * TEST_MS,
  );

  test(
    'of the kernel itself go on',
    async () => {
      if (!hasModule(series, 'vxlan')) return;
      expect(
        await guest.python(
          `from sniff import *
${setup}
family.put(deny)
subprocess.run('''ip link add away0 type dummy && ip addr add 192.0.2.1/24 dev away0 && ip link set away0 up &&
    ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev away0''', shell=True, check=True)
watch = Sniffer(5555, 'away0', socket.IPPROTO_UDP)
subprocess.run('ip link add tunnel0 type vxlan id 1 remote 192.0.2.9 dstport 5555 dev away0 && ip link set tunnel0 up', shell=True, check=True)
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as frames:
    frames.bind(('tunnel0', 0))
    frames.send(bytes([255] * 6 + [2, 0, 0, 0, 0, 1, 0x88, 0xb5]) + bytes(46))
time.sleep(0.5)
told = [len(watch.packets()) > 0, sendto('192.0.2.9', 5555)]
subprocess.run('ip link del tunnel0; ip link del away0', shell=True, check=True)
tell(got=told)`,
          { bytes, timeoutMs: TEST_MS },
        ),
      ).toEqual([true, 'EACCES']);
    },
    TEST_MS,
  );
});

describe.each(KERNELS)('other transports on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const bytes = {
    deny: transports({ egress: 'deny', denyOthers: true }),
    audit: transports({ egress: 'audit', denyOthers: true }),
    leave: transports({ egress: 'deny' }),
  };
  // Who may make the sockets of ping is a question of the host's, which the module asks as well when it is loaded.
  const guest = useGuest(series);
  const setup = `
from udp import *
subprocess.run("sysctl -qw net.ipv4.ping_group_range='0 2147483647'; ip link set lo up; insmod '$MODULE'", shell=True, check=True)
family = Family()
SOCK_DCCP = 6
OTHERS = {
    'raw': (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    'raw6': (socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW),
    'ping': (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP),
    'ping6': (socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6),
    'sctp': (socket.AF_INET, socket.SOCK_STREAM, 132),
    'sctp6': (socket.AF_INET6, socket.SOCK_SEQPACKET, 132),
    'seqpacket': (socket.AF_INET, socket.SOCK_SEQPACKET, 0),
    'dccp': (socket.AF_INET, SOCK_DCCP, 33),
    'dccp6': (socket.AF_INET6, SOCK_DCCP, 33),
    'l2tp': (socket.AF_INET, socket.SOCK_DGRAM, 115),
    'l2tp6': (socket.AF_INET6, socket.SOCK_DGRAM, 115),
    'vsock': (40, socket.SOCK_STREAM, 0),
    'tipc': (30, socket.SOCK_SEQPACKET, 0),
    'rxrpc': (33, socket.SOCK_DGRAM, socket.AF_INET),
    'pppox': (24, socket.SOCK_STREAM, 1),
    'llc': (26, socket.SOCK_STREAM, 0),
}
def make(name):
    def use():
        socket.socket(*OTHERS[name]).close()
    return attempt(use)
def as_user(work):
    """In a child: of an unprivileged user, and then as root of a user namespace of his own."""
    read, write = os.pipe()
    if not os.fork():
        os.setgroups([])
        os.setgid(1000)
        os.setuid(1000)
        told = [work()]
        libc.unshare(0x10000000 | 0x40000000)
        told.append(work())
        os.write(write, json.dumps(told).encode())
        os._exit(0)
    os.wait()
    return json.loads(os.read(read, 1 << 16))
`;

  /** Those that an unprivileged user may not make at all. */
  const PRIVILEGED = ['raw', 'raw6'];
  const NAMES = [
    'raw',
    'raw6',
    'ping',
    'ping6',
    'sctp',
    'sctp6',
    'seqpacket',
    'dccp',
    'dccp6',
    'l2tp',
    'l2tp6',
    'vsock',
    'tipc',
    'rxrpc',
    'pppox',
    'llc',
  ];
  const refusedAll = Object.fromEntries(NAMES.map((name) => [name, 'EACCES']));

  test(
    'are refused to whom the default for connections out denies: a user, root in a container, and root',
    async () => {
      const told = await guest.python(
        `${setup.replaceAll('$MODULE', guest.module)}
family.put(deny)
told = [{name: make(name) for name in OTHERS}] + as_user(lambda: {name: make(name) for name in OTHERS})
tell(got=[told, family.info()['others']['denied'] >= 16, open('/proc/modules').read().count('sctp') + open('/proc/modules').read().count('tipc')])`,
        { bytes, timeoutMs: TEST_MS },
      );
      const user = {
        ...refusedAll,
        ...Object.fromEntries(PRIVILEGED.map((name) => [name, 'EPERM'])),
      };
      expect(told).toEqual([[refusedAll, user, refusedAll], true, 0]);
    },
    2 * TEST_MS,
  );

  (hasModule(series, 'l2tp_ip') ? test : test.skip)(
    'do not come with a module that is loaded while they are refused',
    async () => {
      expect(
        await guest.python(
          `${setup.replaceAll('$MODULE', guest.module)}
loaded = lambda: any(line.startswith('l2tp_ip ') for line in open('/proc/modules'))
load = lambda: [subprocess.run(['modprobe', 'l2tp_ip'], capture_output=True).returncode == 0, loaded()]
family.put(deny)
told = [load(), make('l2tp')]
family.put(leave)
told += [load(), make('l2tp')]
family.put(deny)
told.append(make('l2tp'))
family.put(leave)
# The socket that was closed may still hold it.
deadline = time.monotonic() + 10
while subprocess.run(['rmmod', 'l2tp_ip'], capture_output=True).returncode and time.monotonic() < deadline:
    time.sleep(0.1)
told.append(loaded())
tell(got=told)`,
          { bytes, timeoutMs: TEST_MS },
        ),
      ).toEqual([[false, false], 'EACCES', [true, true], 'ok', 'EACCES', false]);
    },
    2 * TEST_MS,
  );

  test(
    'are left alone where the policy says nothing of them, reported where that is audited, and given back by a drain',
    async () => {
      expect(
        await guest.python(
          `${setup.replaceAll('$MODULE', guest.module)}
told = []
family.put(leave)
told.append([make('raw'), make('ping'), make('sctp') == 'EACCES', make('tipc') == 'EACCES'])
family.put(audit)
trace = Trace()
def user():
    return [make('ping'), make('sctp')]
told += as_user(user)
lines = [line.split(' pid=')[0] for line in trace.stop('other')]
told.append([line for line in lines if 'deny' not in line])
family.put(deny)
told.append([make('raw'), make('sctp'), make('vsock')])
left = family.drain()
told.append([left, make('raw'), make('sctp') == 'EACCES', make('vsock') == 'EACCES'])
family.arm()
told.append([make('raw'), make('sctp'), make('rxrpc')])
tell(got=told)`,
          { bytes, timeoutMs: TEST_MS },
        ),
      ).toEqual([
        ['ok', 'ok', false, false],
        ['ok', 'EPROTONOSUPPORT'],
        ['ok', 'EPROTONOSUPPORT'],
        Array(2)
          .fill([
            'generation=2 socket audit family=2 type=2 protocol=1 rule=0 identity=-1',
            'generation=2 socket audit family=2 type=1 protocol=132 rule=0 identity=-1',
          ])
          .flat(),
        ['EACCES', 'EACCES', 'EACCES'],
        [{ sockets: 0, calls: 0 }, 'ok', false, false],
        ['EACCES', 'EACCES', 'EACCES'],
      ]);
    },
    2 * TEST_MS,
  );

  test(
    'that cannot be held go on: packet sockets',
    async () => {
      expect(
        await guest.python(
          `${setup.replaceAll('$MODULE', guest.module)}
family.put(deny)
tell(got=attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)).close()))`,
          { bytes, timeoutMs: TEST_MS },
        ),
      ).toBe('ok');
    },
    TEST_MS,
  );
});
