// SPDX-License-Identifier: Apache-2.0
// Identities, rules, options, grants and services to their tables.

import {
  ACTION,
  AGENT_LOSS,
  IDENTITY_FLAGS,
  NONE,
  OPTION_FLAGS,
  RULE_KIND,
  SERVICE_FLAGS,
  TLS_MODE,
} from '../../src/bundle/generated.ts';
import { hashTable, slice, type Strings, u32 } from './build-tables.ts';
import type { Sections } from './parts.ts';
import {
  firstInbound,
  firstRule,
  type InboundRule,
  numberConditions,
  type Policy,
  type Rule,
} from './policy.ts';

/** Numbers sets of services in the order in which they are met. */
export interface Sets {
  readonly numberOf: (services: readonly number[]) => number;
  readonly all: () => readonly (readonly [services: readonly number[], number: number])[];
}

/** No sets yet. */
export function startSets(): Sets {
  const sets = new Map<string, [readonly number[], number]>();
  return {
    numberOf(services) {
      const entry = sets.get(services.join()) ?? [services, sets.size];
      sets.set(services.join(), entry);
      return entry[1];
    },
    all: () => [...sets.values()],
  };
}

/** Identities, rules, options and grants. */
export function addRules(policy: Policy, sections: Sections, strings: Strings, sets: Sets): void {
  const posture = { identity: NONE, set: NONE, options: NONE };
  sections.rules.push(
    { ...posture, kind: RULE_KIND.egressPosture, action: ACTION[policy.egress] },
    { ...posture, kind: RULE_KIND.ingressPosture, action: ACTION[policy.ingress] },
  );
  const condition = numberConditions(policy);
  const options = optionTable(policy, sections);
  const grants: { identity: number; set: number; rule: number }[] = [];
  const always = new Set<string>();
  policy.identities.forEach((own, identity) => {
    const [workloadIdOffset, workloadIdLength] = strings(own.workloadId);
    sections.identities.push({
      workloadIdOffset,
      workloadIdLength,
      rulesFirst: firstRule(policy, identity),
      rulesCount: own.rules.length + 1,
      inboundFirst: own.inbound === undefined ? 0 : firstInbound(policy, identity),
      inboundCount: own.inbound === undefined ? 0 : own.inbound.rules.length + 1,
      peers: condition(own.peers),
      mode: 0,
      tls: TLS_MODE[own.tls ?? 'none'],
      agentLoss: AGENT_LOSS[own.agentLoss ?? 'deny'],
      flags:
        (own.template === true ? IDENTITY_FLAGS.template : 0) | (own.keep === true ? IDENTITY_FLAGS.keep : 0),
    });
    const plain = { identity, set: NONE, options: NONE };
    sections.rules.push({ ...plain, kind: RULE_KIND.identityDefault, action: ACTION[own.fallback] });
    for (const rule of own.rules) {
      const set = sets.numberOf(rule.services);
      if (!always.has(`${identity} ${set}`)) grants.push({ identity, set, rule: sections.rules.length });
      if (rule.condition === undefined) always.add(`${identity} ${set}`);
      const action = ACTION[rule.action];
      sections.rules.push({ identity, set, kind: RULE_KIND.egress, action, options: options(rule) });
    }
    if (own.inbound === undefined) return;
    const fallback = ACTION[own.inbound.fallback];
    sections.rules.push({ ...plain, kind: RULE_KIND.inboundDefault, action: fallback });
    for (const rule of own.inbound.rules) {
      const action = ACTION[rule.action];
      sections.rules.push({ ...plain, kind: RULE_KIND.inbound, action, options: options(rule) });
    }
  });
  const table = hashTable(grants, ({ identity, set }) => [...u32(identity), ...u32(set)]);
  sections.grantBuckets = table.buckets;
  sections.grants = table.entries.map(({ rule }) => rule);
}

/** Each different option once; a rule that says nothing has none. */
function optionTable(policy: Policy, sections: Sections): (rule: Rule | InboundRule) => number {
  const number = numberConditions(policy);
  const numbers = new Map<string, number>();
  return (rule) => {
    const egress: Partial<Rule> = 'services' in rule ? rule : {};
    const option = {
      condition: number(rule.condition),
      peers: number(egress.peers),
      identity: egress.identity ?? NONE,
      tls: TLS_MODE[egress.tls ?? 'none'],
      flags: egress.intercept === true ? OPTION_FLAGS.intercept : 0,
    };
    const key = JSON.stringify(option);
    if (key === JSON.stringify({ condition: NONE, peers: NONE, identity: NONE, tls: 0, flags: 0 }))
      return NONE;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, sections.options.length);
    return sections.options.push(option) - 1;
  };
}

/** Services, when all sets have their numbers. */
export function addServices(policy: Policy, sections: Sections, strings: Strings, sets: Sets): void {
  policy.services.forEach(({ name }, service) => {
    const [nameOffset, nameLength] = strings(name);
    const within = sets.all().flatMap(([services, set]) => (services.includes(service) ? [set] : []));
    const [setsFirst, setsCount] = slice(
      sections.serviceSets,
      within.toSorted((a, b) => a - b),
    );
    sections.services.push({ nameOffset, nameLength, flags: SERVICE_FLAGS.tls, setsFirst, setsCount });
  });
}
