// SPDX-License-Identifier: Apache-2.0
// What the guardrails of one policy may take together. It is counted in steps and not in seconds, before anything runs: the same
// policy is accepted or refused alike on every machine.

import { GUARD_LIMITS } from './types.ts';

/** What is left for guardrails. */
export interface Budget {
  readonly mostExpressions: number;
  readonly mostSteps: number;
  /** Takes one expression; false when there is none left. */
  readonly takeExpression: () => boolean;
  /** Takes steps; false, and nothing is taken, when there are not as many left. */
  readonly takeSteps: (steps: number) => boolean;
  /** Whether an expression was refused: then the policy is, and what is left need not be looked at. */
  readonly isSpent: () => boolean;
}

/** The budget for a policy of so many documents. */
export function startBudget(documents: number): Budget {
  const mostSteps = GUARD_LIMITS.steps + documents * GUARD_LIMITS.stepsPerDocument;
  let expressions = 0;
  let used = 0;
  return {
    mostExpressions: GUARD_LIMITS.expressions,
    mostSteps,
    takeExpression: () => (expressions += 1) <= GUARD_LIMITS.expressions,
    takeSteps: (steps) => {
      if (used + steps > mostSteps) return false;
      used += steps;
      return true;
    },
    isSpent: () => expressions > GUARD_LIMITS.expressions,
  };
}
