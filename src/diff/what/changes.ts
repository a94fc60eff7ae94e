// SPDX-License-Identifier: Apache-2.0
// What changes for the connections of a group: the rules of its identity before against those of its identity after.

import { InternalError } from '../../errors.ts';
import { type Diagram, type Diagrams, FIRST_VALUE, OUTSIDE } from '../space/diagrams.ts';
import { type Answer, spiffeId } from '../examples/examples.ts';
import type { Outcome } from './outcomes.ts';
import type { Group } from '../who/groups.ts';
import { originsOf, widens } from '../widening/origins.ts';
import { nameServices } from './service-names.ts';
import type { Side } from '../sides/side.ts';
import { findExample } from '../examples/find.ts';
import type { ChangeKind, ConnectionChange, ConnectionOutcome } from '../types.ts';
import { FIRST_CONDITION } from '../space/space.ts';
import { askFor } from '../space/witness.ts';
import { describeCases, describeEndpoints, type CompareContext } from '../context.ts';

/** The changes of a group, each with an example. */
export function changesOf(group: Group, context: CompareContext): readonly ConnectionChange[] {
  const { diagrams, functions, pair } = context;
  const [before, after] = pair.sides;
  const both = pairUp(functions.of(before, group.before), functions.of(after, group.after), diagrams);
  const within = diagrams.and(
    diagrams.where(both.diagram, (value) => value !== OUTSIDE),
    reachOf(group, context),
  );
  const pairs = diagrams.choose(within, both.diagram, diagrams.nothing);
  return diagrams
    .reached(pairs, Infinity)
    .flatMap((leaf): readonly ConnectionChange[] => {
      const values = both.values[(diagrams.valueOf(leaf) ?? OUTSIDE) - FIRST_VALUE];
      if (values === undefined) return [];
      const outcomes = [functions.outcome(values[0]), functions.outcome(values[1])] as const;
      const where = diagrams.where(pairs, (value) => value === diagrams.valueOf(leaf));
      return diagrams
        .reached(where, FIRST_CONDITION)
        .filter((condition) => condition !== diagrams.nothing)
        .flatMap((condition) => {
          const endpoints = diagrams.leadingTo(where, condition, FIRST_CONDITION);
          return describe(group, outcomes, endpoints, condition, context);
        });
    })
    .sort(compareChanges);
}

const ORDER: Readonly<Record<ChangeKind, number>> = { gains: 0, loses: 1, changes: 2 };

function compareChanges(a: ConnectionChange, b: ConnectionChange): number {
  return ORDER[a.kind] - ORDER[b.kind];
}

/** Both functions in one, with pairs of different values; elsewhere OUTSIDE. */
function pairUp(
  a: Diagram,
  b: Diagram,
  diagrams: Diagrams,
): { readonly diagram: Diagram; readonly values: readonly (readonly [number, number])[] } {
  const values: (readonly [number, number])[] = [];
  const numbers = new Map<string, number>();
  const diagram = diagrams.combineOnce(
    (x, y) => {
      if (x === y) return OUTSIDE;
      const key = `${x} ${y}`;
      const number = numbers.get(key) ?? FIRST_VALUE + values.length;
      if (!numbers.has(key)) values.push([x, y]);
      numbers.set(key, number);
      return number;
    },
    a,
    b,
  );
  return { diagram, values };
}

/** How many selectors are considered for that. */
const FEW_WINNERS = 64;

/**
 * The endpoints that the selectors of a group can match, if these are few: keeps ports that selectors exclude out of a change.
 */
