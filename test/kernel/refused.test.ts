// SPDX-License-Identifier: Apache-2.0
//
// Sockets that a program of BPF refuses after they were given to the gate, many at a time. Two minutes for each kernel under emulation: runs in
// `make test-all` only.

import { describe, expect, test } from '@jest/globals';
import { KERNELS, patience, useGuest } from './suite.ts';

/** In the registry of sockets; each can keep one that was refused, until another is added to it. */
const BUCKETS = 1 << 13;
/**
 * How often a program loses its processor between making a socket and its refusal, while another socket is made. Without removal, two of
 * five refused sockets would stay.
 */
const PREEMPTIONS = 6 * BUCKETS;

const isWanted = process.env['RIPTIDES_LONG'] !== undefined;

(isWanted ? describe : describe.skip).each(KERNELS)('refused sockets on kernel %s', (series) => {
  const TEST_MS = 600_000 * patience(series);
  const guest = useGuest(series, { loaded: true, kernelArgs: ['preempt=full'] });

  test(
    'cannot fill the registry, nor keep the module, where others are made before they are refused',
    async () => {
      const told = await guest.python(
        `
from bpf import refuse_sockets
group = '/sys/fs/cgroup/refused'
os.makedirs(group, exist_ok=True)
def start(work, processor):
    pid = os.fork()
    if not pid:
        os.sched_setaffinity(0, {processor})
        work()
    return pid
def make_refused():
    with open(group + '/cgroup.procs', 'w') as file: file.write('0')
    tell(refused=attempt(socket.socket))
    while True:
        attempt(socket.socket)
def make_between():
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    while True:
        socket.socket().close()
        time.sleep(0.001)
def preemptions(pid):
    with open(f'/proc/{pid}/status') as file:
        return int(file.read().split('nonvoluntary_ctxt_switches:')[1].split()[0])
family = Family()
with refuse_sockets(group, 20000):
    makers = [start(make_refused, processor) for processor in os.sched_getaffinity(0)]
    others = [start(make_between, processor) for processor in os.sched_getaffinity(0)]
    most = 0
    while sum(preemptions(pid) for pid in makers) < ${PREEMPTIONS}:
        time.sleep(0.5)
        most = max(most, family.info()['sockets'])
    left = family.drain(120)
    for pid in makers + others:
        os.kill(pid, 9); os.waitpid(pid, 0)
os.rmdir(group)
tell(most=most, left=left)`,
        { timeoutMs: TEST_MS },
      );
      expect(told).toEqual({ refused: 'EPERM', most: expect.any(Number), left: { sockets: 0, calls: 0 } });
      expect((told as { most: number }).most).toBeLessThan(BUCKETS);
    },
    TEST_MS,
  );
});
