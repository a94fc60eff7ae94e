// SPDX-License-Identifier: Apache-2.0
// A difference as text. Marks carry the meaning (+ - ~); colour only repeats it.

import { listWords } from '../../terminal/list.ts';
import type { Paint, Style } from '../../terminal/paint.ts';
import { counted } from '../../terminal/counted.ts';
import type {
  ChangeKind,
  ConnectionChange,
  Counts,
  DifferenceSummary,
  IdentityDifference,
  PolicyDifference,
  SelectorPair,
} from '../types.ts';
import { otherChanges } from '../structure/structure.ts';
import { identityPart } from './structure.ts';
import { exampleWords, outcomeWords, endpointsWords, protocolWords, whenWords } from './words.ts';

export interface RenderOptions {
  /** What the two sides are, in words. */
  readonly before: string;
  readonly after: string;
  /** How many changes are printed; 0: all. */
  readonly limit: number;
  /** The only kind that is printed. */
  readonly only?: ChangeKind | undefined;
}

const MARKS: Readonly<Record<ChangeKind, string>> = { gains: '+', loses: '-', changes: '~' };
const STYLES: Readonly<Record<ChangeKind, Style>> = { gains: 'green', loses: 'red', changes: 'yellow' };
const VERBS = { out: 'connect to', in: 'accept from' } as const;

const TRANSPORTS = 'transports changed';

type Lines = readonly string[];

/** Identities with the same changes, of which the first is shown. */
interface Block {
  readonly first: IdentityDifference;
  readonly others: readonly string[];
}

/** The difference for a terminal or a log, as lines. */
export function renderDifference(
  difference: PolicyDifference,
  options: RenderOptions,
  paint: Paint,
): readonly string[] {
  const { before, after, limit, only } = options;
  const sides = [`before  ${before}`, `after   ${after}`];
  const parts = differenceParts(difference, { limit, only, rest: '--limit 0 prints all' }, paint);
  // Of what is written differently, only what decides no connection is listed: the connections cover the rest.
  const others = otherChanges(difference.structure).map(({ workloadId, statements }) =>
    identityPart({ kind: 'changed', workloadId, selectors: [], statements }, paint),
  );
  return joinParts([sides, ...parts, ...others, [summaryLine(difference, only)]]);
}

/** Lines in parts, with an empty line between two. */
export function joinParts(parts: readonly Lines[]): Lines {
  return parts.flatMap((part, i) => (i === 0 ? part : ['', ...part]));
}

export interface PartsOptions extends Pick<RenderOptions, 'limit' | 'only'> {
  /** Where the changes are that are not printed. */
  readonly rest: string;
}

/** What differs, in parts; none when nothing does. */
export function differenceParts(
  {
    trustDomain,
    identities,
    notCompared,
  }: Pick<PolicyDifference, 'trustDomain' | 'identities' | 'notCompared'>,
  { limit, only, rest }: PartsOptions,
  paint: Paint,
): readonly Lines[] {
  const parts: Lines[] = [];
  if (trustDomain !== undefined) {
    const { before: was, after: is } = trustDomain;
    const words = `${was} -> ${is}, in the SPIFFE ID of every identity`;
    parts.push([paint('yellow', `~ trust domain  ${words}`)]);
  }
  let room = limit === 0 ? Infinity : limit;
  let hidden = 0;
  for (const { first, others } of blocksOf(identities, only)) {
    const rows = [
      ...(only === undefined && first.moves.length > 0 ? [moveLines(first, paint)] : []),
      ...first.changes.map((change) => changeLines(change, paint)),
    ];
    const shown = rows.slice(0, room);
    room -= shown.length;
    hidden += rows.length - shown.length;
    if (shown.length > 0) parts.push([...headLines(first, others, paint), ...shown.flat()]);
  }
  if (hidden > 0)
    parts.push([`${counted(hidden, 'more change is', 'more changes are')} not printed; ${rest}`]);
  for (const sentence of notCompared) parts.push([paint('red', `not compared exactly: ${sentence}`)]);
  return parts;
}

/** Identities that stay what they are and change alike stand together. */
function blocksOf(identities: readonly IdentityDifference[], only: ChangeKind | undefined): readonly Block[] {
  const blocks = new Map<string, { first: IdentityDifference; others: string[] }>();
  for (const one of identities) {
    const changes = one.changes.filter(({ kind }) => only === undefined || kind === only);
    if (changes.length === 0 && (only !== undefined || one.moves.length === 0)) continue;
    const alike =
      one.before === one.after && one.before !== undefined
        ? JSON.stringify(changes.map((change) => ({ ...change, example: undefined, peer: undefined })))
        : JSON.stringify([one.before, one.after]);
    const block = blocks.get(alike);
    if (block === undefined) blocks.set(alike, { first: { ...one, changes }, others: [] });
    else block.others.push(one.after ?? '');
  }
  return [...blocks.values()];
}