function reachOf(group: Group, { diagrams, index }: CompareContext): Diagram {
  const sets: Diagram[] = [];
  for (const winners of group.winners()) {
    if (sets.length === FEW_WINNERS) return diagrams.everything;
    let set = diagrams.everything;
    for (const winner of winners) {
      const selector = winner === undefined ? undefined : index.locate(winner);
      if (winner !== undefined && selector === undefined) set = diagrams.nothing;
      for (const { dimension, cells } of selector?.restricted ?? []) {
        if (dimension < FIRST_CONDITION) set = diagrams.and(set, diagrams.inside(dimension, cells));
      }
    }
    if (set === diagrams.everything) return set;
    sets.push(set);
  }
  return diagrams.unite(sets);
}

function describe(
  group: Group,
  outcomes: readonly [Outcome, Outcome],
  endpoints: Diagram,
  condition: Diagram,
  context: CompareContext,
): readonly ConnectionChange[] {
  const { diagrams, direction, origins } = context;
  const where = diagrams.and(endpoints, condition);
  const example = findExample(group, where, outcomes, context);
  if (example === undefined) return [];
  const [before, after] = context.pair.sides;
  const peer = findPeer(outcomes, example.answers, context);
  const isWider = widens(outcomes, diagrams);
  return [
    {
      kind: kindOf(outcomes, diagrams),
      direction,
      widens: isWider,
      before: showOutcome(outcomes[0], before, context),
      after: showOutcome(outcomes[1], after, context),
      ...nameServices(endpoints, outcomes, context, group),
      endpoints: describeEndpoints(endpoints, context),
      ...conditionCases(condition, context),
      example: example.example,
      peer,
      ...(isWider && origins ? { origins: originsOf(group, where, outcomes, context) } : {}),
    },
  ];
}

function conditionCases(
  condition: Diagram,
  context: CompareContext,
): Pick<ConnectionChange, 'when' | 'unless'> {
  const { diagrams } = context;
  if (condition === diagrams.everything) return {};
  const when = describeCases(condition, context);
  const unless = describeCases(diagrams.except(diagrams.everything, condition), context);
  return { when, ...(unless.length < when.length ? { unless } : {}) };
}

function kindOf([before, after]: readonly [Outcome, Outcome], diagrams: Diagrams): ChangeKind {
  if (before.action === 'deny') return 'gains';
  if (after.action === 'deny') return 'loses';
  const isTheSame =
    before.action === after.action &&
    before.presents === after.presents &&
    before.tls === after.tls &&
    before.intercept === after.intercept;
  if (isTheSame && diagrams.isSubset(before.peers, after.peers)) return 'gains';
  if (isTheSame && diagrams.isSubset(after.peers, before.peers)) return 'loses';
  return 'changes';
}

/** Where both sides allow a connection with different peers: a peer that only one of them allows, preferably a new one. */
function findPeer(
  [a, b]: readonly [Outcome, Outcome],
  answers: readonly [Answer, Answer],
  { diagrams, index, pair }: CompareContext,
): ConnectionChange['peer'] {
  if (a.action === 'deny' || b.action === 'deny' || a.peers === b.peers) return undefined;
  const gained = diagrams.except(b.peers, a.peers);
  const differing = gained === diagrams.nothing ? diagrams.except(a.peers, b.peers) : gained;
  for (const cells of diagrams.boxes(differing)) {
    const peer = askFor({ cells, labels: [] }, index.space, 'in')?.connection.peer;
    if (peer === undefined) continue;
    const [before, after] = pair.sides.map(({ core }, i) => {
      const verdict = answers[i]?.verdict;
      return verdict !== undefined && core.peerAllowed(verdict, peer);
    });
    if (before === undefined || after === undefined || before === after)
      throw new InternalError('the verdict on a peer is not the computed one');
    return { peer, before, after };
  }
  return undefined;
}

function showOutcome(outcome: Outcome, side: Side, context: CompareContext): ConnectionOutcome {
  const { action, presents, tls, intercept, peers } = outcome;
  return {
    action,
    ...(presents === undefined ? {} : { presents: spiffeId(side, presents) }),
    tls,
    intercept,
    ...(peers === context.diagrams.everything ? {} : { peers: describeCases(peers, context) }),
  };
}
