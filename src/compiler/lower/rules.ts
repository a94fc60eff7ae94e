// SPDX-License-Identifier: Apache-2.0
// What is granted: egress and inbound rules to numbered rules, sets of services and grants.

import {
  ACTION,
  AGENT_LOSS,
  IDENTITY_FLAGS,
  MODE,
  NONE,
  OPTION_FLAGS,
  RULE_KIND,
  TLS_MODE,
} from '../../bundle/generated.ts';
import type { SourceRange } from '../../diagnostics/diagnostic.ts';
import type { ModelEgress, ModelIdentity, ModelInbound, Posture } from '../resolve/types.ts';
import type { ConditionTable } from './condition-table.ts';
import { sameOr } from './lists.ts';
import type { SetTable } from './sets.ts';
import type { TableIdentity, TableOption, TableRule } from './types.ts';

/** What of an identity the tables of rules and credentials depend on: nothing of it is a range. */
export type IdentityRules = Omit<ModelIdentity, 'nodes' | 'selectors' | 'source' | 'egress' | 'inbound'> & {
  readonly egress: readonly Omit<ModelEgress, 'source'>[];
  readonly inbound: readonly Omit<ModelInbound, 'source' | 'peers'>[] | undefined;
};

/** What the rules become. */
export interface RuleTables {
  readonly identities: readonly TableIdentity[];
  readonly rules: readonly TableRule[];
  readonly grants: readonly number[];
  readonly options: readonly TableOption[];
}

export function rulesOf(identity: ModelIdentity): IdentityRules {
  const { workloadId, mode, peers, tls, svid, template, keep, agentLoss, egress, inbound } = identity;
  return {
    workloadId,
    mode,
    peers,
    tls,
    svid,
    template,
    keep,
    agentLoss,
    egress: egress.map((rule) => {
      const { action, services, condition, peers: others, identity: shown, intercept } = rule;
      return { action, services, condition, peers: others, identity: shown, tls: rule.tls, intercept };
    }),
    inbound: inbound?.map(({ action, condition }) => ({ action, condition })),
  };
}

/** Where each rule of an identity is written, in the order in which `lowerRules` numbers them. */
export function rangesOfRules({ source, egress, inbound }: ModelIdentity): readonly SourceRange[] {
  const sources = [source, ...egress.map((rule) => rule.source)];
  return inbound === undefined ? sources : [...sources, source, ...inbound.map((rule) => rule.source)];
}

/**
 * Numbers the rules: the two postures, then for each identity its default and its egress rules in the order written, then, if
 * it has any, its inbound default and its inbound rules. What is the same in the tables `before` is taken from them.
 */
export function lowerRules(
  postures: { readonly egress: Posture; readonly ingress: Posture },
  identities: readonly IdentityRules[],
  sets: SetTable,
  conditions: ConditionTable,
  before?: RuleTables,
): RuleTables {
  const posture = { identity: NONE, set: NONE, options: NONE };
  const rules: TableRule[] = [
    { ...posture, kind: RULE_KIND.egressPosture, action: ACTION[postures.egress] },
    { ...posture, kind: RULE_KIND.ingressPosture, action: ACTION[postures.ingress] },
  ];
  const grants: number[] = [];
  // By set: the last identity that had a rule for it that holds always.
  const granted: number[] = [];
  const options = optionTable();
  // Where the rule stood before, if it is the same.
  let next = 0;
  const add = (identity: number, set: number, kind: number, action: number, option: number): void => {
    const old = before?.rules[next++];
    const stays =
      old?.identity === identity &&
      old.set === set &&
      old.kind === kind &&
      old.action === action &&
      old.options === option;
    rules.push(stays ? old : { identity, set, kind, action, options: option });
  };

  const table = identities.map((identity, number): TableIdentity => {
    const old = before?.identities[number];
    next = old?.rulesFirst ?? 0;
    const rulesFirst = rules.length;
    add(number, NONE, RULE_KIND.identityDefault, defaultAction(identity, postures.egress), NONE);
    for (const rule of identity.egress) {
      const set = sets.intern(rule.services);
      const option = egressOption(rule, conditions);
      // What follows an unconditional rule for its set keeps its number, so that it can be shown, and is never found.
      if (granted[set] !== number) grants.push(rules.length);
      if (option.condition === NONE) granted[set] = number;
      add(number, set, RULE_KIND.egress, ruleAction(identity, rule.action), options.intern(option));
    }
    const rulesCount = rules.length - rulesFirst;
    const inboundFirst = identity.inbound === undefined ? 0 : rules.length;
    if (identity.inbound !== undefined) {
      add(number, NONE, RULE_KIND.inboundDefault, defaultAction(identity, 'deny'), NONE);
      for (const rule of identity.inbound) {
        const option = { ...NO_OPTION, condition: conditions.add(rule.condition) };
        const action = ruleAction(identity, rule.action);
        add(number, NONE, RULE_KIND.inbound, action, options.intern(option));
      }
    }
    const row: TableIdentity = {
      workloadId: identity.workloadId,
      rulesFirst,
      rulesCount,
      inboundFirst,
      inboundCount: inboundFirst === 0 ? 0 : rules.length - inboundFirst,
      peers: conditions.add(identity.peers, 'peer'),
      mode: MODE[identity.mode],
      tls: TLS_MODE[identity.tls],
      agentLoss: AGENT_LOSS[identity.agentLoss],
      flags: (identity.template ? IDENTITY_FLAGS.template : 0) | (identity.keep ? IDENTITY_FLAGS.keep : 0),
    };
    return sameOr(row, old);
  });
  return { identities: table, rules, grants, options: options.list };
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

function ruleAction(identity: Pick<ModelIdentity, 'mode'>, action: 'allow' | 'audit'): number {
  return identity.mode === 'off' ? ACTION.allow : ACTION[action];
}

const NO_OPTION: TableOption = { condition: NONE, peers: NONE, identity: NONE, tls: TLS_MODE.none, flags: 0 };

function egressOption(rule: Omit<ModelEgress, 'source'>, conditions: ConditionTable): TableOption {
  const { condition, peers, identity, tls, intercept } = rule;
  if (
    condition === undefined &&
    peers === undefined &&
    identity === undefined &&
    tls === 'none' &&
    !intercept
  )
    return NO_OPTION;
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
      if (option === NO_OPTION) return NONE;
      const key = keyOf(option);
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, list.length);
      return list.push(option) - 1;
    },
  };
}
