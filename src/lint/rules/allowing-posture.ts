// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** A project whose posture for egress is allow. */
export const allowingPosture: LintRule = {
  code: 'RTP1707',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'Project' || document.spec.defaultPosture.egress !== 'allow') return [];
      return [
        warning('RTP1707', document, ['spec', 'defaultPosture', 'egress'], {
          message: 'connections that no rule grants are allowed without a report',
          why: 'egress rules then deny nothing: they only document what is expected',
          fix: 'write audit to see what would be denied, then deny',
        }),
      ];
    }),
};
