// SPDX-License-Identifier: Apache-2.0
// Limits of names, rules and conditions.

import { LIMITS } from '../../../bundle/generated.ts';
import { textLength } from '../../../bundle/text.ts';
import type { Diagnostic, SourceRange } from '../../../diagnostics/diagnostic.ts';
import type { Condition } from '../../../conditions/types.ts';
import type { Model, ModelEgress, ModelIdentity } from '../../resolve/types.ts';
import type { ConditionTable } from '../condition-table.ts';
import type { IdentityRules } from '../rules.ts';

/** An error when a name is too long for a bundle. */
export function checkText(text: string, range: SourceRange): readonly Diagnostic[] {
  const length = textLength(text);
  if (length <= LIMITS.stringLength) return [];
  const message = `a name has ${length} bytes; ${LIMITS.stringLength} are allowed`;
  return [{ code: 'RTP1509', severity: 'error', range, message, fix: 'shorten it' }];
}

/** An error for each limit that the rules and the name of an identity exceed. */
export function checkIdentityLimits({
  workloadId,
  egress,
  inbound = [],
  source,
}: ModelIdentity): readonly Diagnostic[] {
  const conditional = countConditional(egress);
  const found: Diagnostic[] = [...checkText(workloadId, source)];
  if (conditional > LIMITS.conditionalRules) {
    found.push({
      code: 'RTP1512',
      severity: 'error',
      range: source,
      message: `${conditional} egress rules of "${workloadId}" have conditions; ${LIMITS.conditionalRules} are allowed`,
      fix: 'join rules whose conditions are the same, or join conditions with ||',
    });
  }
  // Rules of one identity for the same services stand in one bucket of a hash table, whatever its size.
  const alike = conditional < LIMITS.bucket ? undefined : mostAlike(egress);
  if (alike !== undefined && alike.length >= LIMITS.bucket) {
    found.push({
      code: 'RTP1512',
      severity: 'error',
      range: alike[LIMITS.bucket - 1]?.source ?? source,
      message: `${alike.length} egress rules of "${workloadId}" with conditions select the same services; ${LIMITS.bucket - 1} are allowed`,
      fix: 'join their conditions with ||',
    });
  }
  if (inbound.length >= LIMITS.inboundRules) {
    found.push({
      code: 'RTP1513',
      severity: 'error',
      range: source,
      message: `"${workloadId}" has ${inbound.length} inbound rules; ${LIMITS.inboundRules - 1} are allowed`,
      fix: 'join rules: one can name many peers',
    });
  }
  return found;
}

/** Conditions that are too long, and a warning where one never holds. */
export function checkConditionLimits(
  model: Model,
  identities: readonly IdentityRules[],
  { tooLong, never }: Pick<ConditionTable, 'tooLong' | 'never'>,
): readonly Diagnostic[] {
  if (tooLong.size === 0 && never.size === 0) return [];
  const owners: readonly {
    readonly of: readonly (Condition | undefined)[];
    readonly source: SourceRange | undefined;
  }[] = [
    ...identities.flatMap(({ peers, egress, inbound = [] }, number) => {
      const own = model.identities[number];
      return [
        { of: [peers], source: own?.source },
        ...egress.map((rule, i) => ({ of: [rule.condition, rule.peers], source: own?.egress[i]?.source })),
        ...inbound.map((rule, i) => ({ of: [rule.condition], source: own?.inbound?.[i]?.source })),
      ];
    }),
    ...model.bindings.map((binding) => ({ of: [binding.condition], source: binding.source })),
  ];
  return owners.flatMap(({ of, source }) =>
    of.flatMap((condition): readonly Diagnostic[] => {
      if (condition === undefined || source === undefined) return [];
      if (never.has(condition)) return [neverHolds(condition, source)];
      const length = tooLong.get(condition);
      if (length === undefined) return [];
      return [
        {
          code: 'RTP1511',
          severity: 'error',
          range: source,
          message: `the condition has ${length} steps; ${LIMITS.conditionLength} are allowed`,
          why: 'the kernel runs it each time such a connection is opened',
          fix: 'split the rule: several rules of an identity are alternatives',
        },
      ];
    }),
  );
}

function countConditional(egress: readonly ModelEgress[]): number {
  return egress.reduce((count, { condition }) => count + (condition === undefined ? 0 : 1), 0);
}

/** The rules with conditions that select the same services, where these are the most. */
function mostAlike(egress: readonly ModelEgress[]): readonly ModelEgress[] {
  const conditional = egress.filter(({ condition }) => condition !== undefined);
  const groups = [...Map.groupBy(conditional, ({ services }) => services.join()).values()];
  return groups.reduce((most, group) => (group.length > most.length ? group : most), []);
}

function neverHolds(condition: Condition, range: SourceRange): Diagnostic {
  const alone = condition.kind === 'constant';
  return {
    code: 'RTP1514',
    severity: 'warning',
    range,
    message: `the rule never grants anything: ${alone ? 'its condition holds for no connection' : 'its conditions exclude each other'}`,
    fix: alone
      ? 'correct the condition, remove the rule, or switch it off with mode: off'
      : 'correct when, ports, notBefore, notAfter and windows so that all of them can hold at once, or remove the rule',
  };
}
