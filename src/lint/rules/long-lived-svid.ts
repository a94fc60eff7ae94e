// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** A day: the longest lifetime that needs no reason. */
const LONGEST = 24 * 60 * 60;

/** A certificate with a long lifetime. */
export const longLivedSvid: LintRule = {
  code: 'RTP1708',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'WorkloadIdentity') return [];
      const ttl = document.spec.svid?.x509?.ttl;
      if (ttl === undefined || ttl <= LONGEST) return [];
      return [
        warning('RTP1708', document, ['spec', 'svid', 'x509', 'ttl'], {
          message: `the certificate is valid for ${Math.round(ttl / 3600)} hours`,
          why: 'a certificate cannot be revoked before it expires',
          fix: 'write 86400s or less: certificates are renewed automatically',
        }),
      ];
    }),
};
