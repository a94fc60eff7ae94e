// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const RESOLVE_CODES = {
  RTP1201: {
    title: 'the policy has no Project',
    what: 'None of the documents is of kind Project.',
    why: 'The Project sets the trust domain and the default posture for connections that no rule matches.',
    fix: 'Add riptides.yaml at the root of the policy, or name the directory that holds it.',
    example:
      'apiVersion: core.riptides.io/v1alpha1\nkind: Project\nmetadata: { name: shop }\nspec:\n  trustDomain: shop.example\n  defaultPosture: { egress: deny }',
  },
  RTP1202: {
    title: 'the policy has more than one Project',
    what: 'Two or more documents are of kind Project. Nothing else is reported until one is left: usually the directory that was named is above the directories of several projects.',
    why: 'A node has one trust domain and one default posture; riptides does not guess which Project is meant.',
    fix: 'Name the directory of one project. Where a project lies within another, list the directories of the outer policy in spec.policies of its riptides.yaml.',
    example: 'riptides validate shop && riptides validate build-host',
  },
  RTP1203: {
    title: 'a name is used twice',
    what: 'Two documents of one kind have the same name.',
    why: 'Plans, history and metrics refer to the document by its name.',
    fix: 'Rename one of the two, or merge them.',
    example: 'metadata: { name: api-canary }',
  },
  RTP1204: {
    title: 'a workload ID is used twice',
    what: 'Two WorkloadIdentities, or two DaemonGroups, have the same workloadID.',
    why: 'Two documents would give one identity two sets of rules, or one group two lists of nodes.',
    fix: 'Merge them: a list of selectors is "or". Or give one of them an ID of its own.',
    example:
      'selectors:\n  - process:binary:path: /opt/shop/bin/api\n  - process:binary:path: /opt/shop/bin/api-canary',
  },
  RTP1205: {
    title: 'an egress selector selects no service',
    what: 'No Service has all the labels that the selector requires.',
    why: 'The rule would allow nothing. Usually a label is misspelt.',
    fix: 'Correct the label, or add the Service. Egress selectors match spec.labels of Services, not their names.',
    example: '# selects\n- app: api\n# a Service with\nlabels: { app: api, tier: backend }',
  },
  RTP1206: {
    title: 'a scope without a node',
    what: 'An identity is limited to a node (scope.daemon.id) or a group of nodes (scope.daemonGroup.id), and no node was given to compile for.',
    why: 'Without a node the identity would exist on every node, which is more than was written.',
    fix: 'Name the node with --node and its workload ID, or remove the scope.',
    example: 'riptides compile --node riptides/daemon/web-1 policies',
  },
  RTP1207: {
    title: 'an unspecified address',
    what: 'A service has the address 0.0.0.0 or ::.',
    why: 'It means any address to a program that listens, and the local host to one that connects; neither is a service.',
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
    title: 'an IPv6 prefix that contains all of IPv4',
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
    why: 'The rule would allow nothing.',
    fix: 'Add the addresses of the service, or remove the rule.',
    example: 'addresses:\n  - address: 10.20.0.20\n    port: 8080',
  },
  RTP1212: {
    title: 'an unknown CredentialSource',
    what: 'A CredentialBinding names a CredentialSource that the policy does not define.',
    why: 'The workload would never get its credential.',
    fix: 'Correct the name, which is metadata.name of the source, or add the source.',
    example: 'credentialSource: git-pat\n# and\nkind: CredentialSource\nmetadata: { name: git-pat }',
  },
  RTP1213: {
    title: 'an unknown identity',
    what: 'A CredentialBinding or an egress rule names a workloadID that no WorkloadIdentity has.',
    why: 'The credential would go to no workload, or the identity could not be presented.',
    fix: 'Correct the workload ID, or add the WorkloadIdentity.',
    example: 'workloadID: tools/cli\n# and\nkind: WorkloadIdentity\nspec: { workloadID: tools/cli }',
  },
  RTP1214: {
    title: 'an unknown DaemonGroup',
    what: 'A scope names a group that no DaemonGroup of the policy has as its workloadID.',
    why: 'It would be unknown which nodes the identity is for.',
    fix: 'Correct the id, or add a DaemonGroup that lists its nodes.',
    example:
      'kind: DaemonGroup\nmetadata: { name: workers }\nspec:\n  workloadID: riptides/daemongroup/prod/workers\n  daemons: [riptides/daemon/prod/*]',
  },
  RTP1215: {
    title: 'two credentials for one request',
    what: 'Two CredentialBindings of one workload inject into requests to the same service, at overlapping times.',
    why: 'A request carries one credential; riptides does not guess which of the two is meant.',
    fix: 'Select different services, remove one of the two, or limit both in time so that one follows the other.',
    example: 'propagation: { injection: { selectors: [{ api: git }] } }',
  },
  RTP1216: {
    title: 'an unused CredentialSource',
    what: 'No CredentialBinding names the source.',
    why: 'No workload gets the credential. Either a binding is missing or the source is no longer used.',
    fix: 'Name it in a CredentialBinding, or remove it.',
    example: 'kind: CredentialBinding\nspec: { workloadID: tools/cli, credentialSource: git-pat }',
  },
  RTP1217: {
    title: 'an unused DaemonGroup',
    what: 'No scope names the group.',
    why: 'The group has no effect.',
    fix: 'Name it in the scope of an identity, or remove it.',
    example: 'scope: { daemonGroup: { id: riptides/daemongroup/prod/workers } }',
  },
  RTP1218: {
    title: 'an identity of another node is presented',
    what: 'An egress rule presents the identity of another WorkloadIdentity, whose scope excludes the node that is compiled for.',
    why: 'The node would have no certificate to present.',
    fix: 'Widen the scope of that identity, or present another.',
    example: 'scope: { daemonGroup: { id: riptides/daemongroup/prod/workers } }',
  },
  RTP1220: {
    title: 'an unknown node',
    what: 'The policy is compiled for a node that is in no scope and in no DaemonGroup.',
    why: 'Identities with a scope are left out of the bundle of such a node. With a misspelt --node the host would lose its own identities, and where nothing else is granted, all of its connections.',
    fix: 'Correct --node or RIPTIDES_NODE. A node that is to have only identities without a scope can be listed in a DaemonGroup.',
    example: 'riptides plan --node riptides/daemon/host-1',
  },
  RTP1219: {
    title: 'a selector that never matches',
    what: 'A selector requires facts that exclude each other, such as direction: input and a destination.',
    why: 'No process can ever match it.',
    fix: 'Remove one of the two. Of accepted connections there are source:ip and source:port, of opened ones destination:ip and destination:port.',
    example:
      '# wrong\n- direction: input\n  destination:port: 443\n# right\n- direction: output\n  destination:port: 443',
  },
} as const satisfies Record<string, CodeEntry>;
