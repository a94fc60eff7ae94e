// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const LINT_CODES = {
  RTP1701: {
    title: 'a selector that any process can fulfil',
    what: 'Every fact of a selector can be chosen by the process itself: its name, its command line, its environment.',
    why: 'Whoever can start a program can become the identity.',
    fix: 'Add a fact that the process cannot choose: process:binary:path, process:uid, the image of its container.',
    example: 'selectors:\n  - process:name: web\n    process:binary:path: /opt/shop/bin/web',
  },
  RTP1702: {
    title: 'a service that is most of the internet',
    what: 'An address of a service is a prefix shorter than /8 (IPv4) or /32 (IPv6).',
    why: 'Whoever is granted the service can connect nearly anywhere.',
    fix: 'Write the networks that are meant.',
    example: 'addresses:\n  - { address: 192.0.2.0/24, port: 443 }',
  },
  RTP1703: {
    title: 'an identity that is not enforced',
    what: 'The mode of an identity is audit or off.',
    why: 'What its rules do not grant goes on. That is right while a policy is tried out, and easily forgotten.',
    fix: 'Set the mode to enforce, or say in a comment until when it stays.',
    example: '# riptides:ignore RTP1703 until the new proxy is there\nmode: audit',
  },
  RTP1704: {
    title: 'an entry whose time is over',
    what: 'The notAfter of a rule or a binding is in the past.',
    why: 'It grants nothing any more, and hides what does.',
    fix: 'Remove it, or write a later moment.',
    example: 'notAfter: "2027-01-01T00:00:00Z"',
  },
  RTP1705: {
    title: 'everybody of a trust domain is admitted',
    what: 'A list of peers holds spiffe://<trust domain>/*.',
    why: 'Every workload can connect, also one that was taken over.',
    fix: 'Name the workloads that connect, or a folder of them.',
    example: 'allowedSPIFFEIDs:\n  inbound: ["spiffe://example.org/shop/*"]',
  },
  RTP1706: {
    title: 'an external service without TLS',
    what: 'A service is external, and tls is not set.',
    why: 'What is sent there can be read and changed on the way.',
    fix: 'Set tls: true if the service speaks it.',
    example: 'spec:\n  external: true\n  tls: true',
  },
  RTP1707: {
    title: 'a project that refuses nothing',
    what: 'The field spec.defaultPosture.egress is allow.',
    why: 'Egress rules then refuse nothing.',
    fix: 'Write audit to see what would be refused, then deny.',
    example: 'defaultPosture: { egress: audit }',
  },
  RTP1708: {
    title: 'a certificate that lives for long',
    what: 'The field spec.svid.x509.ttl is longer than a day.',
    why: 'A certificate cannot be called back before it ends.',
    fix: 'Write 86400s or less; certificates are renewed by themselves.',
    example: 'svid: { x509: { ttl: 3600s } }',
  },
  RTP1709: {
    title: 'a policy without tests',
    what: 'There is no PolicyTest among the documents, nor in the directory "tests".',
    why: 'A change that opens or closes a way is seen by nobody.',
    fix: 'Write a PolicyTest, and run "riptides test".',
    example:
      'kind: PolicyTest\nspec:\n  tests:\n    - { name: web reaches the api, process: { as: shop/web }, to: "10.20.0.20:8080", expect: allow }',
  },
  RTP1710: {
    title: 'a selector of everything that root runs',
    what: 'A selector asks for the user 0 and for no program.',
    why: 'Nearly everything on a host can become the identity.',
    fix: 'Add process:binary:path.',
    example: '- process:uid: 0\n  process:binary:path: /usr/sbin/backup',
  },
  RTP1720: {
    title: 'a comment that ignores nothing',
    what: 'A comment "riptides:ignore" names no code or no reason, or there is no such finding at its line.',
    why: 'Left over, it would hide a later finding that nobody has looked at.',
    fix: 'Remove it, or write code and reason, on the line of the finding or the line before.',
    example: '# riptides:ignore RTP1703 until the new proxy is there',
  },
} as const satisfies Record<string, CodeEntry>;
