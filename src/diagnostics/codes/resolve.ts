// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const RESOLVE_CODES = {
  RTP1201: {
    title: 'the policy has no Project',
    what: 'None of the documents is of kind Project.',
    why: 'The Project names the trust domain and says what becomes of connections that nothing grants.',
    fix: 'Add riptides.yaml at the root of the policy, or name the directory that holds it.',
    example:
      'apiVersion: core.riptides.io/v1alpha1\nkind: Project\nmetadata: { name: shop }\nspec:\n  trustDomain: shop.example\n  defaultPosture: { egress: deny }',
  },
  RTP1202: {
    title: 'the policy has more than one Project',
    what: 'Two documents are of kind Project.',
    why: 'There is one trust domain and one default on a node; which of the two counts is not for riptides to guess.',
    fix: 'Keep one, or compile the policies separately.',
    example: 'riptides validate shop && riptides validate build-host',
  },
  RTP1203: {
    title: 'a name is used twice',
    what: 'Two documents of one kind have the same name.',
    why: 'The name is how plans, history and metrics speak of the document.',
    fix: 'Rename one of the two, or merge them.',
    example: 'metadata: { name: api-canary }',
  },
  RTP1204: {
    title: 'a workload ID is used twice',
    what: 'Two WorkloadIdentities have the same workloadID.',
    why: 'Two documents would give one identity two sets of rules.',
    fix: 'Merge them: a list of selectors is "or". Or give one of them an ID of its own.',
    example:
      'selectors:\n  - process:binary:path: /opt/shop/bin/api\n  - process:binary:path: /opt/shop/bin/api-canary',
  },
  RTP1205: {
    title: 'an egress selector selects no service',
    what: 'No Service has all the labels that the selector demands.',
    why: 'The rule would grant nothing. It is more often a misspelt label than an intention.',
    fix: 'Correct the label, or add the Service. Egress selectors match spec.labels of Services, not their names.',
    example: '# selects\n- app: api\n# a Service with\nlabels: { app: api, tier: backend }',
  },
  RTP1206: {
    title: 'a scope, but no node',
    what: 'An identity is for one node (scope.daemon.id), and riptides was not told which node it compiles for.',
    why: 'Without the node the identity would be given on every node: wider than it was written.',
    fix: 'Name the node with --node and its workload ID, or remove the scope.',
    example: 'riptides compile --node riptides/daemon/web-1 policies',
  },
  RTP1207: {
    title: 'an address that is no destination',
    what: 'A service has the address 0.0.0.0 or ::.',
    why: 'It means "any" when a program listens, and itself when it connects; neither is a service.',
    fix: 'For any destination write the prefix 0.0.0.0/0 or ::/0. For one host write its address.',
    example: '# wrong\naddress: 0.0.0.0\n# right\naddress: 0.0.0.0/0',
  },
  RTP1208: {
    title: 'a prefix with bits beyond its length',
    what: 'An address with a prefix length has bits set that do not belong to the prefix.',
    why: 'It is unclear whether the one host is meant or the whole network.',
    fix: 'Write the network (10.1.0.0/16), or the host alone (10.1.2.3).',
    example: '# wrong\naddress: 10.1.2.3/16\n# right\naddress: 10.1.0.0/16',
  },
  RTP1209: {
    title: 'an IPv6 prefix that takes in all of IPv4',
    what: 'An IPv6 prefix from /1 to /95 contains ::ffff:0:0/96, the form in which IPv4 addresses appear in IPv6.',
    why: 'riptides decides such connections as IPv4, so the prefix would not do what it seems to do. (::/0 means all of IPv6, and no IPv4.)',
    fix: 'Write IPv4 prefixes as IPv4, and an IPv6 prefix that does not contain ::ffff:0:0/96.',
    example: '# wrong\naddress: ::/64\n# right\naddress: 2000::/3',
  },
  RTP1210: {
    title: 'a SPIFFE ID is too long',
    what: 'The SPIFFE ID made of the trust domain and the workload ID is longer than 2048 bytes.',
    why: 'SPIFFE allows no more, and other systems would refuse it.',
    fix: 'Shorten the workload ID.',
    example: 'workloadID: shop/web',
  },
  RTP1211: {
    title: 'a service without an address is selected',
    what: 'An egress rule selects only services that have no addresses.',
    why: 'The rule would grant nothing.',
    fix: 'Add the addresses of the service, or remove the rule.',
    example: 'addresses:\n  - address: 10.20.0.20\n    port: 8080',
  },
} as const satisfies Record<string, CodeEntry>;
