// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const LOWER_CODES = {
  RTP1501: {
    title: 'the bundle is too large',
    what: 'The compiled policy is larger than 64 MiB, or its records refer to more than 256 MiB of text, counted as often as it is referred to.',
    why: 'The kernel holds it in memory that cannot be swapped out, twice while it is replaced, and looks at each text for each record that refers to it.',
    fix: 'Compile for one node with --node, or join services that are always selected together.',
    example: 'riptides compile --node riptides/daemon/web-1 policies',
  },
  RTP1502: {
    title: 'too many prefixes of one command line',
    what: 'More than 16 values of process:cmdline are prefixes of one another.',
    why: 'The kernel looks up every one of them each time such a process connects.',
    fix: 'Use fewer steps; select by process:binary:path where that is enough.',
    example: '- process:binary:path: /usr/bin/python3\n  process:cmdline: python3 /opt/shop/report.py',
  },
  RTP1503: {
    title: 'too many lengths of command lines',
    what: 'The values of process:cmdline have more than 256 different lengths.',
    why: 'The kernel computes one hash for each length each time a process connects.',
    fix: 'Cut the values to a common length, or select by process:binary:path.',
    example: '- process:binary:path: /opt/shop/bin/report',
  },
  RTP1504: {
    title: 'too many selectors for one value',
    what: 'One value of one fact brings more than 1024 selectors into question.',
    why: 'The kernel checks each of them each time a process with this value connects.',
    fix: 'Add a rarer fact to the selectors, such as process:binary:path.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
  RTP1505: {
    title: 'a selector demands too much',
    what: 'A selector has more than 8 facts.',
    why: 'The kernel checks each of them.',
    fix: 'Keep the facts that tell the program apart from others.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
  RTP1506: {
    title: 'a service is selected in too many ways',
    what: 'Egress rules select the service together with more than 4096 different sets of others.',
    why: 'The kernel looks through the sets each time somebody connects to the service.',
    fix: 'Let rules select by the same labels, so that they choose the same services.',
    example: 'egress:\n  - selectors:\n      - tier: backend',
  },
  RTP1507: {
    title: 'too many services at one address',
    what: 'More than 256 services share one address and port, or egress rules select those there in more than 32,768 different sets.',
    why: 'The kernel looks through them each time somebody connects there.',
    fix: 'Join the services: one can have many labels.',
    example: 'labels: { app: api, tier: backend }',
  },
  RTP1508: {
    title: 'values that collide',
    what: 'More than 32 values fall into one bucket of a hash table, and a larger table does not part them.',
    why: 'Look-ups would become slow. By chance this does not happen: the values have been chosen for it.',
    fix: 'Change the values named.',
    example: 'process:uid: 1001',
  },
  RTP1509: {
    title: 'a text is too long',
    what: 'A text of the compiled policy is longer than 4095 bytes.',
    why: 'The kernel takes no longer ones.',
    fix: 'Shorten it.',
    example: 'metadata: { name: api }',
  },
  RTP1510: {
    title: 'too many ways to name one value',
    what: 'One value of one fact stands in more than 1024 different lists of values.',
    why: 'The kernel looks through them each time a process with this value connects.',
    fix: 'Write the same list wherever the same is meant, or one value in each selector.',
    example: '- process:uid: [1001, 1002]',
  },
  RTP1511: {
    title: 'a condition is too long',
    what: 'A rule, its condition and its lists together need more than 256 steps to be decided.',
    why: 'The kernel runs the condition each time such a connection is opened, and its time must be bounded.',
    fix: 'Split the rule: several rules of an identity are alternatives.',
    example: 'egress:\n  - selectors: [{ app: api }]\n    when: process.uid in [1001, 1002]',
  },
  RTP1512: {
    title: 'too many rules with conditions',
    what: 'More than 128 egress rules of one identity have conditions, or more than 31 of them select the same services.',
    why: 'All of them may have to be tried for one connection.',
    fix: 'Join rules that select the same services: conditions can be joined with ||, ports and windows are lists.',
    example: 'egress:\n  - selectors: [{ app: api }, { app: db }]\n    ports: [5432, 8080]',
  },
  RTP1513: {
    title: 'too many inbound rules',
    what: 'An identity has more than 256 rules about who may connect to it.',
    why: 'All of them may have to be tried for one connection.',
    fix: 'Join rules: one can name many peers, and a peer may end in /*.',
    example: 'allowedSPIFFEIDs:\n  inbound: ["spiffe://example.org/shop/*"]',
  },
  RTP1514: {
    title: 'a rule that never grants anything',
    what: 'The conditions of a rule (when, ports, notBefore, notAfter, windows, peers) can never hold at once, or one of them never holds.',
    why: 'The rule grants nothing. Whoever reads it believes that it does.',
    fix: 'Correct the conditions, or remove the rule.',
    example:
      'when: process.uid == 1001\nports: [443]\nnotBefore: "2026-01-01T00:00:00Z"\nnotAfter: "2026-02-01T00:00:00Z"',
  },
} as const satisfies Record<string, CodeEntry>;
