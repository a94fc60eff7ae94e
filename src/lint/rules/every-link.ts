// SPDX-License-Identifier: Apache-2.0

import { parsePrefix } from '../../bundle/address.ts';
import type { ServiceDocument } from '../../compiler/shape/types.ts';
import { type LintRule, warning } from '../types.ts';

/** fe80::/10 */
const LINK_LOCAL = { first: 0xfe, second: 0x80, mask: 0xc0, length: 10 } as const;

/** A service at an address that another host has on another link. */
export const everyLink: LintRule = {
  code: 'RTP1713',
  check: ({ documents }) =>
    documents.flatMap((document) => (document.kind === 'Service' ? linkLocalAddresses(document) : [])),
};

function linkLocalAddresses(document: ServiceDocument) {
  return document.spec.addresses.flatMap(({ address, networkPrefixes }, i) => {
    const path = ['spec', 'addresses', i];
    const written = [
      ...(address === undefined ? [] : [{ text: address, at: [...path, 'address'] }]),
      ...networkPrefixes.map((text, j) => ({ text, at: [...path, 'networkPrefixes', j] })),
    ];
    return written.flatMap(({ text, at }) => {
      if (!isLinkLocal(text)) return [];
      return [
        warning('RTP1713', document, at, {
          message: `${text} is link-local: it names hosts on every link`,
          why: 'a rule has no zone, so it grants the address on each interface of the host',
          fix: 'write an address that is the same on every link',
        }),
      ];
    });
  });
}

function isLinkLocal(text: string): boolean {
  const parsed = parsePrefix(text);
  if ('problem' in parsed || parsed.family !== 6 || parsed.prefixLength < LINK_LOCAL.length) return false;
  const [first = 0, second = 0] = parsed.address;
  return first === LINK_LOCAL.first && (second & LINK_LOCAL.mask) === LINK_LOCAL.second;
}
