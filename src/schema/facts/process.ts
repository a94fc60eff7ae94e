// SPDX-License-Identifier: Apache-2.0
// Facts of a process and of its connection.

import { type Fact, facts } from './types.ts';

/** What the kernel knows of a process by itself. */
const KERNEL_FACTS = facts('kernel', 'process:', {
  name: [
    'the name of the process as ps shows it, at most 15 bytes',
    { type: 'process-name', forgeable: true, native: 'process:name' },
  ],
  'binary:path': ['the absolute path of its executable', { type: 'path', native: 'process:binary:path' }],
  uid: ['its effective user id', { type: 'id', native: 'process:uid' }],
  gid: ['its effective group id', { type: 'id', native: 'process:gid' }],
  cmdline: [
    'what its command line begins with, arguments joined by one space',
    { type: 'command-line', forgeable: true, native: 'process:cmdline' },
  ],
});

/** The kinds of namespaces, as /proc/PID/ns names them. */
const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const;

/** What the kernel finds out where a policy asks for it: KERNEL_LABELS. */
const LABEL_FACTS = facts('kernel', 'process:', {
  pid: ['its number in the initial namespace', { type: 'count' }],
  'uid:real': ['its real user id', { type: 'id' }],
  'gid:real': ['its real group id', { type: 'id' }],
  'gid:additional': ['a supplementary group of it', { type: 'id', many: true }],
  'binary:hash': ['the SHA-256 of its executable: sha256: and 64 hexadecimal digits', { type: 'hash' }],
  'parent:binary:path': [
    'the absolute path of the executable of its parent',
    { type: 'path', forgeable: true },
  ],
  'ancestor:binary:path': [
    'the absolute path of the executable of its parent, of the parent of that, and so on',
    { type: 'path', many: true, forgeable: true },
  ],
  cgroup: ['the path of its cgroup in the hierarchy of version 2', { type: 'cgroup' }],
  'env:<NAME>': ['a variable of the environment that it was started with', { forgeable: true }],
  ...Object.fromEntries(
    NAMESPACES.flatMap((kind) => [
      [
        `namespace:${kind}`,
        [`the inode number of its ${kind} namespace, as /proc/PID/ns shows it`, { type: 'count' }],
      ],
      [
        `namespace:${kind}:host`,
        [`whether its ${kind} namespace is the one of process 1`, { type: 'boolean' }],
      ],
    ]),
  ),
});

const PROC_FACTS = facts('procfs', 'process:', {
  'network:binding': ['an address and port that it listens on', { many: true, forgeable: true }],
});

const CONNECTION_FACTS = facts('connection', '', {
  'destination:port': ['the port that the process connects to', { type: 'port', native: 'destination:port' }],
  'destination:ip': ['the address that it connects to', { type: 'ip', native: 'destination:ip' }],
  'source:ip': ['the address of the peer whose connection it accepts', { type: 'ip', native: 'source:ip' }],
  'source:port': ['the port of that peer', { type: 'port', native: 'source:port' }],
  direction: ['output: it connects; input: it accepts', { type: 'direction', native: 'direction' }],
});

export const PROCESS_FACTS: readonly Fact[] = [
  ...KERNEL_FACTS,
  ...LABEL_FACTS,
  ...PROC_FACTS,
  ...CONNECTION_FACTS,
];
