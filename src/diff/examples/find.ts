// SPDX-License-Identifier: Apache-2.0
// From a set of connections to one that was tried out on both sides.

import { InternalError } from '../../errors.ts';
import type { Diagram } from '../space/diagrams.ts';
import { type Answer, ask, exampleOf } from './examples.ts';
import type { Outcome } from '../what/outcomes.ts';
import type { Group, Winners } from '../who/groups.ts';
import type { Example } from '../types.ts';
import type { Question } from '../space/witness.ts';
import type { CompareContext } from '../context.ts';

export interface TriedOut {
  readonly example: Example;
  readonly answers: readonly [Answer, Answer];
}

/** A connection of the group in a set, tried out on both sides. */
export function findExample(
  group: Group,
  set: Diagram,
  outcomes: readonly [Outcome, Outcome],
  context: CompareContext,
): TriedOut | undefined {
  for (const winners of group.winners()) {
    const question = findIn(set, winners, context);
    if (question !== undefined) return tryOut(question, outcomes, context);
  }
  return undefined;
}

export function findIn(
  set: Diagram,
  winners: Winners,
  { diagrams, index }: CompareContext,
): Question | undefined {
  let narrowed = set;
  for (const winner of winners) {
    const selector = winner === undefined ? undefined : index.locate(winner);
    if (winner !== undefined && selector === undefined) return undefined;
    for (const { dimension, cells } of selector?.restricted ?? [])
      narrowed = diagrams.and(narrowed, diagrams.inside(dimension, cells));
  }
  for (const box of diagrams.boxes(narrowed)) {
    const question = index.find(winners, box);
    if (question !== undefined) return question;
  }
  return undefined;
}

/** Asks both sides, and makes sure that they answer as was worked out. */
export function tryOut(
  question: Question,
  outcomes: readonly [Outcome, Outcome],
  { pair, direction }: CompareContext,
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
export function exampleOfMove(group: Group, context: CompareContext): Example | undefined {
  for (const winners of group.winners()) {
    const example = exampleWith(winners, context);
    if (example !== undefined) return example;
  }
  return undefined;
}

/** An example of the connections that two selectors win. */
export function exampleWith(
  winners: Winners,
  { index, pair, direction }: CompareContext,
): Example | undefined {
  const question = index.find(winners, []);
  if (question === undefined) return undefined;
  const [before, after] = pair.sides;
  return exampleOf(
    question,
    direction,
    { side: before, answer: ask(before, question, direction) },
    { side: after, answer: ask(after, question, direction) },
  );
}
