// SPDX-License-Identifier: Apache-2.0
//
// What a destination means where the kernel's own configuration moves it: in another network namespace, in a VRF, on one of several
// links, and behind programs of BPF and rules of nft that rewrite it. The policy means what the program asked for, everywhere. Half a
// minute for each kernel under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, type Guest, KERNELS, must, patience } from './suite.ts';
import { endpoints, PORTS } from './policies.ts';

const LINK_LOCAL = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const { allowed, denied } = PORTS;

/** User 0 may reach these at one port, and nothing else. */
const policy = endpoints(
  { address: Uint8Array.of(127, 0, 0, 1), port: allowed },
  { address: Uint8Array.of(192, 0, 2, 1), port: allowed },
  { address: LINK_LOCAL, port: allowed },
);

describe.each(KERNELS)('a destination that is not what it seems, on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  let guest: Guest;
  const python = (script: string): Promise<unknown> => guest.python(script, { timeoutMs: TEST_MS });

  beforeAll(async () => {
    guest = await bootGuest(series);
    await guest.load();
    await guest.python(`Family().put(policy)`, { bytes: { policy } });
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  test(
    'in another network namespace, the policy of the host holds, for root of a user namespace too',
    async () => {
      const inside = `
import ctypes, sys
assert not ctypes.CDLL(None).unshare(int(sys.argv[1]))
import subprocess
if int(sys.argv[1]) & 0x10000000:
    with open('/proc/self/uid_map', 'w') as file: file.write('0 0 1')
subprocess.run('ip link set lo up', shell=True, check=True)
servers = [echo(listen('127.0.0.1', port)) for port in (${allowed}, ${denied})]
tell(told=[connect('127.0.0.1', port, blocking) for port in (${allowed}, ${denied}) for blocking in (True, False)])`;
      expect(
        await python(`
program = '''import sys; sys.path.insert(0, ''' + repr(sys.path[0]) + ''')
from rt import *
${inside}'''
run = lambda flags: json.loads(subprocess.run(['python3', '-c', program, flags], capture_output=True, text=True, check=True).stdout)['told']
tell(told=[run(str(0x40000000)), run(str(0x40000000 | 0x10000000))])`),
      ).toEqual([
        ['ok', 'ok', 'EACCES', 'EACCES'],
        ['ok', 'ok', 'EACCES', 'EACCES'],
      ]);
    },
    TEST_MS,
  );

  test(
    'in a VRF, an address is decided as everywhere',
    async () => {
      expect(
        await python(`
subprocess.run('ip link add red type vrf table 10 && ip link set red up && ip link add away0 type dummy && ip link set away0 master red '
    '&& ip addr add 192.0.2.1/24 dev away0 && ip addr add 192.0.2.2/24 dev away0 && ip link set away0 up', shell=True, check=True)
def inside(made):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'red')
    return made
def server(port):
    made = inside(socket.socket()); made.bind(('0.0.0.0', port)); made.listen(8)
    return echo(made)
servers = [server(port) for port in (${allowed}, ${denied})]
def reach(address, port):
    with inside(client('127.0.0.1')) as made:
        made.settimeout(3)
        return errno.errorcode.get(made.connect_ex((address, port)), 'ok')
told = [reach(address, port) for address in ('192.0.2.1', '192.0.2.2') for port in (${allowed}, ${denied})]
subprocess.run('ip link del away0; ip link del red', shell=True, check=True)
tell(told=told)`),
      ).toEqual(['ok', 'EACCES', 'EACCES', 'EACCES']);
    },
    TEST_MS,
  );

  // A bundle has no scope: what is allowed at fe80::1 is allowed on each link.
  test(
    'a link-local address means that address on every link',
    async () => {
      expect(
        await python(`
told = []
subprocess.run('for each in one two; do ip link add $each type dummy && ip addr add fe80::1/64 dev $each nodad && ip link set $each up; done', shell=True, check=True)
servers = [echo(listen('::', port)) for port in (${allowed}, ${denied})]
for device in ('one', 'two'):
    for port in (${allowed}, ${denied}):
        with client('::1') as made:
            code = made.connect_ex(('fe80::1', port, 0, socket.if_nametoindex(device)))
            told.append(errno.errorcode.get(code, 'ok'))
with client('::1') as made:
    told.append(errno.errorcode.get(made.connect_ex(('fe80::1', ${allowed})), 'ok'))
subprocess.run('ip link del one; ip link del two', shell=True, check=True)
tell(told=told)`),
      ).toEqual(['ok', 'EACCES', 'ok', 'EACCES', 'EINVAL']);
    },
    TEST_MS,
  );

  const twoServers = `
def serve(port):
    server = listen('127.0.0.1', port)
    def run():
        while True:
            connection, _ = server.accept()
            connection.sendall(b'%d' % port)
            connection.close()
    threading.Thread(target=run, daemon=True).start()
serve(${allowed}); serve(${denied})
def reach(port):
    with client('127.0.0.1') as made:
        code = made.connect_ex(('127.0.0.1', port))
        return errno.errorcode[code] if code else int(made.recv(8))`;

  test(
    'a program of BPF that rewrites connects comes after the decision',
    async () => {
      expect(
        await python(`
from bpf import *
group = '/sys/fs/cgroup/rewritten'
os.makedirs(group, exist_ok=True)
${twoServers}
told = []
for port, instead in ((${allowed}, ${denied}), (${denied}, ${allowed})):
    with rewrite_connect4(group, instead):
        pid = os.fork()
        if not pid:
            with open(group + '/cgroup.procs', 'w') as file: file.write('0')
            tell(**{str(port): reach(port)})
            os._exit(0)
        os.waitpid(pid, 0)
os.rmdir(group)`),
      ).toEqual({ [allowed]: denied, [denied]: 'EACCES' });
    },
    TEST_MS,
  );

  test(
    'a rule of nft that rewrites destinations comes after the decision',
    async () => {
      await must(
        guest.vm,
        `nft 'table ip rewritten { chain output { type nat hook output priority -100; tcp dport ${allowed} redirect to :${denied}; }; }'`,
      );
      try {
        expect(
          await python(`
${twoServers}
told = [reach(${allowed}), reach(${denied})]
subprocess.run(['nft', 'flush table ip rewritten; add rule ip rewritten output tcp dport ${denied} redirect to :${allowed}'], check=True)
told += [reach(${allowed}), reach(${denied})]
tell(told=told)`),
        ).toEqual([denied, 'EACCES', allowed, 'EACCES']);
      } finally {
        await must(guest.vm, 'nft delete table ip rewritten');
      }
    },
    TEST_MS,
  );
});
