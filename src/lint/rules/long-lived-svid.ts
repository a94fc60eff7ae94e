// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** A day: what a workload's certificate may live without a reason. */
const LONGEST = 24 * 60 * 60;

/** A certificate that lives for long. */
export const longLivedSvid: LintRule = {
  code: 'RTP1708',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'WorkloadIdentity') return [];
      const ttl = document.spec.svid?.x509?.ttl;
      if (ttl === undefined || ttl <= LONGEST) return [];
      return [
        warning('RTP1708', document, ['spec', 'svid', 'x509', 'ttl'], {
          message: `the certificate lives for ${Math.round(ttl / 3600)} hours`,
          why: 'a certificate that was issued cannot be called back before it ends',
          fix: 'write 86400s or less: it is renewed by itself',
        }),
      ];
    }),
};
