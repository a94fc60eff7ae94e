// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const LINT_CODES = {
  RTP1701: {
    title: 'a selector that any process can match',
    what: 'A process can choose every fact of the selector: its name, its command line, its environment.',
    why: 'Any user who can start a program can assume the identity.',
    fix: 'Add a fact that the process cannot choose: process:binary:path, process:uid, the image of its container.',
    example: 'selectors:\n  - process:name: web\n    process:binary:path: /opt/shop/bin/web',
  },
  RTP1702: {
    title: 'a service that is most of the internet',
    what: 'An address of a service is a prefix shorter than /8 (IPv4) or /32 (IPv6).',
    why: 'An identity that is granted the service can connect nearly anywhere.',
    fix: 'Write the networks that are meant.',
    example: 'addresses:\n  - { address: 192.0.2.0/24, port: 443 }',
  },
  RTP1703: {
    title: 'an identity that is not enforced',
    what: 'The mode of an identity is audit or off.',
    why: 'Connections that its rules do not grant are allowed. That suits a trial, and is easily forgotten.',
    fix: 'Set the mode to enforce, or state in a comment how long it stays.',
    example: '# riptides:ignore RTP1703 until the new proxy is there\nmode: audit',
  },
  RTP1704: {
    title: 'an expired entry',
    what: 'The notAfter of a rule or a binding is in the past.',
    why: 'It grants nothing any more, and obscures the rules that do.',
    fix: 'Remove it, or write a later time.',
    example: 'notAfter: "2027-01-01T00:00:00Z"',
  },
  RTP1705: {
    title: 'a whole trust domain is admitted',
    what: 'A list of peers contains spiffe://<trust domain>/*.',
    why: 'Every workload can connect, including one that is compromised.',
    fix: 'Name the workloads that connect, or a prefix of their IDs.',
    example: 'allowedSPIFFEIDs:\n  inbound: ["spiffe://example.org/shop/*"]',
  },
  RTP1706: {
    title: 'an external service without TLS',
    what: 'A service is external, and tls is not set.',
    why: 'What is sent there can be read and changed in transit.',
    fix: 'Set tls: true if the service uses TLS.',
    example: 'spec:\n  external: true\n  tls: true',
  },
  RTP1707: {
    title: 'a project that denies nothing',
    what: 'The field spec.defaultPosture.egress is allow.',
    why: 'Egress rules then deny nothing.',
    fix: 'Write audit to see what would be denied, then deny.',
    example: 'defaultPosture: { egress: audit }',
  },
  RTP1708: {
    title: 'a certificate with a long lifetime',
    what: 'The field spec.svid.x509.ttl is longer than a day.',
    why: 'A certificate cannot be revoked before it expires.',
    fix: 'Write 86400s or less; certificates are renewed automatically.',
    example: 'svid: { x509: { ttl: 3600s } }',
  },
  RTP1709: {
    title: 'a policy without tests',
    what: 'There is no PolicyTest in the policy or in the directory "tests".',
    why: 'Nothing detects a change that allows or denies a connection.',
    fix: 'Write a PolicyTest, and run "riptides test".',
    example:
      'kind: PolicyTest\nspec:\n  tests:\n    - { name: web reaches the api, process: { as: shop/web }, to: "10.20.0.20:8080", expect: allow }',
  },
  RTP1710: {
    title: 'a selector that matches every program of root',
    what: 'A selector names the user 0 and no program.',
    why: 'Nearly everything on a host can become the identity.',
    fix: 'Add process:binary:path.',
    example: '- process:uid: 0\n  process:binary:path: /usr/sbin/backup',
  },
  RTP1711: {
    title: 'access that was added since the policy was last applied',
    what: 'The policy allows a connection that the last applied policy denied, protected better or reported; or it gives a process an identity. The comparison is with the record that "riptides apply" keeps in git, as in "riptides diff".',
    why: 'A mistake widens access as silently as a decision does: a prefix that is too short, a label on the wrong service, an audit mode that was left on.',
    fix: 'Apply the policy if the change is intended: later changes are then compared with it. Otherwise revert it. To record that it was reviewed, write a comment.',
    example:
      '# riptides:ignore RTP1711 the reports read the database since SHOP-41\n- selectors:\n    - app: db',
  },
  RTP1712: {
    title: 'a policy that was not compared with what was applied',
    what: 'There is a record of what was last applied, but the comparison with it was not made or not completed: it takes too many steps, the record cannot be read, or some identities have a scope and no node is named.',
    why: 'Added access (RTP1711) may not be reported.',
    fix: 'Run "riptides diff", which has a higher limit; name the node with --node; or, when the record is of another version of riptides, apply the policy.',
    example: 'riptides lint --node riptides/node-1',
  },
  RTP1713: {
    title: 'a service that is at a link-local address',
    what: 'An address of a service lies in fe80::/10.',
    why: 'Such an address belongs to one host on each link, and a policy cannot name the link: the rule grants it on every interface.',
    fix: 'Write an address that is the same on every link, such as a unique local one.',
    example: 'addresses:\n  - { address: "fd00:20::1", port: 443 }',
  },
  RTP1714: {
    title: 'datagrams that nobody decides',
    what: 'The default for connections out is deny, and the project does not say whether UDP is governed.',
    why: 'TCP alone is governed then: DNS, QUIC and everything else over UDP reaches every destination.',
    fix: 'Write transports: [tcp, udp], and services for the destinations of datagrams, a name server for instance. If UDP is closed in another way, write transports: [tcp].',
    example:
      'spec:\n  trustDomain: shop.example\n  defaultPosture: { egress: deny }\n  transports: [tcp, udp]',
  },
  RTP1720: {
    title: 'a comment that suppresses nothing',
    what: 'A comment "riptides:ignore" names no code or no reason, or there is no such warning on its line.',
    why: 'A stale comment would hide a later warning that nobody has reviewed.',
    fix: 'Remove it, or write code and reason on the line of the warning or on the line before.',
    example: '# riptides:ignore RTP1703 until the new proxy is there',
  },
} as const satisfies Record<string, CodeEntry>;
