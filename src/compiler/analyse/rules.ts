// SPDX-License-Identifier: Apache-2.0
// Rules that are never used, as an earlier one always decides.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ModelEgress, ModelIdentity, ModelInbound } from '../resolve/types.ts';
import { implies } from './reach.ts';

/** Rules with conditions that a rule is compared with. */
const MOST_COMPARED = 32;

/** Warnings about rules of which all that they grant is granted by earlier rules. */
export function checkRules({ egress, inbound = [] }: ModelIdentity): readonly Diagnostic[] {
  return [...checkEgress(egress), ...checkInbound(inbound)];
}

function checkEgress(egress: readonly ModelEgress[]): readonly Diagnostic[] {
  const first = new Map<readonly number[], ModelEgress>();
  const granted = new Map<number, ModelEgress>();
  const seen = new Set<readonly number[]>();
  const limited: {
    readonly rule: ModelEgress;
    readonly includes: (services: readonly number[]) => boolean;
  }[] = [];
  return egress.flatMap((rule): readonly Diagnostic[] => {
    const same = first.get(rule.services);
    const [one = -1] = rule.services;
    const earlier =
      same ?? (rule.services.every((service) => granted.has(service)) ? granted.get(one) : undefined);
    if (earlier !== undefined) {
      return [
        neverUsed(
          rule,
          earlier,
          same === undefined
            ? 'earlier ones of the identity grant all of its services'
            : 'an earlier one of the identity selects the same services',
        ),
      ];
    }
    if (rule.condition === undefined) {
      first.set(rule.services, rule);
      if (!seen.has(rule.services)) for (const service of rule.services) granted.set(service, rule);
      seen.add(rule.services);
      return [];
    }
    const wider = limited.find(
      (other) => other.includes(rule.services) && implies(rule.condition, other.rule.condition),
    );
    if (wider !== undefined)
      return [neverUsed(rule, wider.rule, 'an earlier one of the identity grants all that it does')];
    if (limited.length < MOST_COMPARED) limited.push({ rule, includes: includedIn(rule.services) });
    return [];
  });
}

/** Says whether services are among some. Rules with the same selectors have one list, which is gone through once. */
function includedIn(all: readonly number[]): (services: readonly number[]) => boolean {
  const among = new Set(all);
  const known = new Map([[all, true]]);
  return (services) => {
    let included = known.get(services);
    if (included === undefined) {
      included = services.every((service) => among.has(service));
      known.set(services, included);
    }
    return included;
  };
}

function checkInbound(inbound: readonly ModelInbound[]): readonly Diagnostic[] {
  return inbound.flatMap((rule, i): readonly Diagnostic[] => {
    const earlier = inbound
      .slice(Math.max(0, i - MOST_COMPARED), i)
      .find((other) => implies(rule.condition, other.condition));
    return earlier === undefined
      ? []
      : [neverUsed(rule, earlier, 'an earlier one of the identity admits all that it does')];
  });
}

function neverUsed(
  rule: ModelEgress | ModelInbound,
  earlier: ModelEgress | ModelInbound,
  what: string,
): Diagnostic {
  const differs = earlier.action !== rule.action;
  return {
    code: 'RTP1402',
    severity: 'warning',
    range: rule.source,
    message: `the rule is never used: ${what}`,
    ...(differs && { why: 'the first rule that grants decides, and its mode is another' }),
    fix: 'remove one of the two, or write the narrower one first',
    related: [{ range: earlier.source, message: 'this one decides' }],
  };
}
