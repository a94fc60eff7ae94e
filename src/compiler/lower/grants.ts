// SPDX-License-Identifier: Apache-2.0
// What identities are granted: rules and credentials, which share sets of services and conditions.

import { listInterner } from '../resolve/intern.ts';
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

/** Lists that an interner keeps although no rule selects them any more: with more, a new one is begun. */
const MOST_UNUSED = 4096;

/** Lowers rules and credentials; `services` is how many there are. The function remembers what conditions and lists come to. */
export function createGrantLowering(): (
  egress: Posture,
  ingress: Posture,
  identities: readonly IdentityRules[],
  sources: Model['sources'],
  bindings: Model['bindings'],
  services: number,
) => GrantTables {
  const plans: ConditionPlans = new WeakMap();
  let lists = listInterner();
  let last: GrantTables | undefined;
  return (egress, ingress, identities, sources, bindings, services) => {
    const sets = setTable(lists);
    const conditions = conditionTable(plans);
    const rules = lowerRules({ egress, ingress }, identities, sets, conditions, last?.rules);
    const credentials = lowerCredentials({ identities, sources, bindings }, sets, conditions);
    if (lists.size() > 2 * sets.count() + MOST_UNUSED) lists = listInterner();
    last = {
      rules,
      credentials,
      setCount: sets.count(),
      serviceSets: sets.ofServices(services, last?.serviceSets),
      tooLong: conditions.tooLong,
      never: conditions.never,
      ...conditions.tables(),
    };
    return last;
  };
}
