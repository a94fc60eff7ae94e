// SPDX-License-Identifier: Apache-2.0
// Conditions that leave nothing out. Those that never hold are found when they are lowered.

import type { Diagnostic, SourceRange } from '../../diagnostics/diagnostic.ts';
import { alwaysHolds, holdsAlways } from '../../conditions/always.ts';
import type { Condition } from '../../conditions/types.ts';

/** Warnings about conditions, of the rules of an identity or of bindings, that hold for every connection. */
export function checkConditions(
  owners: readonly { readonly condition: Condition | undefined; readonly source: SourceRange }[],
): readonly Diagnostic[] {
  return owners.flatMap(({ condition, source }) =>
    condition !== undefined && holdsAlways(condition) ? [alwaysHolds(source)] : [],
  );
}
