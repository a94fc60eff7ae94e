// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import { findProblems, KernelLog } from './kernel-log.ts';

const stamped = (...lines: string[]): string[] =>
  lines.map((line, index) => `[   12.${100000 + index}] ${line}`);

test.each([
  'WARNING: CPU: 0 PID: 209 at net/core/stream.c:205 sk_stream_kill_queues+0x2c/0x100',
  'WARNING: possible circular locking dependency detected',
  'WARNING: suspicious RCU usage',
  'BUG: kernel NULL pointer dereference, address: 0000000000000008',
  'BUG: KASAN: slab-use-after-free in rt_conn_put+0x10/0x20',
  'BUG: sleeping function called from invalid context at mm/slab.h:400',
  'BUG TCP (Tainted: G    B     OE     ): Objects remaining in TCP on __kmem_cache_shutdown()',
  'kernel BUG at mm/slub.c:4000!',
  'Oops: 0002 [#1] PREEMPT SMP NOPTI',
  'general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1]',
  'Kernel panic - not syncing: sysrq triggered crash',
  'UBSAN: array-index-out-of-bounds in drivers/x.c:1:2',
  'ODEBUG: free active (active state 0) object type: timer_list hint: rt_timeout+0x0/0x10',
  'refcount_t: underflow; use-after-free.',
  'list_del corruption. prev->next should be ffff, but was 0000',
  'rcu: INFO: rcu_preempt self-detected stall on CPU',
  'INFO: task riptides:300 blocked for more than 120 seconds.',
  'watchdog: BUG: soft lockup - CPU#1 stuck for 52s! [kworker/1:1:40]',
  'kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
  'unregister_netdevice: waiting for lo to become free. Usage count = 2',
])('finds: %s', (line) => {
  expect(findProblems(stamped('x: fine', line)).map(({ headline }) => headline)).toEqual([line]);
});

test.each([
  'debug: unmapping init [mem 0xffffffff82c00000-0xffffffff82dfffff]',
  'Unstable clock detected, switching default tracing clock to "global"',
  'RCU CPU stall warnings timeout set to 60 (rcu_cpu_stall_timeout).',
  'RAS: Correctable Errors collector initialized.',
  'ACPI: Early table checksum verification disabled',
  'hello: module verification failed: signature and/or required key missing - tainting kernel',
  'node[321]: segfault at 0 ip 0000000000401136 sp 00007ffd error 6 in crash[401000+1000]',
  'TCP: request_sock_TCP: Possible SYN flooding on port 8080. Sending cookies.',
])('passes over: %s', (line) => {
  expect(findProblems(stamped(line))).toEqual([]);
});

const warning = [
  '------------[ cut here ]------------',
  'misbehave: as asked',
  'WARNING: CPU: 0 PID: 209 at misbehave.c:79 misbehave_init+0x2c/0x1000 [misbehave]',
  'Call Trace:',
  ' <TASK>',
  '---[ end trace 0000000000000000 ]---',
];

test('makes one finding of a report, from its first line to its last', () => {
  const lines = stamped('before', ...warning, 'between', ...warning, 'after');
  const findings = findProblems(lines);
  expect(findings.map(({ text }) => text.split('\n'))).toEqual([lines.slice(1, 7), lines.slice(8, 14)]);
});

test('passes over a report when any of its lines is to be ignored', () => {
  expect(findProblems(stamped(...warning), [/misbehave: as asked/])).toEqual([]);
  expect(findProblems(stamped(...warning), [/something else/])).toHaveLength(1);
});

test('does not take what follows a stack trace for a part of it', () => {
  const trace = [
    'Call Trace:',
    ' <TASK>',
    ' dump_stack_lvl+0x57/0x7d',
    ' should_fail_ex+0x10/0x20',
    ' </TASK>',
  ];
  const findings = findProblems(stamped(...trace, 'BUG: bad', ...trace), [
    /^.*Call Trace:[^]*should_fail_ex/,
  ]);
  expect(findings.map(({ headline }) => headline)).toEqual(['BUG: bad']);
});

test('puts lines together from chunks, and tells each finding until it is taken', () => {
  const log = new KernelLog();
  const seen: string[] = [];
  const stop = log.onLine((line) => seen.push(line));
  log.append('[    1.000000] fi');
  log.append('ne\r\n[    2.000000] BUG: bad\r\n[    3.0');
  stop();
  log.append('00000] more\n');
  expect(seen).toEqual(['[    1.000000] fine', '[    2.000000] BUG: bad']);
  expect(log.findings()).toHaveLength(1);
  expect(log.takeFindings()).toHaveLength(1);
  expect(log.takeFindings()).toHaveLength(0);
  expect(log.tail(2)).toBe('[    3.000000] more');
});
