// SPDX-License-Identifier: Apache-2.0

import { suggestName } from '../diagnostics/suggest.ts';
import { UserError } from '../errors.ts';
import { LINT_RULES } from './rules.ts';

/** @throws UserError usage, when a code is not that of a rule. */
export function checkCodes(codes: readonly string[]): void {
  const known = LINT_RULES.map(({ code }) => code);
  for (const code of codes) {
    if (known.some((other) => other === code)) continue;
    const near = suggestName(code, known);
    throw new UserError('usage', {
      message: `there is no lint rule ${code}`,
      fix: near === undefined ? `the rules are ${known.join(', ')}` : `did you mean ${near}?`,
    });
  }
}
