// SPDX-License-Identifier: Apache-2.0

import type { AddressPrefix } from '../../bundle/address.ts';
import { warnOfAddresses } from '../addresses.ts';
import type { LintRule } from '../types.ts';

/** fe80::/10 */
const LINK_LOCAL = { first: 0xfe, second: 0x80, mask: 0xc0, length: 10 } as const;

/** A service at an address that another host has on another link. */
export const everyLink: LintRule = {
  code: 'RTP1713',
  check: ({ documents }) =>
    warnOfAddresses(documents, 'RTP1713', (prefix, text) =>
      isLinkLocal(prefix)
        ? {
            message: `${text} is link-local: it names hosts on every link`,
            why: 'a rule cannot name a zone, so it grants the address on each interface of the host',
            fix: 'write an address that is the same on every link',
          }
        : undefined,
    ),
};

function isLinkLocal({ family, prefixLength, address }: AddressPrefix): boolean {
  if (family !== 6 || prefixLength < LINK_LOCAL.length) return false;
  const [first = 0, second = 0] = address;
  return first === LINK_LOCAL.first && (second & LINK_LOCAL.mask) === LINK_LOCAL.second;
}
