// SPDX-License-Identifier: Apache-2.0
// How two policies differ, exactly (docs/decisions/diff.md).
//
// Selectors that both sides have in the same order choose the same identity on both; so only processes that some other selector
// chooses can move from one identity to another. For those, and for identities whose rules are not the same, everything that
// either side can tell apart is cut into cells, and the rules are compared as decision diagrams over these cells. Every example is
// evaluated by the core that the kernel runs, on both sides.

import { compareText } from '../bundle/text.ts';
import { selectorWords } from '../bundle/words.ts';
import { type Budget, BudgetExceeded, DIFF_LIMITS, startBudget } from './budget.ts';
import { changesOf } from './what/changes.ts';
import { credentialGains } from './widening/credentials.ts';
import { startDiagrams } from './space/diagrams.ts';
import { spiffeId } from './examples/examples.ts';
import type { Direction } from './what/tests.ts';
import { cutByRules, startFunctions } from './what/outcomes.ts';
import { findMoves, findRevisions, type Group, indexSelectors, type Pair } from './who/groups.ts';
import { commonKeys, cutBySelectors, plainSelectors } from './who/selectors.ts';
import { compareStructure, otherChanges } from './structure/structure.ts';
import { arrivalsOf } from './widening/origins.ts';
import { comparesUdp, sideByTcp, sideByUdp } from './sides/protocols.ts';
import { type Compared, openSide, type Shared, startSharing } from './sides/side.ts';
import { exampleOfMove } from './examples/find.ts';
import type {
  ChangeKind,
  ConnectionChange,
  Counts,
  DifferenceSummary,
  IdentityDifference,
  Kind,
  Origin,
  PolicyDifference,
  SelectorPair,
  Structure,
} from './types.ts';
import { cellCounts, startSpace } from './space/space.ts';
import type { CompareContext } from './context.ts';

export interface CompareOptions {
  /** Steps after which the comparison of connections is given up. */
  readonly steps?: number;
  /** Also attribute each widening change to its cause: it takes more steps. */
  readonly origins?: boolean;
}

/**
 * Compares what two policies say, and what they decide of every connection. Where one is absent no policy is in force: then nothing is
 * refused, and no process has an identity.
 *
 * @throws UserError `bundle-refused`, `bundle-version`
 */
export function comparePolicies(
  before: Compared | undefined,
  after: Compared | undefined,
  { steps = DIFF_LIMITS.steps, origins = false }: CompareOptions = {},
): PolicyDifference {
  if (sameBytes(before, after)) return NO_DIFFERENCE;
  const shared = startSharing();
  const sides = [openSide(before, shared), openSide(after, shared)] as const;
  const [a, b] = sides;
  const selectors = [plainSelectors(a), plainSelectors(b)] as const;
  const pair: Pair = { sides, selectors, common: commonKeys(...selectors) };
  const { identities, notCompared } = compareConnections(pair, shared, {
    budget: startBudget(steps),
    origins,
  });
  const structure = compareStructure(pair);
  const trustDomain =
    !a.isGoverned || !b.isGoverned || a.view.trustDomain === b.view.trustDomain
      ? undefined
      : { before: a.view.trustDomain, after: b.view.trustDomain };
  const summary = summarize(identities, structure, trustDomain !== undefined);
  return {
    exact: notCompared.length === 0,
    same:
      identities.length === 0 &&
      summary.others === 0 &&
      trustDomain === undefined &&
      structure.keep === undefined &&
      structure.udp === undefined &&
      structure.denyOthers === undefined,
    sameBytes: false,
    trustDomain,
    identities,
    structure,
    ...(origins ? { credentials: credentialGains(a, b) } : {}),
    notCompared,
    summary,
  };
}

function sameBytes(before: Compared | undefined, after: Compared | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return Buffer.compare(before.bundle, after.bundle) === 0;
}

function summarize(
  identities: readonly IdentityDifference[],
  structure: Structure,
  trustDomain: boolean,
): DifferenceSummary {
  const kinds = identities.flatMap(({ changes }) => changes.map(({ kind }) => kind));
  const count = (wanted: ChangeKind): number => kinds.filter((kind) => kind === wanted).length;
  return {
    trustDomain,
    postures: structure.postures.length,
    transports: structure.udp !== undefined || structure.denyOthers !== undefined,
    identities: countKinds(structure.identities),
    services: countKinds(structure.services),
    others: otherChanges(structure).reduce((sum, { statements }) => sum + statements.length, 0),
    gains: count('gains'),
    losses: count('loses'),
    changes: count('changes'),
    moves: identities.filter(({ moves }) => moves.length > 0).length,
  };
}

function countKinds(list: readonly { readonly kind: Kind }[]): Counts {
  const count = (wanted: Kind): number => list.filter(({ kind }) => kind === wanted).length;
  return { added: count('added'), removed: count('removed'), changed: count('changed') };
}

const NO_STRUCTURE: Structure = { postures: [], identities: [], services: [] };
const NO_DIFFERENCE: PolicyDifference = {
  exact: true,
  same: true,
  sameBytes: true,
  identities: [],
  structure: NO_STRUCTURE,
  notCompared: [],
  summary: summarize([], NO_STRUCTURE, false),
};

interface Terms {
  readonly budget: Budget;
  readonly origins: boolean;
}

