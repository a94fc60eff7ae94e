// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** A project that refuses nothing by default. */
export const allowingPosture: LintRule = {
  code: 'RTP1707',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'Project' || document.spec.defaultPosture.egress !== 'allow') return [];
      return [
        warning('RTP1707', document, ['spec', 'defaultPosture', 'egress'], {
          message: 'connections that no rule grants go on, and nobody is told',
          why: 'egress rules then refuse nothing: they only say what is expected',
          fix: 'write audit to see what would be refused, then deny',
        }),
      ];
    }),
};
