// SPDX-License-Identifier: Apache-2.0
// A bound of the work: an exact answer, or the admission that there is none. Never a guess.

/** Bounds of a comparison. What is beyond is said to be not compared exactly. */
export const DIFF_LIMITS = {
  /** steps of the whole comparison: half a minute or so */
  steps: 200_000_000,
  /** classes of texts of one field: beginnings times endings that conditions look for */
  textCells: 500_000,
  /** services listed in all statements together */
  listedServices: 20_000,
} as const;

/** Thrown when the work would exceed its bound. */
export class BudgetExceeded extends Error {
  constructor() {
    super('the comparison takes more steps than it may');
    this.name = 'BudgetExceeded';
  }
}

export interface Budget {
  /** @throws BudgetExceeded */
  readonly spend: (steps: number) => void;
}

export function startBudget(steps: number): Budget {
  let left = steps;
  return {
    spend(count) {
      left -= count;
      if (left < 0) throw new BudgetExceeded();
    },
  };
}
