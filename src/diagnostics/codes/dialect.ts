// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const DIALECT_CODES = {
  RTP1051: {
    title: 'an unknown entry in the older dialect',
    what: 'A file is a list of the older dialect, and an entry of it is neither an identity nor a service, or both at once.',
    why: 'An entry that is not understood would be dropped silently.',
    fix: 'Give the entry the fields of an identity (selectors, workloadID or certificate, …) or of a service (labels, addresses).',
    example:
      '- selectors: [{ process:name: web }]\n  workloadID: shop/web\n- addresses: [{ address: 10.0.0.7 }]\n  labels: { app: database }',
  },
  RTP1052: {
    title: 'a field that the older dialect does not have',
    what: 'An entry in a list of the older dialect has a field that is not one of the dialect.',
    why: 'An ignored field could be a restriction that somebody relies on.',
    fix: 'Correct the spelling, remove the field, or write the entry as a document of its own, which has more fields.',
    example: '# wrong\n- selector: [{ process:name: web }]\n# right\n- selectors: [{ process:name: web }]',
  },
  RTP1053: {
    title: 'a value that cannot be translated from the older dialect',
    what: 'A value in a list of the older dialect is not one that its field can have.',
    why: 'A guess could make the policy wider than it was.',
    fix: 'Write the value that the message asks for.',
    example: '# wrong\ncertificate: { ttl: a day }\n# right\ncertificate: { ttl: 24h }',
  },
  RTP1054: {
    title: 'two fields that mean the same',
    what: 'An entry in a list of the older dialect sets one thing in two fields, an older and a newer one.',
    why: 'Only one of them can take effect.',
    fix: 'Keep one of the two.',
    example:
      '# wrong\nworkloadID: shop/web\ncertificate: { workloadID: shop/web }\n# right\nworkloadID: shop/web',
  },
  RTP1055: {
    title: 'a field of the older dialect without a counterpart',
    what: 'A field of the older dialect has no counterpart in the current language, or its counterpart is in another document.',
    why: 'Nothing is dropped silently.',
    fix: 'Follow the message, and remove the field.',
    example:
      '# older dialect\negress:\n- selectors: [{ api: git }]\n  credentialName: git-token\n# today\nkind: CredentialBinding',
  },
  RTP1056: {
    title: 'a field of the older dialect that meant something else',
    what: 'A field of the older dialect is translated, and its meaning has changed.',
    why: 'The translation may not behave as the old file did.',
    fix: 'Review the field, and write what is meant.',
    example:
      '# a server that listens on 8080\n# older dialect\n- selectors: [{ process:name: web, destination:port: 8080 }]\n# today\nselectors: [{ process:name: web }]',
  },
  RTP1057: {
    title: 'a credential that cannot be brought over',
    what: 'Import makes a CredentialBinding of a WorkloadCredential and the egress rules that name it with credentialName. One of the two is not among the files, they are of different identities, or a rule has what a binding cannot have: ports, a condition, a mode, peers, a connection, or times that differ from those of another rule.',
    why: 'A binding says which credential goes where; a guess could give it to the wrong service, and a binding without the limits of its rule would give it more often.',
    fix: 'Name all files of the policy, or write the CredentialBinding.',
    example: 'riptides import identities credentials -o policies/shop',
  },
} as const satisfies Record<string, CodeEntry>;