/** Who gains or loses which connections, in both directions. */
function compareConnections(
  pair: Pair,
  shared: Shared,
  terms: Terms,
): Pick<PolicyDifference, 'identities' | 'notCompared'> {
  const merged = new Map<string, PairChanges>();
  const notCompared: string[] = [];
  const compare = (what: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof BudgetExceeded)) throw error;
      notCompared.push(`${what}: ${error.message}; the list is correct but may be incomplete`);
    }
  };
  const [a, b] = pair.sides;
  const byTcp: Pair = { ...pair, sides: [sideByTcp(a, shared), sideByTcp(b, shared)] };
  compare('outbound connections', () => compareDirection(byTcp, 'out', terms, merged));
  compare('inbound connections', () => compareDirection(byTcp, 'in', terms, merged));
  if (comparesUdp(pair.sides))
    compare('outbound datagrams', () => {
      const byUdp: Pair = { ...pair, sides: [sideByUdp(a, shared), sideByUdp(b, shared)] };
      const datagrams = new Map<string, PairChanges>();
      try {
        compareDirection(byUdp, 'out', terms, datagrams);
      } finally {
        mergeDatagrams(datagrams, merged);
      }
    });
  return { identities: [...merged.values()].sort(comparePairs).map((one) => finish(one, pair)), notCompared };
}

/** A pair of identities, with what is found of it in both directions. */
interface PairChanges {
  readonly group: Group;
  readonly moves: IdentityDifference['moves'][number][];
  readonly changes: IdentityDifference['changes'][number][];
  readonly arrivals: Origin[];
}

function compareDirection(
  pair: Pair,
  direction: Direction,
  terms: Terms,
  merged: Map<string, PairChanges>,
): void {
  const moves = findMoves(pair, direction, terms.budget);
  const groups = [...findRevisions(pair, direction), ...moves];
  if (groups.length === 0) return;
  const context = openContext(pair, direction, groups, terms);
  for (const group of groups) {
    const changes = changesOf(group, context);
    const example = group.before === group.after ? undefined : exampleOfMove(group, context);
    if (changes.length === 0 && example === undefined) continue;
    const key = JSON.stringify([group.before ?? null, group.after ?? null]);
    const found = merged.get(key) ?? { group, moves: [], changes: [], arrivals: [] };
    merged.set(key, found);
    if (example !== undefined) found.moves.push({ direction, example });
    found.changes.push(...changes);
    if (terms.origins) found.arrivals.push(...arrivalsOf(group, context));
  }
}

/**
 * Adds what changes for datagrams. What is the same change by both protocols is one. That processes become another identity, and why, is
 * said of connections.
 */
function mergeDatagrams(datagrams: ReadonlyMap<string, PairChanges>, merged: Map<string, PairChanges>): void {
  const alike = ({ direction, kind, before, after, ...change }: ConnectionChange): string =>
    JSON.stringify([
      direction,
      kind,
      before.action,
      after.action,
      change.services,
      change.unnamedEndpoints,
      change.allBut,
      change.endpoints,
      change.when,
      change.unless,
    ]);
  for (const [key, found] of merged) {
    const byUdp = new Set(datagrams.get(key)?.changes.map(alike));
    const changes = found.changes.map((change): ConnectionChange => {
      const isAlone = change.direction === 'out' && !byUdp.has(alike(change));
      return isAlone ? { ...change, protocol: 'tcp' } : change;
    });
    merged.set(key, { ...found, changes });
  }
  for (const [key, { group, changes }] of datagrams) {
    const found = merged.get(key) ?? { group, moves: [], changes: [], arrivals: [] };
    const byTcp = new Set(found.changes.filter(({ protocol }) => protocol === undefined).map(alike));
    const alone = changes
      .filter((change) => !byTcp.has(alike(change)))
      .map((change): ConnectionChange => {
        const example = { ...change.example, protocol: 'udp' as const };
        return { ...change, protocol: 'udp', example };
      });
    if (alone.length > 0) merged.set(key, { ...found, changes: [...found.changes, ...alone] });
  }
}

/** The space that the selectors, and the rules of the identities in question, cut. */
function openContext(
  pair: Pair,
  direction: Direction,
  groups: readonly Group[],
  { budget, origins }: Terms,
): CompareContext {
  const { parts, build } = startSpace();
  for (const list of pair.selectors) cutBySelectors(list, direction, parts);
  const seen = new Set<number>();
  for (const [index, side] of pair.sides.entries()) {
    const names = new Set(groups.map(({ before, after }) => (index === 0 ? before : after)));
    for (const name of names) {
      const number = name === undefined ? undefined : side.identities.get(name);
      const identity = number === undefined ? undefined : side.view.identities[number];
      if (identity !== undefined) cutByRules(side, identity, direction, parts, seen);
    }
  }
  const space = build();
  const diagrams = startDiagrams(cellCounts(space), budget);
  return {
    pair,
    direction,
    index: indexSelectors(pair, space, direction, budget),
    diagrams,
    functions: startFunctions(space, diagrams, direction),
    origins,
    sharedExamples: new Map(),
    describedEndpoints: new Map(),
    describedCases: new Map(),
  };
}

/** Identities that stay what they are first, then by workload ID, none before all. */
function comparePairs({ group: a }: PairChanges, { group: b }: PairChanges): number {
  return (
    Number(a.before !== a.after) - Number(b.before !== b.after) ||
    compareText(a.after ?? '', b.after ?? '') ||
    compareText(a.before ?? '', b.before ?? '')
  );
}

/** How many of the ways in which processes are known are listed. */
const FEW_SELECTORS = 8;

function finish({ group, moves, changes, arrivals }: PairChanges, { sides }: Pair): IdentityDifference {
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
