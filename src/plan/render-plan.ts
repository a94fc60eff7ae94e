// SPDX-License-Identifier: Apache-2.0
// A plan as text. Marks carry the meaning (+ - ~); colour only repeats it.

import { differenceCounts, differenceParts, joinParts } from '../diff/words/render.ts';
import { structureParts } from '../diff/words/structure.ts';
import { counted } from '../terminal/counted.ts';
import { type Paint, painter } from '../terminal/paint.ts';
import type { Plan } from './plan-types.ts';

/** Changes of connections that are printed; all of them are in the JSON. */
const MOST_CONNECTIONS = 100;

/** The plan for a terminal or a log, as lines. */
export function renderPlan(plan: Plan, paint: Paint = painter(false)): readonly string[] {
  const { difference } = plan;
  const rest = 'all of them are in the JSON (--json)';
  return joinParts([
    headLines(plan),
    ...structureParts(difference.structure, paint),
    ...differenceParts(difference, { limit: MOST_CONNECTIONS, rest }, paint),
    [`Plan: ${summaryWords(plan)}.`],
  ]);
}

/** One line: `1 service changed; 20 gains, 20 losses`. */
export function summaryWords({ changes, difference }: Pick<Plan, 'changes' | 'difference'>): string {
  if (!changes) return 'no changes';
  const counts = differenceCounts(difference.summary);
  const parts = [
    ...(counts === '' ? ['the bundle changes'] : [counts]),
    ...(difference.same && difference.exact ? ['every connection is decided as before'] : []),
  ];
  return parts.join('; ');
}

function headLines({ target, node, base, drift, source, desired, lacking }: Plan): readonly string[] {
  const against =
    base.from === 'nothing'
      ? 'nothing: no bundle is in force'
      : `${base.from === 'live' ? `generation ${base.generation}` : 'the last record'}, bundle ${short(base.digest)}`;
  const from = source.commit === undefined ? 'no commit' : `commit ${short(source.commit)}`;
  const uncommitted = source.commit !== undefined && source.dirty ? ', with uncommitted changes' : '';
  const rows = [
    ['target', `${target} on ${node}`],
    ['compared with', against],
    ['policy', `${from}${uncommitted}, bundle ${short(desired.digest)}`],
    ...(source.problem === undefined ? [] : [['', source.problem]]),
  ];
  if (drift !== undefined) {
    const counts = differenceCounts(drift.summary);
    rows.push(['drift', `${drift.words}${counts === '' ? '' : ` (${counts} since the record)`}`]);
  }
  if (desired.otherNodes !== undefined) {
    const others = counted(desired.otherNodes, 'identity is', 'identities are');
    rows.push(['left out', `${others} for other nodes`]);
  }
  if (lacking !== undefined)
    rows.push(['refused', `the host cannot do what the bundle needs: ${lacking.join(', ')}`]);
  return rows.map(([name = '', text = '']) => `${name.padEnd(14)}  ${text}`);
}

function short(digest: string | undefined): string {
  return digest?.slice(0, 12) ?? 'none';
}
