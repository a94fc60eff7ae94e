// SPDX-License-Identifier: Apache-2.0
// A bound on the work: the answer is exact, or it says that it is not. Never a guess.

/** Limits of a comparison. Beyond them it says that it is not exact. */
export const DIFF_LIMITS = {
  /** steps of the whole comparison: about half a minute */
  steps: 200_000_000,
  /** classes of texts of one field: prefixes times suffixes that conditions test */
  textCells: 500_000,
  /** services listed in all statements together */
  listedServices: 20_000,
} as const;

/** Thrown when the work would exceed its bound. */
export class BudgetExceeded extends Error {
  constructor() {
    super('the comparison reached its limit of steps');
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
