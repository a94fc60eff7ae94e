// SPDX-License-Identifier: Apache-2.0

import { warnOfAddresses } from '../addresses.ts';
import type { LintRule } from '../types.ts';

/** Shorter prefixes are much of the internet: half a /8 of IPv4, more than a /32 of IPv6. */
const SHORTEST = { 4: 8, 6: 32 } as const;

/** A service that is most of the internet. */
export const openDestination: LintRule = {
  code: 'RTP1702',
  check: ({ documents }) =>
    warnOfAddresses(documents, 'RTP1702', ({ family, prefixLength }, text) =>
      prefixLength < SHORTEST[family]
        ? {
            message: `${text} is a large part of the internet`,
            why: 'an identity that is granted this service can connect nearly anywhere',
            fix: 'write the networks that are meant',
          }
        : undefined,
    ),
};
