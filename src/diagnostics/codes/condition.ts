// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const CONDITION_CODES = {
  RTP1601: {
    title: 'a condition that is not CEL',
    what: 'A condition is not valid CEL.',
    why: 'A rule whose condition does not parse has no meaning.',
    fix: 'Correct the condition at the position shown.',
    example: '# wrong\nwhen: process.uid ==\n# right\nwhen: process.uid == 1001',
  },
  RTP1602: {
    title: 'a condition with a type error',
    what: 'A condition uses a field, variable or function that does not exist, or passes a wrong type.',
    why: 'Types are checked before anything runs, so that a condition never fails when it is needed.',
    fix: 'Correct the name or the types. The variables are process, destination, source, peer and time.',
    example: '# wrong\nwhen: process.user == "web"\n# right\nwhen: process.uid == 1001',
  },
  RTP1603: {
    title: 'a condition with the wrong result type',
    what: 'A condition evaluates to a number, a string or a time.',
    why: 'A condition must be true or false.',
    fix: 'Compare with ==, <, in, startsWith or endsWith.',
    example: '# wrong\nwhen: destination.port\n# right\nwhen: destination.port == 443',
  },
  RTP1604: {
    title: 'a condition that is too large',
    what: 'A condition is too long, nested too deeply, or its lists and loops have too many entries.',
    why: 'The time of a check, and of each connection, must be bounded for any input.',
    fix: 'Split the rule: several rules of an identity are alternatives.',
    example:
      'egress:\n  - selectors: [{ app: api }]\n    when: process.uid == 1001\n  - selectors: [{ app: api }]\n    when: process.uid == 1002',
  },
  RTP1605: {
    title: 'a condition that the kernel cannot decide',
    what: 'A condition is valid CEL, but cannot be decided in bounded time from what the kernel knows.',
    why: 'The kernel decides each connection while the process waits. It compares fields with constants; it does not search texts, do arithmetic, or know time zones.',
    fix: 'Compare fields with constants: ==, !=, <, <=, >, >=, in, startsWith, endsWith, cidr(…).containsIP(…), getHours(), getDayOfWeek().',
    example:
      '# wrong\nwhen: process.cmdline.contains("--prod")\n# right\nwhen: process.cmdline.startsWith("node server.js --prod")',
  },
  RTP1606: {
    title: 'a condition on a field that has no value yet',
    what: 'A condition uses a field that has no value here: the peer of a connection that is being opened, or the destination of one that is accepted.',
    why: 'The condition is evaluated before the connection exists.',
    fix: 'List the peers that the workload may connect to under allowedSPIFFEIDs.outbound.',
    example:
      '# wrong\negress:\n  - selectors: [{ app: api }]\n    when: peer.path == "/shop/api"\n# right\nallowedSPIFFEIDs:\n  outbound: ["spiffe://example.org/shop/api"]',
  },
  RTP1607: {
    title: 'a constant that a field cannot have',
    what: 'A field is compared with a string that can never be its value: too long, not an address, time, path or host name, or in upper case.',
    why: 'The comparison would always have the same result.',
    fix: 'Write the value in the form that the field has.',
    example: '# wrong\nwhen: destination.ip == "10.0.0"\n# right\nwhen: destination.ip == "10.0.0.1"',
  },
  RTP1608: {
    title: 'a constant that cannot be computed',
    what: 'The evaluation of a constant part of a condition fails: a division by zero, or an overflow.',
    why: 'It has no value that a field could be compared with.',
    fix: 'Correct it, or write the value itself.',
    example: '# wrong\nwhen: process.uid == 1000 / 0\n# right\nwhen: process.uid == 1000',
  },
  RTP1609: {
    title: 'a condition that always holds',
    what: 'A condition is true of every connection.',
    why: 'The rule allows as much as it would without the condition.',
    fix: 'Correct the condition, or remove it.',
    example:
      '# wrong\nwhen: process.uid != 0 || process.uid != 1001\n# right\nwhen: process.uid != 0 && process.uid != 1001',
  },
} as const satisfies Record<string, CodeEntry>;
