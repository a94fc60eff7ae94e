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
  RTP1711: {
    title: 'access that was not there when the policy was last applied',
    what: 'Something in the policy lets a process connect, or be connected to, where the policy that was last applied did not; or under less protection; or without a report; or it makes a process an identity. It is compared with the record that "riptides apply" keeps in git, as "riptides diff" does it.',
    why: 'A slip opens a way as quietly as a decision does: a prefix that is too short, a label on the wrong service, an audit that stayed.',
    fix: 'Apply the policy if it is meant: then it is what later changes are compared with. Take it back if it is not. To say that it was looked at, write a comment.',
    example:
      '# riptides:ignore RTP1711 the reports read the database since SHOP-41\n- selectors:\n    - app: db',
  },
  RTP1712: {
    title: 'a policy that was not compared with what was applied',
    what: 'There is a record of what was last applied, and the comparison with it was not made, or given up before its end: it takes too many steps, the record cannot be read, or some identities are for certain nodes and no node is named.',
    why: 'Access that is new (RTP1711) is then not found, or not all of it.',
    fix: 'Run "riptides diff", which takes more steps; name the node with --node; or, when the record is of another version of riptides, apply the policy.',
    example: 'riptides lint --node riptides/node-1',
  },
  RTP1713: {
    title: 'a service that is at a link-local address',
    what: 'An address of a service lies in fe80::/10.',
    why: 'Such an address belongs to one host on each link, and a policy has no word for the link: the rule grants it on every interface.',
    fix: 'Write an address that is the same on every link, such as a unique local one.',
    example: 'addresses:\n  - { address: "fd00:20::1", port: 443 }',
  },
  RTP1720: {
    title: 'a comment that ignores nothing',
    what: 'A comment "riptides:ignore" names no code or no reason, or there is no such finding at its line.',
    why: 'Left over, it would hide a later finding that nobody has looked at.',
    fix: 'Remove it, or write code and reason, on the line of the finding or the line before.',
    example: '# riptides:ignore RTP1703 until the new proxy is there',
  },
} as const satisfies Record<string, CodeEntry>;
