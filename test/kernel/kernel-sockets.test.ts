// SPDX-License-Identifier: Apache-2.0
//
// Sockets that the kernel uses itself: it makes them in a process, or is handed them by one. Nobody's identity is behind them, and the
// module leaves them alone. A minute for each kernel under emulation.

import { describe, expect, test } from '@jest/globals';
import { KERNELS, patience, useGuest } from './suite.ts';
import { posture } from './policies.ts';

// The debug kernel is built without the modules that this takes.
const stock = KERNELS.filter((series) => series !== 'debug');

(stock.length > 0 ? describe.each(stock) : describe.skip.each(KERNELS))(
  'sockets of the kernel itself, on kernel %s',
  (series) => {
    const TEST_MS = 60_000 * patience(series);
    const guest = useGuest(series);
    const python = (script: string): Promise<unknown> =>
      guest.python(script, { bytes: { deny: posture('deny') }, timeoutMs: TEST_MS });

    test(
      'an NVMe target and its host are neither governed nor denied, nor keep the module',
      async () => {
        await guest.load();
        expect(
          await python(`
family = Family()
family.put(deny)
before = family.info()
def write(path, text):
    with open(path, 'w') as file:
        file.write(text)
for module in ('configfs', 'nvmet-tcp', 'nvme-tcp'):
    subprocess.run(['modprobe', module], check=True)
if not os.path.exists('/sys/kernel/config/nvmet'):
    subprocess.run(['mount', '-t', 'configfs', 'none', '/sys/kernel/config'], check=True)
root = '/sys/kernel/config/nvmet'
os.mkdir(root + '/subsystems/s'); write(root + '/subsystems/s/attr_allow_any_host', '1')
os.mkdir(root + '/ports/1')
for name, value in dict(adrfam='ipv4', trtype='tcp', traddr='127.0.0.1', trsvcid='4420').items():
    write(f'{root}/ports/1/addr_{name}', value)
os.symlink(root + '/subsystems/s', root + '/ports/1/subsystems/s')
write('/dev/nvme-fabrics', 'transport=tcp,traddr=127.0.0.1,trsvcid=4420,nqn=s')
time.sleep(1)
after = family.info()
told = [after['sockets'] - before['sockets'], after['counters']['connectDenied'] - before['counters']['connectDenied']]
told.append([open(f'/sys/class/nvme/{name}/state').read().strip() for name in os.listdir('/sys/class/nvme')])
told.append(family.drain()); family.close()
told.append(subprocess.run(['rmmod', 'riptides']).returncode)
for name in os.listdir('/sys/class/nvme'):
    write(f'/sys/class/nvme/{name}/delete_controller', '1')
os.unlink(root + '/ports/1/subsystems/s'); os.rmdir(root + '/ports/1'); os.rmdir(root + '/subsystems/s')
tell(told=told)`),
        ).toEqual([0, 0, ['live'], { sockets: 0, calls: 0 }, 0]);
      },
      TEST_MS,
    );

    test(
      'an NFS server whose listener a program made serves mounts before, during and after a drain',
      async () => {
        await guest.load();
        expect(
          await python(`
from nfs import Server
server = Server(20049)
family = Family()
family.put(deny)
before = family.info()
with server.mounted():
    told = [server.size()]
    after = family.info()
    told.append([after['sockets'] - before['sockets'], after['counters'] == before['counters']])
    told.append(family.drain())
    told.append(server.size())
with server.mounted():
    told.append(server.size())
    family.arm()
    told.append(server.size())
with server.mounted():
    told.append(server.size())
    told.append([family.info()['counters'] == before['counters'], family.drain()])
    family.close()
    told.append(subprocess.run(['rmmod', 'riptides']).returncode)
    told.append(server.size())
server.stop()
tell(told=told)`),
        ).toEqual([
          6,
          [0, true],
          { sockets: 0, calls: 0 },
          6,
          6,
          6,
          6,
          [true, { sockets: 0, calls: 0 }],
          0,
          6,
        ]);
      },
      2 * TEST_MS,
    );
  },
);
