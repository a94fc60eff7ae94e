// SPDX-License-Identifier: Apache-2.0
// Conditions that leave nothing out. Those that never hold are found when they are lowered.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { simplify } from '../conditions/simplify.ts';
import type { Model } from '../resolve/types.ts';

/** Warnings about conditions of rules and bindings that hold for every connection. */
export function checkConditions(model: Model): readonly Diagnostic[] {
  const rules = model.identities.flatMap(({ egress, inbound = [] }) => [...egress, ...inbound]);
  return [...rules, ...model.bindings].flatMap(({ condition, source }): readonly Diagnostic[] => {
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
