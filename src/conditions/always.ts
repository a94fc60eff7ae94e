// SPDX-License-Identifier: Apache-2.0
// Conditions that leave nothing out.

import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import type { Condition } from './types.ts';
import { simplify } from './simplify.ts';

/** Whether a condition holds for every connection, as far as that is seen. */
export function holdsAlways(condition: Condition): boolean {
  return isConstant(condition, true);
}

/** Whether a condition holds for no connection, as far as that is seen. */
export function holdsNever(condition: Condition): boolean {
  return isConstant(condition, false);
}

function isConstant(condition: Condition, value: boolean): boolean {
  switch (condition.kind) {
    case 'constant':
      return condition.value === value;
    case 'number':
    case 'text':
    case 'address':
      return false;
    case 'not':
    case 'all':
    case 'any': {
      const simple = simplify(condition);
      return simple.kind === 'constant' && simple.value === value;
    }
  }
}

/** The warning about a condition that holds always. */
export function alwaysHolds(range: SourceRange): Diagnostic {
  return {
    code: 'RTP1609',
    severity: 'warning',
    range,
    message: 'the condition is true of every connection',
    why: 'the rule allows as much as it would without it',
    fix: 'correct it, or remove it; usually && was meant instead of ||',
  };
}
