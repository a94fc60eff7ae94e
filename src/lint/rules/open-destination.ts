// SPDX-License-Identifier: Apache-2.0

import { parsePrefix } from '../../bundle/address.ts';
import type { ServiceDocument } from '../../compiler/shape/types.ts';
import { type LintRule, warning } from '../types.ts';

/** Shorter prefixes are much of the internet: half a /8 of IPv4, more than a /32 of IPv6. */
const SHORTEST = { 4: 8, 6: 32 } as const;

/** A service that is most of the internet. */
export const openDestination: LintRule = {
  code: 'RTP1702',
  check: ({ documents }) =>
    documents.flatMap((document) => (document.kind === 'Service' ? openAddresses(document) : [])),
};

function openAddresses(document: ServiceDocument) {
  return document.spec.addresses.flatMap(({ address, networkPrefixes }, i) => {
    const path = ['spec', 'addresses', i];
    const written = [
      ...(address === undefined ? [] : [{ text: address, at: [...path, 'address'] }]),
      ...networkPrefixes.map((text, j) => ({ text, at: [...path, 'networkPrefixes', j] })),
    ];
    return written.flatMap(({ text, at }) => {
      const parsed = parsePrefix(text);
      if ('problem' in parsed || parsed.prefixLength >= SHORTEST[parsed.family]) return [];
      return [
        warning('RTP1702', document, at, {
          message: `${text} is a large part of the internet`,
          why: 'an identity that is granted this service can connect nearly anywhere',
          fix: 'write the networks that are meant',
        }),
      ];
    });
  });
}
