// SPDX-License-Identifier: Apache-2.0
// What identities are granted: rules and credentials, which share sets of services and conditions.

import type { Model, Posture } from '../resolve/types.ts';
import { type ConditionPlans, type ConditionTable, conditionTable } from './condition-table.ts';
import { type CredentialTables, lowerCredentials } from './credentials.ts';
import { type IdentityRules, lowerRules, type RuleTables } from './rules.ts';
import { setTable } from './sets.ts';

export interface GrantTables
  extends Pick<ConditionTable, 'tooLong' | 'never'>,
    ReturnType<ConditionTable['tables']> {
  readonly rules: RuleTables;
  readonly credentials: CredentialTables;
  readonly setCount: number;
  /** For each service the sets that it is in. */
  readonly serviceSets: readonly (readonly number[])[];
}

/** Lowers rules and credentials; `services` is how many there are. */
export function lowerGrants(
  egress: Posture,
  ingress: Posture,
  identities: readonly IdentityRules[],
  sources: Model['sources'],
  bindings: Model['bindings'],
  services: number,
  plans: ConditionPlans,
): GrantTables {
  const sets = setTable();
  const conditions = conditionTable(plans);
  const rules = lowerRules({ egress, ingress }, identities, sets, conditions);
  const credentials = lowerCredentials({ identities, sources, bindings }, sets, conditions);
  return {
    rules,
    credentials,
    setCount: sets.count(),
    serviceSets: sets.ofServices(services),
    tooLong: conditions.tooLong,
    never: conditions.never,
    ...conditions.tables(),
  };
}
