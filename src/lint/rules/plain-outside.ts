// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** An external service without TLS. */
export const plainOutside: LintRule = {
  code: 'RTP1706',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'Service') return [];
      const { external, tls } = document.spec;
      if (!external || tls) return [];
      return [
        warning('RTP1706', document, ['spec', 'external'], {
          message: `"${document.metadata.name}" is external and does not use TLS`,
          why: 'what is sent there can be read in transit, including credentials',
          fix: 'set tls: true if it does, or reach it over an encrypted path',
        }),
      ];
    }),
};
