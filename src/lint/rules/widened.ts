// SPDX-License-Identifier: Apache-2.0

import { listWidenings } from '../../diff/widening/gains.ts';
import type { LintRule } from '../types.ts';

/** Access that the policy gives and the last applied one did not. */
export const widened: LintRule = {
  code: 'RTP1711',
  compares: true,
  check: ({ documents, sinceApplied }) => {
    if (sinceApplied === undefined || 'problem' in sinceApplied) return [];
    const { difference, compilation, words } = sinceApplied;
    return listWidenings(difference, compilation, documents).map(({ position, message, example }) => ({
      code: 'RTP1711',
      severity: 'warning',
      ...position,
      message,
      why: `it was different in ${words}${example === undefined ? '' : `; for example ${example}`}`,
      fix: 'apply it if it is intended, so that later changes are compared with it; otherwise revert it here',
    }));
  },
};
