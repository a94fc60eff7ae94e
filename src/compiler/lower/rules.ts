// SPDX-License-Identifier: Apache-2.0
// What is granted: egress and inbound rules to numbered rules, sets of services and grants.

import {
  ACTION,
  IDENTITY_FLAGS,
  MODE,
  NONE,
  OPTION_FLAGS,
  RULE_KIND,
  TLS_MODE,
} from '../../bundle/generated.ts';
import type { SourceRange } from '../../diagnostics/diagnostic.ts';
import type { Model, ModelEgress, ModelIdentity, Posture } from '../resolve/types.ts';
import type { ConditionTable } from './condition-table.ts';
import type { SetTable } from './sets.ts';
import type { TableIdentity, TableOption, TableRule } from './types.ts';

/** What the rules become. `sources` says where each rule is written. */
export interface RuleTables {
  readonly identities: readonly TableIdentity[];
  readonly rules: readonly TableRule[];
  readonly grants: readonly number[];
  readonly options: readonly TableOption[];
  readonly sources: readonly SourceRange[];
}

/**
 * Numbers the rules: the two postures, then for each identity its default and its egress rules in the order written, then, if
 * it has any, its inbound default and its inbound rules.
 */
export function lowerRules(model: Model, sets: SetTable, conditions: ConditionTable): RuleTables {
  const { egress, ingress } = model.project;
  const posture = { identity: NONE, set: NONE, options: NONE };
  const rules: TableRule[] = [
    { ...posture, kind: RULE_KIND.egressPosture, action: ACTION[egress.posture] },
    { ...posture, kind: RULE_KIND.ingressPosture, action: ACTION[ingress.posture] },
  ];
  const sources: SourceRange[] = [egress.source, ingress.source];
  const grants: number[] = [];
  const options = optionTable();
  const add = (rule: TableRule, source: SourceRange): void => {
    rules.push(rule);
    sources.push(source);
  };

  const identities = model.identities.map((identity, number): TableIdentity => {
    const rulesFirst = rules.length;
    const plain = { identity: number, set: NONE, options: NONE };
    const action = defaultAction(identity, egress.posture);
    add({ ...plain, kind: RULE_KIND.identityDefault, action }, identity.source);
    const granted = new Set<number>();
    for (const rule of identity.egress) {
      const set = sets.intern(rule.services);
      const option = egressOption(rule, conditions);
      // What follows an unconditional rule for its set keeps its number, so that it can be shown, and is never found.
      if (!granted.has(set)) grants.push(rules.length);
      if (option.condition === NONE) granted.add(set);
      const kind = RULE_KIND.egress;
      const own = { identity: number, set, kind, action: ruleAction(identity, rule.action) };
      add({ ...own, options: options.intern(option) }, rule.source);
    }
    const rulesCount = rules.length - rulesFirst;
    const inboundFirst = identity.inbound === undefined ? 0 : rules.length;
    if (identity.inbound !== undefined) {
      const refuse = defaultAction(identity, 'deny');
      add({ ...plain, kind: RULE_KIND.inboundDefault, action: refuse }, identity.source);
      for (const rule of identity.inbound) {
        const option = { ...NO_OPTION, condition: conditions.add(rule.condition) };
        const own = { ...plain, kind: RULE_KIND.inbound, action: ruleAction(identity, rule.action) };
        add({ ...own, options: options.intern(option) }, rule.source);
      }
    }
    return {
      workloadId: identity.workloadId,
      rulesFirst,
      rulesCount,
      inboundFirst,
      inboundCount: inboundFirst === 0 ? 0 : rules.length - inboundFirst,
      peers: conditions.add(identity.peers, 'peer'),
      mode: MODE[identity.mode],
      tls: TLS_MODE[identity.tls],
      flags: identity.template ? IDENTITY_FLAGS.template : 0,
    };
  });
  return { identities, rules, grants, options: options.list, sources };
}

/** What becomes of a connection of the identity that none of its rules grants, where the posture is this one. */
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

function ruleAction(identity: ModelIdentity, action: 'allow' | 'audit'): number {
  return identity.mode === 'off' ? ACTION.allow : ACTION[action];
}

const NO_OPTION: TableOption = { condition: NONE, peers: NONE, identity: NONE, tls: TLS_MODE.none, flags: 0 };

function egressOption(rule: ModelEgress, conditions: ConditionTable): TableOption {
  return {
    condition: conditions.add(rule.condition),
    peers: conditions.add(rule.peers, 'peer'),
    identity: rule.identity ?? NONE,
    tls: TLS_MODE[rule.tls],
    flags: rule.intercept ? OPTION_FLAGS.intercept : 0,
  };
}

/** Numbers options in the order of their first use; one that says nothing is NONE. */
function optionTable(): { list: TableOption[]; intern: (option: TableOption) => number } {
  const list: TableOption[] = [];
  const keyOf = ({ condition, peers, identity, tls, flags }: TableOption): string =>
    [condition, peers, identity, tls, flags].join();
  const numbers = new Map([[keyOf(NO_OPTION), NONE]]);
  return {
    list,
    intern(option) {
      const key = keyOf(option);
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, list.length);
      return list.push(option) - 1;
    },
  };
}
