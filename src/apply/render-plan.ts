// SPDX-License-Identifier: Apache-2.0
// A plan as text. Marks carry the meaning (+ - ~); colour only repeats it.

import { counted } from '../counted.ts';
import { visible } from '../diagnostics/visible.ts';
import type {
  Change,
  DestinationChange,
  Example,
  ExampleVerdict,
  IdentityChange,
  Plan,
  PostureChange,
  ServiceChange,
  Summary,
} from './plan-types.ts';

export interface RenderOptions {
  readonly colour?: boolean;
}

type Mark = '+' | '-' | '~';
const MARKS = { added: '+', removed: '-', changed: '~', gained: '+', lost: '-' } as const;
const COLOURS = { '+': '\u001b[32m', '-': '\u001b[31m', '~': '\u001b[33m' } as const;
const RESET = '\u001b[0m';

/** A line of a block: what, which, and an example below it. */
interface Row {
  readonly mark: Mark;
  readonly what: string;
  readonly text: string;
  readonly example?: Example;
}

/** The plan for a terminal or a log, ending without a line break. */
export function renderPlan(plan: Plan, { colour = false }: RenderOptions = {}): string {
  const paint = (mark: Mark, text: string): string => (colour ? `${COLOURS[mark]}${text}${RESET}` : text);
  const { postures, identities, services } = plan.changes;
  const blocks = [
    headLines(plan),
    ...(postures.length === 0 ? [] : [block(paint, '~', 'project', postures.map(postureRow))]),
    ...identities.map((change) => identityBlock(paint, change)),
    ...services.map((change) => serviceBlock(paint, change)),
    [summaryLine(plan)],
  ];
  return blocks.map((lines) => lines.join('\n')).join('\n\n');
}

/** One line: `2 identities added, 1 changed; 3 destinations gained, 1 lost`. */
export function summaryWords(summary: Summary): string {
  const parts = [
    kindsOf(summary.identities, 'identity', 'identities'),
    kindsOf(summary.services, 'service'),
    kindsOf(summary.destinations, 'destination'),
    kindsOf(summary.selectors, 'selector'),
    kindsOf(summary.clauses, 'clause'),
    kindsOf({ changed: summary.postures }, 'posture'),
  ].filter((part) => part !== '');
  if (parts.length > 0) return parts.join('; ');
  return summary.changes ? 'the bundle changes, and nothing that is listed here with it' : 'no changes';
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
    ...(drift === undefined
      ? []
      : [['drift', `${drift.words} (${summaryWords(drift.summary)} since the record)`]]),
  ];
  if (plan.lacking !== undefined)
    rows.push(['refused', `the host cannot do what the bundle needs: ${plan.lacking.join(', ')}`]);
  return rows.map(([name = '', text = '']) => `${name.padEnd(14)}  ${text}`);
}

function summaryLine({ summary }: Plan): string {
  const unlisted =
    summary.unlisted === 0
      ? ''
      : ` (${counted(summary.unlisted, 'destination is', 'destinations are')} counted and not listed)`;
  return `Plan: ${summaryWords(summary)}${unlisted}.`;
}

type Paint = (mark: Mark, text: string) => string;

function block(paint: Paint, mark: Mark, title: string, rows: readonly Row[]): readonly string[] {
  const width = rows.reduce((most, { what }) => Math.max(most, what.length), 0);
  return [
    paint(mark, `${mark} ${title}`),
    ...rows.flatMap((row) => [
      paint(row.mark, `    ${row.mark} ${row.what.padEnd(width)}  ${row.text}`.trimEnd()),
      ...(row.example === undefined ? [] : [`        ${exampleLine(row.example)}`]),
    ]),
  ];
}

function postureRow({ direction, change, example }: PostureChange): Row {
  return { mark: '~', what: `${direction} posture`, text: arrow(change), ...withExample(example) };
}

// Of what is added or removed as a whole, the destinations' examples say it all.

function identityBlock(paint: Paint, change: IdentityChange): readonly string[] {
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
    ...clauses.map((one) => ({ mark: MARKS[one.kind], what: 'clause', text: visible(one.clause) })),
    ...destinations.map(destinationRow),
  ];
  const rest = unlisted === 0 ? [] : [`      and ${counted(unlisted, 'more destination')}`];
  return [...block(paint, MARKS[kind], `identity ${visible(workloadId)}`, rows), ...rest];
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

function serviceBlock(paint: Paint, change: ServiceChange): readonly string[] {
  const { kind, name, external, tls, endpoints, grantedTo } = change;
  const changed = (what: string, values: Change<boolean> | undefined): readonly Row[] =>
    values === undefined ? [] : [{ mark: '~', what, text: arrow(values) }];
  const rows: readonly Row[] = [
    ...changed('external', external),
    ...changed('tls', tls),
    ...endpoints.map((endpoint) => ({
      mark: MARKS[endpoint.kind],
      what: 'endpoint',
      text: endpoint.endpoint,
      ...(kind === 'changed' ? withExample(endpoint.example) : {}),
    })),
  ];
  const granted = `granted to ${counted(grantedTo, 'identity', 'identities')}`;
  return block(paint, MARKS[kind], `service ${visible(name)} (${granted})`, rows);
}

function withExample(example: Example | undefined): { readonly example?: Example } {
  return example === undefined ? {} : { example };
}

/** `for example process:name=curl to 10.0.0.1:443: refused, then allowed by stripe`. */
function exampleLine({ facts, destination, before, after, differs }: Example): string {
  const { labels = [], ...own } = facts;
  const process = [
    ...Object.entries(own).map(([fact, value]) => `${fact}=${visible(String(value))}`),
    ...labels.map((label) => visible(label)),
  ];
  const who = process.length === 0 ? 'a process of no identity' : process.join(' ');
  const verdicts = differs
    ? `${verdictWords(before)}, then ${verdictWords(after)}`
    : `${verdictWords(after)}, as before`;
  return `for example ${who} to ${destination}: ${verdicts}`;
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
