// SPDX-License-Identifier: Apache-2.0
//
// Connects that are under way when the policy changes, or while another thread holds the lock of their socket. A minute for each kernel
// under emulation.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, type Guest, KERNELS, patience } from './suite.ts';
import { posture } from './policies.ts';

const PORT = 8001;

describe.each(KERNELS)('connects under way on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const bytes = { allow: posture('allow'), audit: posture('audit'), deny: posture('deny') };
  let guest: Guest;
  const python = (script: string): Promise<unknown> =>
    guest.python(`from fuse import SlowFile, hold_lock\n${script}`, { bytes, timeoutMs: TEST_MS });

  beforeAll(async () => {
    guest = await bootGuest(series);
    await guest.load();
    // Packets to 192.0.2.9 leave, and nobody answers.
    await guest.vm.run(
      'ip link add away0 type dummy; ip addr add 192.0.2.1/24 dev away0; ip link set away0 up; ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev away0',
    );
  }, BOOT_MS);

  beforeEach(async () => {
    await guest.vm.checkKernelLog();
  });

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  test(
    'are closed when a commit denies them, and seen to be: blocking or not, in flight under this bundle or an earlier one',
    async () => {
      expect(
        await python(`
family = Family()
family.put(allow)
trace = Trace()
before = family.info()['counters']['connectDenied']
results = {}
def blocking():
    results['blocking'] = errno.errorcode.get(client('192.0.2.9').connect_ex(('192.0.2.9', 9)), 'ok')
thread = threading.Thread(target=blocking); thread.start()
one = client('192.0.2.9', False)
told = [errno.errorcode[one.connect_ex(('192.0.2.9', 9))]]
time.sleep(0.5)
family.put(audit)
time.sleep(0.5)
told += [thread.is_alive()]
family.put(deny)
told.append(errno.errorcode.get(one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 'ok'))
thread.join(5)
told += [thread.is_alive(), results, family.info()['counters']['connectDenied'] - before]
lines = [line for line in trace.stop() if ' deny ' in line]
told.append([line.split(' rule=')[0].split(' ', 1)[1] for line in lines])
told.append([f'tgid={os.getpid()} ' in line and line.endswith('comm=python3') for line in lines])
told.append(errno.errorcode[one.connect_ex(('192.0.2.9', 9))])
tell(told=told)`),
      ).toEqual([
        'EINPROGRESS',
        true,
        'EACCES',
        false,
        { blocking: 'EACCES' },
        2,
        ['connect deny peer=192.0.2.9:9', 'connect deny peer=192.0.2.9:9'],
        [true, true],
        'ECONNABORTED',
      ]);
    },
    TEST_MS,
  );

  test(
    'are closed also when a commit is undone, or rolled back',
    async () => {
      expect(
        await python(`
family = Family()
family.put(deny)
told = []
for back in ('undone', 'rolled back'):
    family.put(allow, within=1500 if back == 'undone' else None)
    made = client('192.0.2.9', False)
    told.append(errno.errorcode[made.connect_ex(('192.0.2.9', 9))])
    if back == 'undone':
        time.sleep(2.5)
    else:
        family.rollback()
    told.append(errno.errorcode.get(made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 'ok'))
tell(told=told)`),
      ).toEqual(['EINPROGRESS', 'EACCES', 'EINPROGRESS', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'live on when a commit allows them, and are closed when one denies them that are up',
    async () => {
      expect(
        await python(`
family = Family()
server = listen('127.0.0.1', ${PORT})
family.put(allow)
up = client('127.0.0.1'); up.connect(('127.0.0.1', ${PORT})); peer, _ = server.accept()
later = client('127.0.0.1', False); later.connect_ex(('127.0.0.1', ${PORT}))
flying = client('192.0.2.9', False); flying.connect_ex(('192.0.2.9', 9))
family.put(audit)
peer.sendall(b'still')
second, _ = server.accept(); second.sendall(b'there')
later.setblocking(True)
told = [errno.errorcode.get(flying.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 'ok'), up.recv(5).decode(), later.recv(5).decode()]
family.put(deny)
tell(told=told + [attempt(made.recv, 1) for made in (flying, up, later)])`),
      ).toEqual(['ok', 'still', 'there', 'EACCES', 'ECONNABORTED', 'ECONNABORTED']);
    },
    TEST_MS,
  );

  test(
    'are decided by the bundle in force when the lock of their socket is free',
    async () => {
      expect(
        await python(`
family = Family()
server = listen('127.0.0.1', ${PORT})
family.put(allow)
made, slow, results = client('127.0.0.1'), SlowFile(), []
holder = hold_lock(made, slow)
thread = threading.Thread(target=lambda: results.append(errno.errorcode.get(made.connect_ex(('127.0.0.1', ${PORT})), 'ok')))
thread.start()
time.sleep(1)
told = [thread.is_alive()]
family.put(deny)
slow.let_go()
thread.join(10); holder.join(10)
tell(told=told + results)`),
      ).toEqual([true, 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'are closed when their program holds the lock until they are up',
    async () => {
      expect(
        await python(`
family = Family()
family.put(allow)
server = listen('127.0.0.1', ${PORT})
nft = lambda text: subprocess.run(['nft', text], check=True)
nft('add table ip lossy')
nft('add chain ip lossy in { type filter hook input priority 0; }')
nft('add rule ip lossy in tcp sport ${PORT} tcp flags & (syn|ack) == syn|ack drop')
made, slow = client('127.0.0.1', False), SlowFile()
made.connect_ex(('127.0.0.1', ${PORT}))
time.sleep(0.5)
holder = hold_lock(made, slow)
nft('delete table ip lossy')
family.put(deny)
time.sleep(4)  # The peer sends its part once more, and it waits for the lock.
slow.let_go()
holder.join(10)
time.sleep(0.5)
tell(told=[errno.errorcode.get(made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 'ok'), attempt(made.send, b'x')])`),
      ).toEqual(['ECONNABORTED', expect.stringMatching(/EPIPE|ENOTCONN/)]);
    },
    TEST_MS,
  );

  test(
    'are counted each time that a thread connects a socket which another one disconnects while its lock is held',
    async () => {
      expect(
        await python(`
libc = ctypes.CDLL(None, use_errno=True)
family = Family()
family.put(audit)
server = echo(listen('127.0.0.1', ${PORT}))
made = client('127.0.0.1'); made.connect(('127.0.0.1', ${PORT}))
before = family.info()['counters']['connectAudited']
connected = 0
for _ in range(10):
    slow = SlowFile()
    holder = hold_lock(made, slow)
    off = threading.Thread(target=lambda: libc.connect(made.fileno(), bytes(16), 16)); off.start()
    time.sleep(0.1)
    results = []
    def again():
        while True:
            code = made.connect_ex(('127.0.0.1', ${PORT}))
            if code != errno.EISCONN:
                results.append(code)
                return
    on = threading.Thread(target=again); on.start()
    time.sleep(0.1)
    slow.let_go()
    for thread in (holder, off, on):
        thread.join(10)
    connected += results == [0]
tell(told=[connected, family.info()['counters']['connectAudited'] - before])`),
      ).toEqual([10, 10]);
    },
    TEST_MS,
  );
});
