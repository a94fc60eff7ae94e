// SPDX-License-Identifier: Apache-2.0

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { type LintRule, type SinceApplied, warning } from '../types.ts';

/** A comparison with what was applied that was not made, or not to its end. */
export const notCompared: LintRule = {
  code: 'RTP1712',
  compares: true,
  check: ({ documents, sinceApplied }) => {
    const project = documents.find((document) => document.kind === 'Project');
    if (project === undefined || sinceApplied === undefined) return [];
    return gaps(sinceApplied).map((words) => warning('RTP1712', project, ['metadata', 'name'], words));
  },
};

type Words = Pick<Diagnostic, 'message' | 'fix'> & Partial<Pick<Diagnostic, 'why'>>;

function gaps(sinceApplied: SinceApplied): readonly Words[] {
  if ('problem' in sinceApplied) return [sinceApplied.problem];
  const { words, difference } = sinceApplied;
  return difference.notCompared.map((sentence) => ({
    message: `the policy was not compared exactly with ${words}`,
    why: sentence,
    fix: 'run "riptides diff", which has a higher limit',
  }));
}
