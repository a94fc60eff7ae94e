// SPDX-License-Identifier: Apache-2.0
// A plan as text. Marks carry the meaning (+ - ~); colour only repeats it.

import { type Paint, painter } from '../terminal/paint.ts';
import { counted } from '../terminal/counted.ts';
import { visible } from '../terminal/visible.ts';
import { differenceCounts, differenceParts } from '../diff/words/render.ts';
import type { PolicyDifference } from '../diff/types.ts';
import type {
  Change,
  DestinationChange,
  Example,
  ExampleVerdict,
  IdentityChange,
  Kind,
  Plan,
  PostureChange,
  ServiceChange,
  Summary,
} from './plan-types.ts';

type Mark = '+' | '-' | '~';
const MARKS = { added: '+', removed: '-', changed: '~', gained: '+', lost: '-' } as const;
const STYLES = { '+': 'green', '-': 'red', '~': 'yellow' } as const;

/** Changes of connections that are printed; all of them are in the JSON. */
const MOST_CONNECTIONS = 100;
/** Characters of a clause that are printed, likewise. */
const MOST_OF_CLAUSE = 200;

/** A line of a block: what, which, and an example below it. */
interface Row {
  readonly mark: Mark;
  readonly what: string;
  readonly text: string;
  readonly example?: Example;
}

/** The plan for a terminal or a log, ending without a line break. */
export function renderPlan(plan: Plan, paint: Paint = painter(false)): string {
  const { postures, identities, services } = plan.changes;
  // Of what is in force the exact comparison has an example for each change, when it came to an end.
  const isCompared = plan.difference?.exact === true;
  const blocks = [
    headLines(plan),
    ...(postures.length === 0
      ? []
      : [block(paint, '~', 'project', withoutExamples(postures.map(postureRow), isCompared))]),
    ...identities.map((change) => identityBlock(paint, change, isCompared)),
    ...services.map((change) => serviceBlock(paint, change, isCompared)),
  ];
  return [
    ...blocks.map((lines) => lines.join('\n')),
    ...connectionParts(plan, paint),
    `Plan: ${summaryWords(plan)}${unlistedWords(plan)}.`,
  ].join('\n\n');
}

