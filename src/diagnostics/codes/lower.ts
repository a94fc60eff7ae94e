// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const LOWER_CODES = {
  RTP1501: {
    title: 'the bundle is too large',
    what: 'The bundle is larger than 64 MiB, or its records reference more than 256 MiB of text, counted once for each reference.',
    why: 'The kernel holds it in memory that cannot be swapped out, twice during a commit, and verifies each reference.',
    fix: 'Compile for one node with --node, or merge services that are always selected together.',
    example: 'riptides compile --node riptides/daemon/web-1 policies',
  },
  RTP1502: {
    title: 'too many nested prefixes of a command line',
    what: 'More than 16 values of process:cmdline are prefixes of one another.',
    why: 'The kernel looks up each of them whenever such a process connects.',
    fix: 'Use fewer prefixes; select by process:binary:path where that is enough.',
    example: '- process:binary:path: /usr/bin/python3\n  process:cmdline: python3 /opt/shop/report.py',
  },
  RTP1503: {
    title: 'too many lengths of command lines',
    what: 'The values of process:cmdline have more than 256 different lengths.',
    why: 'The kernel computes a hash for each length whenever a process connects.',
    fix: 'Truncate the values to a common length, or select by process:binary:path.',
    example: '- process:binary:path: /opt/shop/bin/report',
  },
  RTP1504: {
    title: 'too many selectors for one value',
    what: 'More than 1024 selectors are candidates for one value of a fact.',
    why: 'The kernel checks each of them whenever a process with this value connects.',
    fix: 'Add a rarer fact to the selectors, such as process:binary:path.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
  RTP1505: {
    title: 'a selector with too many facts',
    what: 'A selector has more than 8 facts.',
    why: 'The kernel checks each of them.',
    fix: 'Keep the facts that distinguish the program from others.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
  RTP1506: {
    title: 'a service is in too many sets',
    what: 'Egress rules select the service in more than 4096 different sets of services.',
    why: 'The kernel searches the sets whenever a process connects to the service.',
    fix: 'Use the same labels in several rules, so that they select the same services.',
    example: 'egress:\n  - selectors:\n      - tier: backend',
  },
  RTP1507: {
    title: 'too many services at one address',
    what: 'More than 256 services share one address and port, or egress rules select those there in more than 32,768 different sets.',
    why: 'The kernel searches them whenever a process connects there.',
    fix: 'Merge the services: one can have many labels.',
    example: 'labels: { app: api, tier: backend }',
  },
  RTP1508: {
    title: 'values that collide',
    what: 'More than 32 values are in one bucket of a hash table, and a larger table does not separate them.',
    why: 'Look-ups would be slow. This does not happen by chance: the values were chosen to collide.',
    fix: 'Change the values named.',
    example: 'process:uid: 1001',
  },
  RTP1509: {
    title: 'a text is too long',
    what: 'A text of the bundle is longer than 4095 bytes.',
    why: 'That is the limit of the kernel.',
    fix: 'Shorten it.',
    example: 'metadata: { name: api }',
  },
  RTP1510: {
    title: 'a value in too many lists',
    what: 'One value of a fact is in more than 1024 different lists of values.',
    why: 'The kernel searches them whenever a process with this value connects.',
    fix: 'Use the same list in several selectors, or one value in each.',
    example: '- process:uid: [1001, 1002]',
  },
  RTP1511: {
    title: 'a condition is too long',
    what: 'The evaluation of a rule with its condition and lists takes more than 256 steps.',
    why: 'The kernel evaluates the condition whenever such a connection is opened, and its time must be bounded.',
    fix: 'Split the rule: several rules of an identity are alternatives.',
    example: 'egress:\n  - selectors: [{ app: api }]\n    when: process.uid in [1001, 1002]',
  },
  RTP1512: {
    title: 'too many rules with conditions',
    what: 'More than 128 egress rules of one identity have conditions, or more than 31 of them select the same services.',
    why: 'All of them may have to be tried for one connection.',
    fix: 'Merge rules that select the same services: conditions can be combined with ||, ports and windows are lists.',
    example: 'egress:\n  - selectors: [{ app: api }, { app: db }]\n    ports: [5432, 8080]',
  },
  RTP1513: {
    title: 'too many inbound rules',
    what: 'An identity has more than 256 inbound rules.',
    why: 'All of them may have to be tried for one connection.',
    fix: 'Merge rules: one can name many peers, and a peer may end in /*.',
    example: 'allowedSPIFFEIDs:\n  inbound: ["spiffe://example.org/shop/*"]',
  },
  RTP1514: {
    title: 'a rule that never grants anything',
    what: 'The conditions of a rule (when, ports, notBefore, notAfter, windows, peers) exclude each other, or one of them is never true.',
    why: 'The rule grants nothing, although it reads as if it did.',
    fix: 'Correct the conditions, or remove the rule.',
    example:
      'when: process.uid == 1001\nports: [443]\nnotBefore: "2026-01-01T00:00:00Z"\nnotAfter: "2026-02-01T00:00:00Z"',
  },
  RTP1515: {
    title: 'too many names for the kernel to look for',
    what: 'Selectors and workload IDs name more than 16 variables of the environment (process:env:…), one whose name is longer than 128 bytes, or more than 32 supplementary groups (process:gid:additional).',
    why: 'The kernel looks for each of them in every process that connects.',
    fix: 'Name fewer; where many users are meant, select by process:gid or process:binary:path.',
    example: '- process:gid: 1001\n  process:gid:additional: 27',
  },
} as const satisfies Record<string, CodeEntry>;
