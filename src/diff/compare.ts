// SPDX-License-Identifier: Apache-2.0
// How two policies differ, exactly (docs/decisions/diff.md).
//
// Selectors that both sides have in the same order choose the same identity on both; so only processes that some other selector
// chooses can move from one identity to another. For those, and for identities whose rules are not the same, everything that
// either side can tell apart is cut into cells, and the rules are compared as diagrams over these cells. What is found is tried out
// on the evaluator that the kernel runs, so that every example is true.

import { compareText } from '../bundle/text.ts';
import { diffBesides } from './besides.ts';
import { type Budget, BudgetExceeded, DIFF_LIMITS, startBudget } from './budget.ts';
import { changesOf } from './changes.ts';
import { credentialGains } from './credentials.ts';
import { startDiagrams } from './diagrams.ts';
import { spiffeId } from './examples.ts';
import type { Direction } from './formulas.ts';
import { cutByRules, startFunctions } from './functions.ts';
import { findMoves, findRevisions, type Group, openField, type Pair } from './groups.ts';
import { commonKeys, cutBySelectors, plainSelectors, selectorWords } from './selectors.ts';
import { arrivalsOf } from './origins.ts';
import { type Compared, openSide, startNumbering } from './side.ts';
import { exampleOfMove } from './try-out.ts';
import type { IdentityDifference, Origin, PolicyDifference, SelectorPair } from './types.ts';
import { cellCounts, startUniverse } from './universe.ts';
import type { Workshop } from './workshop.ts';

export interface CompareOptions {
  /** Steps after which the comparison is given up. */
  readonly steps?: number;
  /** Whether each change that widens is to say what gives it in the policy after: it takes more steps. */
  readonly origins?: boolean;
}

/**
 * Compares what two bundles say of every connection.
 *
 * @throws UserError `bundle-refused`, `bundle-version`
 */
export function comparePolicies(
  before: Compared,
  after: Compared,
  { steps = DIFF_LIMITS.steps, origins = false }: CompareOptions = {},
): PolicyDifference {
  const number = startNumbering();
  const sides = [openSide(before, number), openSide(after, number)] as const;
  const sameBytes = Buffer.compare(before.bundle, after.bundle) === 0;
  const [a, b] = sides;
  const selectors = [plainSelectors(a), plainSelectors(b)] as const;
  const pair: Pair = { sides, selectors, common: commonKeys(...selectors) };
  const budget = startBudget(steps);
  const merged = new Map<string, Draft>();
  const notCompared: string[] = [];
  if (!sameBytes) {
    for (const direction of ['out', 'in'] as const) {
      try {
        compareDirection(pair, direction, { budget, wantsOrigins: origins }, merged);
      } catch (error) {
        if (!(error instanceof BudgetExceeded)) throw error;
        notCompared.push(
          `connections ${direction === 'out' ? 'that are opened' : 'that are accepted'}: ${error.message}; what is listed of them is right, and may not be all`,
        );
      }
    }
  }
  const identities = [...merged.values()].sort(compareDrafts).map((draft) => finish(draft, pair));
  const besides = sameBytes ? [] : diffBesides(a, b);
  const all = identities.flatMap(({ changes }) => changes);
  const count = (kind: string): number => all.filter((change) => change.kind === kind).length;
  const trustDomain =
    a.view.trustDomain === b.view.trustDomain
      ? undefined
      : { before: a.view.trustDomain, after: b.view.trustDomain };
  return {
    exact: notCompared.length === 0,
    same: identities.length === 0 && besides.length === 0 && trustDomain === undefined,
    sameBytes,
    ...(trustDomain === undefined ? {} : { trustDomain }),
    identities,
    besides,
    ...(origins && !sameBytes ? { credentials: credentialGains(a, b) } : {}),
    notCompared,
    summary: {
      gains: count('gains'),
      losses: count('loses'),
      changes: count('changes'),
      moves: identities.filter(({ moves }) => moves.length > 0).length,
    },
  };
}

