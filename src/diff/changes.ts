// SPDX-License-Identifier: Apache-2.0
// What changes for the connections of a group: what the identity's rules said before against what they say after.

import { InternalError } from '../errors.ts';
import { type Diagram, type Diagrams, FIRST_VALUE, OUTSIDE } from './diagrams.ts';
import { type Answer, ask, exampleOf, spiffeId } from './examples.ts';
import type { Outcome } from './functions.ts';
import type { Group, Winners } from './groups.ts';
import { nameServices } from './service-names.ts';
import type { Side } from './side.ts';
import type { ChangeKind, ConnectionChange, ConnectionOutcome, Example } from './types.ts';
import { FIRST_CONDITION } from './universe.ts';
import { askFor, type Question } from './witness.ts';
import { describeCases, describePlaces, type Workshop } from './workshop.ts';

/** The changes of a group, each with an example. */
export function changesOf(group: Group, workshop: Workshop): readonly ConnectionChange[] {
  const { diagrams, functions, pair } = workshop;
  const [before, after] = pair.sides;
  const both = pairUp(functions.of(before, group.before), functions.of(after, group.after), diagrams);
  const within = diagrams.and(
    diagrams.where(both.diagram, (value) => value !== OUTSIDE),
    reachOf(group, workshop),
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
          const places = diagrams.leadingTo(where, condition, FIRST_CONDITION);
          return describe(group, outcomes, places, condition, workshop);
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

/** How many selectors are looked at for what they say of connections. */
const FEW_WINNERS = 64;

/**
 * Connections that the selectors of a group let through, as far as that is easily said: it keeps ports out of a change that
 * selectors by port exclude.
 */
function reachOf(group: Group, { diagrams, field }: Workshop): Diagram {
  const sets: Diagram[] = [];
  for (const winners of group.winners()) {
    if (sets.length === FEW_WINNERS) return diagrams.everything;
    let set = diagrams.everything;
    for (const winner of winners) {
      const selector = winner === undefined ? undefined : field.place(winner);
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
  places: Diagram,
  condition: Diagram,
  workshop: Workshop,
): readonly ConnectionChange[] {
  const { diagrams, direction } = workshop;
  const example = findExample(group, diagrams.and(places, condition), outcomes, workshop);
  if (example === undefined) return [];
  const [before, after] = workshop.pair.sides;
  const peer = findPeer(outcomes, example.answers, workshop);
  return [
    {
      kind: kindOf(outcomes, diagrams),
      direction,
      before: showOutcome(outcomes[0], before, workshop),
      after: showOutcome(outcomes[1], after, workshop),
      ...nameServices(places, outcomes, workshop, group),
      places: describePlaces(places, workshop),
      ...conditionCases(condition, workshop),
      example: example.example,
      ...(peer === undefined ? {} : { peer }),
    },
  ];
}

function conditionCases(condition: Diagram, workshop: Workshop): Pick<ConnectionChange, 'when' | 'unless'> {
  const { diagrams } = workshop;
  if (condition === diagrams.everything) return {};
  const when = describeCases(condition, workshop);
  const unless = describeCases(diagrams.except(diagrams.everything, condition), workshop);
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

interface TriedOut {
  readonly example: Example;
  readonly answers: readonly [Answer, Answer];
}

/** A connection of the group in a set, tried out on both sides. */
function findExample(
  group: Group,
  set: Diagram,
  outcomes: readonly [Outcome, Outcome],
  workshop: Workshop,
): TriedOut | undefined {
  for (const winners of group.winners()) {
    const question = findIn(set, winners, workshop);
    if (question !== undefined) return tryOut(question, outcomes, workshop);
  }
  return undefined;
}

function findIn(set: Diagram, winners: Winners, { diagrams, field }: Workshop): Question | undefined {
  let narrowed = set;
  for (const winner of winners) {
    const selector = winner === undefined ? undefined : field.place(winner);
    if (winner !== undefined && selector === undefined) return undefined;
    for (const { dimension, cells } of selector?.restricted ?? [])
      narrowed = diagrams.and(narrowed, diagrams.inside(dimension, cells));
  }
  for (const box of diagrams.boxes(narrowed)) {
    const question = field.find(winners, box);
    if (question !== undefined) return question;
  }
  return undefined;
}

/** Asks both sides, and makes sure that they answer as was worked out. */
function tryOut(
  question: Question,
  outcomes: readonly [Outcome, Outcome],
  { pair, direction }: Workshop,
): TriedOut {
  const [before, after] = pair.sides;
  const answers = [ask(before, question, direction), ask(after, question, direction)] as const;
  answers.forEach(({ verdict }, i) => {
    const expected = outcomes[i];
    const isAsExpected =
      verdict.action === expected?.action &&
      (verdict.action === 'deny' ||
        (verdict.tls === expected.tls && verdict.intercept === expected.intercept));
    if (!isAsExpected) throw new InternalError('an example is not decided as it was worked out');
  });
  return {
    example: exampleOf(
      question,
      direction,
      { side: before, answer: answers[0] },
      { side: after, answer: answers[1] },
    ),
    answers,
  };
}

/** An example of a group's connections, whatever becomes of them. */
export function exampleOfMove(group: Group, workshop: Workshop): Example | undefined {
  for (const winners of group.winners()) {
    const question = workshop.field.find(winners, []);
    if (question === undefined) continue;
    const [before, after] = workshop.pair.sides;
    return exampleOf(
      question,
      workshop.direction,
      { side: before, answer: ask(before, question, workshop.direction) },
      { side: after, answer: ask(after, question, workshop.direction) },
    );
  }
  return undefined;
}

/** Where the peers differ of a connection that both sides let through: a peer that one of them does not. */
function findPeer(
  [a, b]: readonly [Outcome, Outcome],
  answers: readonly [Answer, Answer],
  { diagrams, field, pair }: Workshop,
): ConnectionChange['peer'] {
  if (a.action === 'deny' || b.action === 'deny' || a.peers === b.peers) return undefined;
  const differing = diagrams.or(diagrams.except(a.peers, b.peers), diagrams.except(b.peers, a.peers));
  for (const cells of diagrams.boxes(differing)) {
    const peer = askFor({ cells, labels: [] }, field.universe, 'in')?.connection.peer;
    if (peer === undefined) continue;
    const [before, after] = pair.sides.map(({ core }, i) => {
      const verdict = answers[i]?.verdict;
      return verdict !== undefined && core.peerAllowed(verdict, peer);
    });
    if (before === undefined || after === undefined || before === after)
      throw new InternalError('a peer is not decided as it was worked out');
    return { peer, before, after };
  }
  return undefined;
}

function showOutcome(outcome: Outcome, side: Side, workshop: Workshop): ConnectionOutcome {
  const { action, presents, tls, intercept, peers } = outcome;
  return {
    action,
    ...(presents === undefined ? {} : { presents: spiffeId(side, presents) }),
    tls,
    intercept,
    ...(peers === workshop.diagrams.everything ? {} : { peers: describeCases(peers, workshop) }),
  };
}