/** Which connections are decided otherwise; those of identities that are listed as a whole are told there. */
function connectionParts({ difference, changes }: Plan, paint: Paint): readonly string[] {
  if (difference === undefined) return [];
  const whole = new Map(changes.identities.map(({ workloadId, kind }) => [workloadId, kind]));
  const kindOf = (spiffeId: string): Kind | undefined =>
    whole.get(spiffeId.replace(/^spiffe:\/\/[^/]*\//, ''));
  const identities = difference.identities.filter(({ before, after }) => {
    if (before === undefined && after !== undefined) return kindOf(after) !== 'added';
    return before === undefined || after !== undefined || kindOf(before) !== 'removed';
  });
  const rest = 'all of them are in the JSON (--json)';
  return differenceParts({ ...difference, identities }, { limit: MOST_CONNECTIONS, rest }, paint);
}

/** One line: `2 identities added, 1 changed; 3 destinations gained, 1 lost`. */
export function summaryWords({
  summary,
  difference,
}: {
  readonly summary: Summary;
  readonly difference?: PolicyDifference;
}): string {
  const parts = [
    difference?.trustDomain === undefined ? '' : 'another trust domain',
    kindsOf(summary.identities, 'identity', 'identities'),
    kindsOf(summary.services, 'service'),
    kindsOf(summary.destinations, 'destination'),
    kindsOf(summary.selectors, 'selector'),
    kindsOf(summary.clauses, 'clause'),
    kindsOf({ changed: summary.postures }, 'posture'),
  ].filter((part) => part !== '');
  if (parts.length > 0) return parts.join('; ');
  if (!summary.changes) return 'no changes';
  if (difference?.same === true && difference.exact)
    return 'the bundle changes, and every connection is decided as before';
  const counts = difference === undefined ? '' : differenceCounts(difference);
  return counts === '' ? 'the bundle changes, and nothing that is listed here with it' : counts;
}

function kindsOf(counts: Readonly<Record<string, number>>, one: string, many?: string): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.map(([kind, count], i) => `${i === 0 ? counted(count, one, many) : count} ${kind}`).join(', ');
}

function headLines(plan: Plan): readonly string[] {
  const { base, drift, source, desired } = plan;
  const against =
    base.from === 'nothing'
      ? 'nothing: no bundle is in force'
      : `${base.from === 'live' ? `generation ${base.generation}` : 'the last record'}, bundle ${short(base.digest)}`;
  const from = source.commit === undefined ? 'no commit' : `commit ${short(source.commit)}`;
  const rows = [
    ['target', `${plan.target} on ${visible(plan.node)}`],
    ['compared with', against],
    [
      'policy',
      `${from}${source.commit !== undefined && source.dirty ? ', with changes that are not committed' : ''}, bundle ${short(desired.digest)}`,
    ],
    ...(drift === undefined ? [] : [['drift', `${drift.words} (${summaryWords(drift)} since the record)`]]),
  ];
  if (desired.otherNodes !== undefined) {
    const others = counted(desired.otherNodes, 'identity is', 'identities are');
    rows.push(['left out', `${others} for other nodes`]);
  }
  if (plan.lacking !== undefined)
    rows.push(['refused', `the host cannot do what the bundle needs: ${plan.lacking.join(', ')}`]);
  return rows.map(([name = '', text = '']) => `${name.padEnd(14)}  ${text}`);
}

function unlistedWords({ summary: { unlisted } }: Plan): string {
  return unlisted === 0
    ? ''
    : ` (${counted(unlisted, 'destination is', 'destinations are')} counted and not listed)`;
}

function block(paint: Paint, mark: Mark, title: string, rows: readonly Row[]): readonly string[] {
  const width = rows.reduce((most, { what }) => Math.max(most, what.length), 0);
  return [
    paint(STYLES[mark], `${mark} ${title}`),
    ...rows.flatMap((row) => [
      paint(STYLES[row.mark], `    ${row.mark} ${row.what.padEnd(width)}  ${row.text}`.trimEnd()),
      ...(row.example === undefined ? [] : [`        ${exampleLine(row.example)}`]),
    ]),
  ];
}

function postureRow({ direction, change, example }: PostureChange): Row {
  return { mark: '~', what: `${direction} posture`, text: arrow(change), ...withExample(example) };
}

function withoutExamples(rows: readonly Row[], leaveOut: boolean): readonly Row[] {
  return leaveOut ? rows.map(({ mark, what, text }) => ({ mark, what, text })) : rows;
}

// Of what is added or removed as a whole, the destinations' examples say it all.

function identityBlock(paint: Paint, change: IdentityChange, isCompared: boolean): readonly string[] {
  const { kind, workloadId, mode, fallback, selectors, clauses, destinations, unlisted } = change;
  const rows: readonly Row[] = [
    ...(mode === undefined ? [] : [{ mark: MARKS[kind], what: 'mode', text: arrow(mode) }]),
    ...(fallback === undefined
      ? []
      : [
          {
            mark: MARKS[kind],
            what: 'not granted',
            text: arrow(fallback),
            ...(kind === 'changed' ? withExample(fallback.example) : {}),
          },
        ]),
    ...selectors.map((selector) => ({
      mark: MARKS[selector.kind],
      what: 'selector',
      text: visible(selector.selector),
      ...(kind === 'changed' ? withExample(selector.example) : {}),
    })),
    ...clauses.map(({ kind: mark, clause }) => ({
      mark: MARKS[mark],
      what: 'clause',
      text: visible(clause.length > MOST_OF_CLAUSE ? `${clause.slice(0, MOST_OF_CLAUSE)} …` : clause),
    })),
    ...destinations.map(destinationRow),
  ];
  const rest = unlisted === 0 ? [] : [`      and ${counted(unlisted, 'more destination')}`];
  const shown = withoutExamples(rows, isCompared && kind === 'changed');
  return [...block(paint, MARKS[kind], `identity ${visible(workloadId)}`, shown), ...rest];
}

function destinationRow({ kind, service, before, after, example }: DestinationChange): Row {
  const action = kind === 'changed' ? arrow({ before, after }) : (after ?? before ?? '');
  return {
    mark: MARKS[kind],
    what: 'destination',
    text: `${visible(service)}  ${action}`,
    ...withExample(example),
  };
}

function serviceBlock(paint: Paint, change: ServiceChange, isCompared: boolean): readonly string[] {
  const { kind, name, external, tls, endpoints, grantedTo } = change;
  const changed = (what: string, values: Change<boolean> | undefined): readonly Row[] =>
    values === undefined ? [] : [{ mark: '~', what, text: arrow(values) }];
  const rows: readonly Row[] = [
    ...changed('external', external),
    ...changed('tls', tls),
    ...endpoints.map((endpoint) => ({
      mark: MARKS[endpoint.kind],
      what: 'endpoint',
      text: visible(endpoint.endpoint),
      ...(kind === 'changed' ? withExample(endpoint.example) : {}),
    })),
  ];
  const granted = `granted to ${counted(grantedTo, 'identity', 'identities')}`;
  return block(
    paint,
    MARKS[kind],
    `service ${visible(name)} (${granted})`,
    withoutExamples(rows, isCompared),
  );
}

function withExample(example: Example | undefined): { readonly example?: Example } {
  return example === undefined ? {} : { example };
}

/** `for example process:name=curl to 10.0.0.1:443: refused, then allowed by stripe`. */
function exampleLine({ facts, destination, name, before, after, differs }: Example): string {
  const { labels = [], ...own } = facts;
  const process = [
    ...Object.entries(own).map(([fact, value]) => `${fact}=${visible(String(value))}`),
    ...labels.map((label) => visible(label)),
  ];
  const who = process.length === 0 ? 'a process of no identity' : process.join(' ');
  const verdicts = differs
    ? `${verdictWords(before)}, then ${verdictWords(after)}`
    : `${verdictWords(after)}, as before`;
  const where = name === undefined ? destination : `${visible(name)} at ${destination}`;
  return `for example ${who} to ${where}: ${verdicts}`;
}

function verdictWords({ action, identity, service }: ExampleVerdict): string {
  const words = { allow: 'allowed', audit: 'audited', deny: 'refused', ungoverned: 'not governed' }[action];
  if (action === 'ungoverned') return words;
  const by = identity === undefined ? 'without an identity' : `as ${visible(identity)}`;
  return `${words} ${by}${service === undefined ? '' : ` by ${visible(service)}`}`;
}

function arrow<T>({ before, after }: Change<T>): string {
  if (before === undefined) return String(after);
  if (after === undefined) return `was ${String(before)}`;
  return `${String(before)} -> ${String(after)}`;
}

function short(digest: string | undefined): string {
  return digest?.slice(0, 12) ?? 'none';
}