/** A pair of identities, with what is found of it in both directions. */
interface Draft {
  readonly group: Group;
  readonly moves: IdentityDifference['moves'][number][];
  readonly changes: IdentityDifference['changes'][number][];
  readonly arrivals: Origin[];
}

type Terms = Pick<Workshop, 'wantsOrigins'> & { readonly budget: Budget };

function compareDirection(pair: Pair, direction: Direction, terms: Terms, merged: Map<string, Draft>): void {
  const moves = findMoves(pair, direction, terms.budget);
  const groups = [...findRevisions(pair, direction), ...moves];
  if (groups.length === 0) return;
  const workshop = openWorkshop(pair, direction, groups, terms);
  for (const group of groups) {
    const changes = changesOf(group, workshop);
    const example = group.before === group.after ? undefined : exampleOfMove(group, workshop);
    if (changes.length === 0 && example === undefined) continue;
    const key = JSON.stringify([group.before ?? null, group.after ?? null]);
    const draft = merged.get(key) ?? { group, moves: [], changes: [], arrivals: [] };
    merged.set(key, draft);
    if (example !== undefined) draft.moves.push({ direction, example });
    draft.changes.push(...changes);
    if (terms.wantsOrigins) draft.arrivals.push(...arrivalsOf(group, workshop));
  }
}

/** The space that the selectors, and the rules of the identities in question, cut. */
function openWorkshop(
  pair: Pair,
  direction: Direction,
  groups: readonly Group[],
  { budget, wantsOrigins }: Terms,
): Workshop {
  const { parts, build } = startUniverse();
  for (const list of pair.selectors) cutBySelectors(list, direction, parts);
  const seen = new Set<number>();
  for (const [place, side] of pair.sides.entries()) {
    const names = new Set(groups.map(({ before, after }) => (place === 0 ? before : after)));
    for (const name of names) {
      const number = name === undefined ? undefined : side.identities.get(name);
      const identity = number === undefined ? undefined : side.view.identities[number];
      if (identity !== undefined) cutByRules(side, identity, direction, parts, seen);
    }
  }
  const universe = build();
  const diagrams = startDiagrams(cellCounts(universe), budget);
  return {
    pair,
    direction,
    field: openField(pair, universe, direction, budget),
    diagrams,
    functions: startFunctions(universe, diagrams, direction),
    wantsOrigins,
    sharedExamples: new Map(),
    describedPlaces: new Map(),
    describedCases: new Map(),
  };
}

/** Identities that stay what they are first, then by workload ID, none before all. */
function compareDrafts({ group: a }: Draft, { group: b }: Draft): number {
  return (
    Number(a.before !== a.after) - Number(b.before !== b.after) ||
    compareText(a.after ?? '', b.after ?? '') ||
    compareText(a.before ?? '', b.before ?? '')
  );
}

/** How many of the ways in which processes are known are listed. */
const FEW_SELECTORS = 8;

function finish({ group, moves, changes, arrivals }: Draft, { sides }: Pair): IdentityDifference {
  const [a, b] = sides;
  const known: SelectorPair[] = [];
  let left = 0;
  for (const [before, after] of group.winners()) {
    // Of an identity that stays, the pairs of different selectors say nothing new.
    if (group.before === group.after && before?.key !== after?.key) break;
    if (known.length === FEW_SELECTORS) left++;
    else
      known.push({
        ...(before === undefined ? {} : { before: selectorWords(before) }),
        ...(after === undefined ? {} : { after: selectorWords(after) }),
      });
  }
  return {
    ...(group.before === undefined ? {} : { before: spiffeId(a, group.before) }),
    ...(group.after === undefined ? {} : { after: spiffeId(b, group.after) }),
    selectors: known,
    selectorsLeft: left,
    moves,
    changes,
    ...(arrivals.length === 0 ? {} : { arrivals }),
  };
}