function headLines(one: IdentityDifference, others: readonly string[], paint: Paint): readonly string[] {
  const [before, after] = [one.before, one.after].map((id) => id ?? 'no identity');
  const name = before === after ? `${before}` : `${before} -> ${after}`;
  const also = others.length === 0 ? '' : `, and likewise ${listWords(others)}`;
  const known = one.selectors.map((pair) => selectorLine(pair, one.before === one.after));
  const left = one.selectorsLeft === 0 ? [] : [`  and ${counted(one.selectorsLeft, 'more selector')}`];
  return [`${paint('bold', name)}${also}`, ...known.map((line) => paint('dim', line)), ...left];
}

function selectorLine({ before, after }: SelectorPair, stays: boolean): string {
  if (stays) return `  ${after ?? before ?? 'processes that match no selector'}`;
  const [was, is] = [before, after].map((selector) => selector ?? 'no selector');
  return was === is ? `  ${is}` : `  ${was} -> ${is}`;
}

function moveLines({ before, after, moves }: IdentityDifference, paint: Paint): readonly string[] {
  const verb =
    before === undefined
      ? 'gain this identity'
      : after === undefined
        ? 'lose their identity'
        : 'become another identity';
  return [
    paint('yellow', `    ~ ${verb}`),
    ...moves.slice(0, 1).map(({ example }) => `        for example ${exampleWords(example, false)}`),
  ];
}

function changeLines(change: ConnectionChange, paint: Paint): readonly string[] {
  const { kind, direction, before, after, when, example, peer } = change;
  const time = (when ?? []).some((tests) =>
    tests.some(({ field }) => field === 'time' || field === 'week-minute'),
  );
  return [
    paint(
      STYLES[kind],
      `    ${MARKS[kind]} ${kind.padEnd(7)}  ${VERBS[direction]} ${endpointsWords(change)}${protocolWords(change.protocol)}`,
    ),
    `        ${[outcomeWords(before, after), whenWords(change)].filter((part) => part !== '').join('  ')}`,
    `        for example ${exampleWords(example, time)}`,
    ...(peer === undefined
      ? []
      : [
          `        the peer ${peer.peer}: ${peer.before ? 'accepted' : 'refused'}, then ${peer.after ? 'accepted' : 'refused'}`,
        ]),
  ];
}

function summaryLine(difference: PolicyDifference, only: ChangeKind | undefined): string {
  const { same, sameBytes, exact } = difference;
  if (same && !exact) return 'No difference was found in what was compared.';
  if (same)
    return sameBytes
      ? 'No difference: the bundles are the same.'
      : 'No difference: every connection is decided the same, though the bundles are not the same bytes.';
  const alone = only === undefined ? '' : `; only ${only === 'gains' ? 'gains' : 'losses'} are printed`;
  const { summary } = difference;
  const counts = [
    summary.trustDomain ? 'another trust domain' : '',
    summary.transports ? TRANSPORTS : '',
    connectionCounts(summary),
  ];
  return `${counts.filter((part) => part !== '').join(', ')}${alone}.`;
}

/** How many connections and credentials change: `1 gain, 2 changes`; empty when none does. */
export function connectionCounts(summary: DifferenceSummary): string {
  return [
    some(summary.gains, 'gain'),
    some(summary.losses, 'loss', 'losses'),
    some(summary.changes, 'change'),
    some(summary.moves, 'move between identities', 'moves between identities'),
    some(summary.others, 'change to credentials or certificates', 'changes to credentials or certificates'),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** All that changes: `1 service changed; 20 gains, 20 losses`; empty when nothing does. */
export function differenceCounts(summary: DifferenceSummary): string {
  return [
    summary.trustDomain ? 'another trust domain' : '',
    some(summary.postures, 'posture changed', 'postures changed'),
    summary.transports ? TRANSPORTS : '',
    kindCounts(summary.identities, 'identity', 'identities'),
    kindCounts(summary.services, 'service', 'services'),
    connectionCounts(summary),
  ]
    .filter((part) => part !== '')
    .join('; ');
}

function some(count: number, one: string, many?: string): string {
  return count === 0 ? '' : counted(count, one, many);
}

/** `2 identities added, 1 changed`. */
function kindCounts(counts: Counts, one: string, many: string): string {
  return (['added', 'removed', 'changed'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind, i) => `${i === 0 ? counted(counts[kind], one, many) : counts[kind]} ${kind}`)
    .join(', ');
}
