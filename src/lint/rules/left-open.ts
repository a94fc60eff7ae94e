// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** An identity, or a rule of one, that is not enforced. */
export const leftOpen: LintRule = {
  code: 'RTP1703',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'WorkloadIdentity') return [];
      const { mode, workloadID } = document.spec;
      if (mode === 'enforce') return [];
      return [
        warning('RTP1703', document, ['spec', 'mode'], {
          message: `"${workloadID}" is not enforced: its mode is ${mode}`,
          why:
            mode === 'audit'
              ? 'what would be denied is allowed and reported'
              : 'everything that it does is allowed, and nothing is reported',
          fix: 'set it to enforce once the reports show no connection that is needed',
        }),
      ];
    }),
};
