// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const ANALYSE_CODES = {
  RTP1401: {
    title: 'nothing selects a service',
    what: 'No egress rule of any identity selects the service.',
    why: 'Nobody is granted the way to it. Either a rule is missing or the service is no longer used.',
    fix: 'Select it in an egress rule, or remove it.',
    example: 'egress:\n  - selectors:\n      - app: api',
  },
  RTP1402: {
    title: 'an egress rule that is never used',
    what: 'An earlier egress rule of the identity grants the same services.',
    why: 'The first rule that grants a destination decides, so the later one has no effect, and neither has its mode.',
    fix: 'Remove one of the two.',
    example:
      '# the second is never used\negress:\n  - selectors: [{ app: api }]\n  - selectors: [{ app: api }]\n    mode: audit',
  },
  RTP1403: {
    title: 'a selector that never wins',
    what: 'A selector of another identity demands exactly the same, is for the same nodes, and takes precedence.',
    why: 'The process gets the other identity, always.',
    fix: 'Demand something more in one of them: another user, another binary.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
  RTP1404: {
    title: 'selectors that overlap',
    what: 'Selectors of two identities demand the same number of facts, and one process can satisfy both.',
    why: 'Which identity it gets is decided by the order of precedence, which is easy to overlook.',
    fix: 'Demand something more in the one that should win.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
  RTP1408: {
    title: 'a binding that no egress rule can use',
    what: 'A credential is injected towards services to which the identity may not connect.',
    why: 'The connection is refused before anything could be injected.',
    fix: 'Grant the way with an egress rule, or correct the selectors of the injection.',
    example: 'egress:\n  - selectors: [{ api: git }]',
  },
  RTP1410: {
    title: 'a peer that does not exist',
    what: 'A rule about who may connect names an identity of the own trust domain that the policy does not have.',
    why: 'Nobody can prove to be it. Often the workload ID is misspelt, or was renamed.',
    fix: 'Correct the workload ID, add the identity, or remove the entry.',
    example: 'allowedSPIFFEIDs:\n  inbound: ["spiffe://example.org/shop/web"]',
  },
  RTP1411: {
    title: 'a peer that is admitted on one side only',
    what: 'An identity admits another one, which is not allowed to connect to it.',
    why: 'Both sides must agree. The connection fails on the side of the one that connects.',
    fix: 'Add the identity to allowedSPIFFEIDs.outbound of the other, or remove the entry.',
    example: '# of shop/web\nallowedSPIFFEIDs:\n  outbound: ["spiffe://example.org/shop/api"]',
  },
  RTP1412: {
    title: 'an identity that nobody may connect to',
    what: 'An identity says who may connect to it, and none of them exists or is allowed to.',
    why: 'Every connection to it is refused.',
    fix: 'Admit a peer, or remove allowedSPIFFEIDs.inbound and ingress to leave it to the posture.',
    example: 'allowedSPIFFEIDs:\n  inbound: ["spiffe://example.org/shop/web"]',
  },
  RTP1413: {
    title: 'a rule at ports that its services do not have',
    what: 'An egress rule is limited to ports, by ports or by when, and none of the services that it selects has one of them.',
    why: 'The rule grants nothing: a connection must be to an address or a name of the service, and at a port of it.',
    fix: 'Correct the ports of the rule, or add the port to the service.',
    example: '# the service has port 8080\negress:\n  - selectors: [{ app: api }]\n    ports: [8080]',
  },
} as const satisfies Record<string, CodeEntry>;
