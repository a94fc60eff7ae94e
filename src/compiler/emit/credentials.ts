// SPDX-License-Identifier: Apache-2.0

import type { Tables } from '../lower/types.ts';
import { listSection, recordSection } from './sections.ts';
import type { StringReference } from './strings.ts';
import type { Sections } from './types.ts';

type CredentialSection = 'svids' | 'texts' | 'sources' | 'bindings';

/** The sections of SVIDs, credential sources and bindings. */
export function credentialSections(
  tables: Tables,
  find: (text: string) => StringReference,
): Pick<Sections, CredentialSection> {
  const texts = listSection<string>();
  const named = <T extends { readonly name: string }>({ name, ...record }: T) => {
    const { offset, length } = find(name);
    return { nameOffset: offset, nameLength: length, ...record };
  };
  return {
    svids: recordSection('svid', tables.svids, ({ identity, x509Ttl, jwtTtl, dnsNames, audiences }) => {
      const names = texts.add(dnsNames);
      const intended = texts.add(audiences);
      return {
        identity,
        x509Ttl,
        jwtTtl,
        dnsNamesFirst: names.first,
        dnsNamesCount: names.count,
        audiencesFirst: intended.first,
        audiencesCount: intended.count,
      };
    }),
    texts: recordSection('text', texts.items, (text) => {
      const { offset, length } = find(text);
      return { textOffset: offset, textLength: length };
    }),
    sources: recordSection('source', tables.sources, ({ digest, ...source }) => ({
      ...named(source),
      digest: Buffer.from(digest, 'hex'),
    })),
    bindings: recordSection('binding', tables.bindings, named),
  };
}
