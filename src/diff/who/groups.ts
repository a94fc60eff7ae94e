// SPDX-License-Identifier: Apache-2.0
// Which processes can be decided differently: pairs of an identity before and an identity after.

import type { Budget } from '../budget.ts';
import type { Box } from '../space/diagrams.ts';
import { ask } from '../examples/examples.ts';
import type { Direction } from '../what/tests.ts';
import { type FindOverlaps, startFindingOverlaps } from './overlaps.ts';
import { startSearching } from '../space/search.ts';
import { cutBySelectors, type PlainSelector, type Selector, selectorsIn } from './selectors.ts';
import type { Side } from '../sides/side.ts';
import { cellCounts, startSpace, type Space } from '../space/space.ts';
import { askFor, type Question } from '../space/witness.ts';
import { InternalError } from '../../errors.ts';

/** The winning selectors of the two sides for some process; undefined: none matches on that side. */
export type Winners = readonly [PlainSelector | undefined, PlainSelector | undefined];

/** Processes that are one identity before and one after, by their workload IDs; undefined: no identity. */
export interface Group {
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Each connection of the group has one of these pairs. A pair may have no connection. */
  readonly winners: () => Iterable<Winners>;
}

/** Both sides and their selectors. */
export interface Pair {
  readonly sides: readonly [Side, Side];
  readonly selectors: readonly [readonly PlainSelector[], readonly PlainSelector[]];
  /** Keys of the selectors that both have, in the same order. */
  readonly common: ReadonlySet<string>;
}

/** Finds a connection in a box for which these two selectors win, as evaluated on both sides. */
export type FindConnection = (winners: Winners, box: Box) => Question | undefined;

/** The selectors of both sides in one space. */
export interface SelectorIndex {
  readonly space: Space;
  readonly find: FindConnection;
  /** Selectors of the other side that may match together with one. */
  readonly overlaps: readonly [FindOverlaps, FindOverlaps];
  /** A selector in this space; undefined when it never matches in this direction. */
  readonly locate: (selector: PlainSelector) => Selector | undefined;
}

/** Cost of evaluating both sides, in steps. */
const COST_OF_QUESTION = 1000;

/** Indexes selectors in a space that was partitioned by them, at least. */
export function indexSelectors(
  pair: Pair,
  space: Space,
  direction: Direction,
  budget: Budget,
): SelectorIndex {
  // Most comparisons need few of the selectors.
  const located = new Map<PlainSelector, Selector | undefined>();
  const locate = (selector: PlainSelector): Selector | undefined => {
    if (!located.has(selector)) located.set(selector, selectorsIn(space, [selector], direction)[0]);
    return located.get(selector);
  };
  const overlapsOf = (list: readonly PlainSelector[]): FindOverlaps => {
    let index: FindOverlaps | undefined;
    return (other) => {
      index ??= startFindingOverlaps(selectorsIn(space, list, direction));
      return index(other);
    };
  };
  const overlaps = [overlapsOf(pair.selectors[0]), overlapsOf(pair.selectors[1])] as const;
  const search = startSearching(space, cellCounts(space), budget);

  function find(winners: Winners, box: Box): Question | undefined {
    const holding: Selector[] = [];
    for (const winner of winners) {
      if (winner === undefined) continue;
      const selector = locate(winner);
      if (selector === undefined) return undefined;
      holding.push(selector);
    }
    budget.spend(COST_OF_QUESTION);
    const expected = winners.map((winner) => winner?.workloadId);
    const isAnswered = (question: Question): boolean =>
      pair.sides.every((side, i) => ask(side, question, direction).workloadId === expected[i]);
    // A process with only the facts that the two require is usually enough.
    const quick = search(box, holding, []);
    if (quick === undefined) return undefined;
    const question = askFor(quick, space, direction);
    if (question !== undefined && isAnswered(question)) return question;
    const found = search(box, holding, failing(winners, holding));
    const exact = found === undefined ? undefined : askFor(found, space, direction);
    if (exact !== undefined && !isAnswered(exact))
      throw new InternalError('the verdict of a connection is not the computed one');
    return exact;
  }

  /** The selectors that must not match for the two to win: those that precede them and may match together with them. */
  function failing(winners: Winners, holding: readonly Selector[]): readonly Selector[] {
    const together = {
      restricted: holding.flatMap(({ restricted }) => restricted),
      labels: holding.flatMap(({ labels }) => labels),
    };
    return overlaps.flatMap((overlapping, side) => {
      const limit = winners[side]?.number ?? Infinity;
      return overlapping(together).filter(({ number }) => number < limit);
    });
  }
  return { space, find, overlaps, locate };
}

/** Pairs of different identities between which processes move. Selectors that both sides have move none. */
export function findMoves(pair: Pair, direction: Direction, budget: Budget): readonly Group[] {
  const [before, after] = pair.selectors;
  const isOwn = ({ key }: PlainSelector): boolean => !pair.common.has(key);
  if (!before.some(isOwn) && !after.some(isOwn)) return [];
  const { parts, build } = startSpace();
  for (const list of pair.selectors) cutBySelectors(list, direction, parts);
  const index = indexSelectors(pair, build(), direction, budget);
  const groups = new Map<string, Group & { readonly found: Winners[] }>();
  const consider = (winners: Winners): void => {
    const [a, b] = [winners[0]?.workloadId, winners[1]?.workloadId];
    if (a === b || index.find(winners, []) === undefined) return;
    const key = JSON.stringify([a ?? null, b ?? null]);
    const found: Winners[] = [];
    const group = groups.get(key) ?? { before: a, after: b, winners: () => found, found };
    groups.set(key, group);
    group.found.push(winners);
  };
  const own = (list: readonly PlainSelector[]): readonly Selector[] =>
    list.filter(isOwn).flatMap((selector) => index.locate(selector) ?? []);
  for (const selector of own(after)) {
    for (const other of index.overlaps[0](selector)) consider([other, selector]);
    consider([undefined, selector]);
  }
  for (const selector of own(before)) {
    for (const other of index.overlaps[1](selector)) if (!isOwn(other)) consider([selector, other]);
    consider([selector, undefined]);
  }
  return [...groups.values()];
}

/** Identities of both sides whose rules are not the same, and the processes without any where the posture is not. */
export function findRevisions({ sides, selectors }: Pair, direction: Direction): readonly Group[] {
  const [before, after] = sides;
  const byIdentity = selectors.map((list) => Map.groupBy(list, ({ workloadId }) => workloadId));
  const groups: Group[] = [];
  const posture = direction === 'out' ? 0 : 1;
  if (before.view.rules[posture]?.action !== after.view.rules[posture]?.action)
    groups.push({ before: undefined, after: undefined, winners: () => [[undefined, undefined]] });
  for (const [workloadId, number] of before.identities) {
    const other = after.identities.get(workloadId);
    if (other === undefined || before.ruleKeys[direction][number] === after.ruleKeys[direction][other])
      continue;
    const [mine = [], yours = []] = byIdentity.map((map) => map.get(workloadId) ?? []);
    groups.push({ before: workloadId, after: workloadId, winners: () => winnersOf(mine, yours) });
  }
  return groups;
}

/** Selectors of the same identity on both sides, equal ones first: these are usually enough. */
function* winnersOf(before: readonly PlainSelector[], after: readonly PlainSelector[]): Iterable<Winners> {
  const byKey = new Map(after.map((selector) => [selector.key, selector]));
  for (const selector of before) {
    const same = byKey.get(selector.key);
    if (same !== undefined) yield [selector, same];
  }
  for (const a of before) for (const b of after) if (a.key !== b.key) yield [a, b];
}
