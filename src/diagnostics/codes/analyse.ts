// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const ANALYSE_CODES = {
  RTP1401: {
    title: 'nothing selects a service',
    what: 'No egress rule of any identity selects the service.',
    why: 'No identity may connect to it. Either a rule is missing or the service is no longer used.',
    fix: 'Select it in an egress rule, or remove it.',
    example: 'egress:\n  - selectors:\n      - app: api',
  },
  RTP1402: {
    title: 'an unreachable rule',
    what: 'Earlier rules of the identity grant all that an egress rule grants, or an earlier ingress rule (allowedSPIFFEIDs.inbound comes first) admits all that one admits.',
    why: 'The first rule that matches decides, so the later one, and its mode, has no effect.',
    fix: 'Remove one of the two.',
    example:
      '# the second is never used\negress:\n  - selectors: [{ app: api }]\n  - selectors: [{ app: api }]\n    mode: audit',
  },
  RTP1403: {
    title: 'a shadowed selector',
    what: 'A selector of another identity requires the same facts on the same nodes, and takes precedence.',
    why: 'The process always gets the other identity.',
    fix: 'Require another fact in one of them, such as process:uid or process:binary:path.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
  RTP1404: {
    title: 'selectors that overlap',
    what: 'Selectors of two identities require the same number of facts, and one process can match both.',
    why: 'The order of precedence decides which identity it gets, which is easy to overlook.',
    fix: 'Require another fact in the one that should take precedence.',
    example: '- process:uid: 1001\n  process:binary:path: /opt/shop/bin/web',
  },
  RTP1408: {
    title: 'a binding that no egress rule can use',
    what: 'A credential is injected into requests to services that the identity may not connect to.',
    why: 'The connection is denied before anything can be injected.',
    fix: 'Allow the connection with an egress rule, or correct the selectors of the injection.',
    example: 'egress:\n  - selectors: [{ api: git }]',
  },
  RTP1410: {
    title: 'a peer that does not exist',
    what: 'A list of peers names an identity of this trust domain that the policy does not define.',
    why: 'No workload can present it. Often the workload ID is misspelt, or was renamed.',
    fix: 'Correct the workload ID, add the identity, or remove the entry.',
    example: 'allowedSPIFFEIDs:\n  inbound: ["spiffe://example.org/shop/web"]',
  },
  RTP1411: {
    title: 'a peer that is allowed on one side only',
    what: 'An identity accepts connections from another one, which is not allowed to connect to it.',
    why: 'Both sides must allow a connection. This one is denied on the side that connects.',
    fix: 'Add the identity to allowedSPIFFEIDs.outbound of the other, or remove the entry.',
    example: '# of shop/web\nallowedSPIFFEIDs:\n  outbound: ["spiffe://example.org/shop/api"]',
  },
  RTP1412: {
    title: 'an identity that no peer may connect to',
    what: 'An identity lists its peers, and none of them exists or is allowed to connect.',
    why: 'Every connection to it is denied.',
    fix: 'Allow a peer, or remove allowedSPIFFEIDs.inbound and ingress so that the default posture decides.',
    example: 'allowedSPIFFEIDs:\n  inbound: ["spiffe://example.org/shop/web"]',
  },
  RTP1413: {
    title: 'a rule at ports that its services do not have',
    what: 'An egress rule is limited to ports (by `ports` or `when`), and none of the services that it selects has one of them.',
    why: 'The rule allows nothing: a connection must match an address or name, and a port, of the service.',
    fix: 'Correct the ports of the rule, or add the port to the service.',
    example: '# the service has port 8080\negress:\n  - selectors: [{ app: api }]\n    ports: [8080]',
  },
  RTP1414: {
    title: 'an entry that another one covers',
    what: 'An entry is in a list twice, or another entry of the list covers all that it matches: a prefix covers an address, a pattern a SPIFFE ID, a range a port, a selector with fewer labels one with more.',
    why: 'It adds nothing. Often another value was meant.',
    fix: 'Correct the entry, or remove it.',
    example:
      '# the second adds nothing\naddresses:\n  - { address: 10.0.0.0/8, port: 443 }\n  - { address: 10.1.0.0/16, port: 443 }',
  },
  RTP1415: {
    title: 'a rule that no connection of its identity matches',
    what: 'The selectors of an identity and the conditions of a rule demand different values of the same fact, or the conditions leave out every address of the services.',
    why: 'The rule decides nothing, although it reads as if it did.',
    fix: 'Correct the rule, the selectors or the addresses, or remove the rule.',
    example:
      '# never\nselectors: [{ process:uid: 1001 }]\negress:\n  - selectors: [{ app: api }]\n    when: process.uid == 1002',
  },
} as const satisfies Record<string, CodeEntry>;
