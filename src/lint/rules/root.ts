// SPDX-License-Identifier: Apache-2.0

import { type LintRule, warning } from '../types.ts';

/** A selector of root that names no program. */
export const rootUser: LintRule = {
  code: 'RTP1710',
  check: ({ documents }) =>
    documents.flatMap((document) => {
      if (document.kind !== 'WorkloadIdentity') return [];
      return document.spec.selectors.flatMap((selector, i) => {
        const isRoot = selector['process:uid']?.includes(0) === true;
        const hasProgram = Object.keys(selector).some((name) => name.startsWith('process:binary:'));
        if (!isRoot || hasProgram) return [];
        return [
          warning('RTP1710', document, ['spec', 'selectors', i], {
            message: 'the selector matches every program that root runs',
            why: 'nearly everything on a host can become this identity',
            fix: 'add process:binary:path',
          }),
        ];
      });
    }),
};
