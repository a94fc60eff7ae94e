// SPDX-License-Identifier: Apache-2.0
// Picks an example from a set of connections, and evaluates it on both sides.

import { InternalError } from '../../errors.ts';
import type { Diagram } from '../space/diagrams.ts';
import { type Answer, ask, exampleOf } from './examples.ts';
import type { Outcome } from '../what/outcomes.ts';
import type { Group, Winners } from '../who/groups.ts';
import type { Example } from '../types.ts';
import type { Question } from '../space/witness.ts';
import type { CompareContext } from '../context.ts';

export interface EvaluatedExample {
  readonly example: Example;
  readonly answers: readonly [Answer, Answer];
}

/** An example of the group within a set, evaluated on both sides. */
export function findExample(
  group: Group,
  set: Diagram,
  outcomes: readonly [Outcome, Outcome],
  context: CompareContext,
): EvaluatedExample | undefined {
  for (const winners of group.winners()) {
    const question = findIn(set, winners, context);
    if (question !== undefined) return evaluateExample(question, outcomes, context);
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

/** Evaluates a connection on both sides, and checks that the verdicts are the computed ones. */
export function evaluateExample(
  question: Question,
  outcomes: readonly [Outcome, Outcome],
  { pair, direction }: CompareContext,
): EvaluatedExample {
  const [before, after] = pair.sides;
  const answers = [ask(before, question, direction), ask(after, question, direction)] as const;
  answers.forEach(({ verdict }, i) => {
    const expected = outcomes[i];
    const isAsExpected =
      verdict.action === expected?.action &&
      (verdict.action === 'deny' ||
        (verdict.tls === expected.tls && verdict.intercept === expected.intercept));
    if (!isAsExpected) throw new InternalError('the verdict of an example is not the computed one');
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

/** An example of a group's connections, whatever their verdicts. */
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
