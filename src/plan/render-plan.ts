// SPDX-License-Identifier: Apache-2.0
// A plan as text. Marks carry the meaning (+ - ~); colour only repeats it.

import { differenceCounts, differenceParts, joinParts } from '../diff/words/render.ts';
import { structureParts } from '../diff/words/structure.ts';
import { ruleWords } from '../bundle/words.ts';
import { counted } from '../terminal/counted.ts';
import { type Paint, painter, table } from '../terminal/paint.ts';
import type { Plan } from './plan-types.ts';
import type { Revoked } from './revoked.ts';

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
    ...(plan.revoked === undefined || plan.revoked.count === 0
      ? []
      : [revokedLines(plan.revoked, rest, paint)]),
    [`Plan: ${summaryWords(plan)}.`],
  ]);
}

/** Connections to be closed that are printed. */
const MOST_CLOSED = 20;

function revokedLines({ count, of, connections }: Revoked, rest: string, paint: Paint): readonly string[] {
  const rows = connections
    .slice(0, MOST_CLOSED)
    .map(({ direction, pid, name = '', remote, local, rule }) => [
      `${name} (${pid})`,
      direction === 'connect' ? `→ ${remote}` : `← ${remote} at ${local}`,
      rule === undefined ? '' : ruleWords(rule),
    ]);
  return [
    `${count} of ${counted(of, 'connection')} will be closed:`,
    ...table(rows).map((line) => `  ${paint('red', '-')} ${line}`),
    ...(count > rows.length ? [`    and ${count - rows.length} more: ${rest}`] : []),
  ];
}

/** One line: `1 service changed; 20 gains, 20 losses`. */
export function summaryWords({
  changes,
  difference,
  revoked,
}: Pick<Plan, 'changes' | 'difference' | 'revoked'>): string {
  if (!changes) return 'no changes';
  const counts = differenceCounts(difference.summary);
  const parts = [
    ...(counts === '' ? ['the bundle changes'] : [counts]),
    ...(difference.same && difference.exact ? ['every connection is decided as before'] : []),
    ...(revoked === undefined || revoked.count === 0
      ? []
      : [`${counted(revoked.count, 'connection')} to close`]),
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
