// SPDX-License-Identifier: Apache-2.0
// What is granted: egress rules to numbered rules, sets of services and grants.

import { ACTION, MODE, NONE, RULE_KIND } from '../../bundle/generated.ts';
import type { SourceRange } from '../../diagnostics/diagnostic.ts';
import { listInterner } from '../resolve/intern.ts';
import type { Model, ModelEgress, ModelIdentity, Posture } from '../resolve/types.ts';
import type { TableIdentity, TableRule } from './types.ts';

/** What the rules become. `sources` says where each rule is written. */
export interface RuleTables {
  readonly identities: readonly TableIdentity[];
  readonly rules: readonly TableRule[];
  readonly grants: readonly number[];
  readonly setCount: number;
  /** For each service of the model the sets that it is in, ascending. */
  readonly serviceSets: readonly (readonly number[])[];
  readonly sources: readonly SourceRange[];
}

/** Numbers the rules: the two postures, then for each identity its default and its egress rules in the order written. */
export function lowerRules(model: Model): RuleTables {
  const { egress, ingress } = model.project;
  const rules: TableRule[] = [
    { identity: NONE, set: NONE, kind: RULE_KIND.egressPosture, action: ACTION[egress.posture] },
    { identity: NONE, set: NONE, kind: RULE_KIND.ingressPosture, action: ACTION[ingress.posture] },
  ];
  const sources: SourceRange[] = [egress.source, ingress.source];
  const grants: number[] = [];
  const sets = setInterner();

  const identities = model.identities.map((identity, number): TableIdentity => {
    const rulesFirst = rules.length;
    const action = defaultAction(identity, egress.posture);
    rules.push({ identity: number, set: NONE, kind: RULE_KIND.identityDefault, action });
    sources.push(identity.source);
    const granted = new Set<number>();
    for (const rule of identity.egress) {
      const set = sets.intern(rule.services);
      // The first rule for a set decides; a later one keeps its number, so that it can be shown, and is never found.
      if (!granted.has(set)) grants.push(rules.length);
      granted.add(set);
      rules.push({ identity: number, set, kind: RULE_KIND.egress, action: egressAction(identity, rule) });
      sources.push(rule.source);
    }
    const rulesCount = rules.length - rulesFirst;
    return { workloadId: identity.workloadId, rulesFirst, rulesCount, mode: MODE[identity.mode] };
  });

  const serviceSets: number[][] = model.services.map(() => []);
  sets.list.forEach((services, set) => {
    for (const service of services) serviceSets[service]?.push(set);
  });
  return { identities, rules, grants, setCount: sets.list.length, serviceSets, sources };
}

/** What becomes of a connection of the identity that none of its egress rules grants. */
export function defaultAction(identity: Pick<ModelIdentity, 'mode'>, posture: Posture): number {
  switch (identity.mode) {
    case 'enforce':
      return ACTION[posture];
    case 'audit':
      return posture === 'deny' ? ACTION.audit : ACTION[posture];
    case 'off':
      return ACTION.allow;
  }
}

function egressAction(identity: ModelIdentity, rule: ModelEgress): number {
  return identity.mode === 'off' ? ACTION.allow : ACTION[rule.action];
}

/** Numbers sets of services in the order of their first use. */
function setInterner(): { list: (readonly number[])[]; intern: (services: readonly number[]) => number } {
  const list: (readonly number[])[] = [];
  const unify = listInterner();
  const numbers = new Map<readonly number[], number>();
  return {
    list,
    intern(services) {
      const unique = unify(services);
      const known = numbers.get(unique);
      if (known !== undefined) return known;
      numbers.set(unique, list.length);
      return list.push(unique) - 1;
    },
  };
}
