// SPDX-License-Identifier: Apache-2.0
// Conditions that leave nothing out. Those that never hold are found when they are lowered.

import type { Diagnostic, SourceRange } from '../../diagnostics/diagnostic.ts';
import { simplify } from '../conditions/simplify.ts';
import type { Condition } from '../resolve/types.ts';

/** Warnings about conditions, of the rules of an identity or of bindings, that hold for every connection. */
export function checkConditions(
  owners: readonly { readonly condition: Condition | undefined; readonly source: SourceRange }[],
): readonly Diagnostic[] {
  return owners.flatMap(({ condition, source }): readonly Diagnostic[] => {
    const simple = condition === undefined ? undefined : simplify(condition);
    if (simple?.kind !== 'constant' || !simple.value) return [];
    return [
      {
        code: 'RTP1609',
        severity: 'warning',
        range: source,
        message: 'the condition holds for every connection',
        why: 'the rule grants as much as it would without it',
        fix: 'correct it, or leave it out; || where && was meant is the usual reason',
      },
    ];
  });
}
