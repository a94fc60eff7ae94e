// SPDX-License-Identifier: Apache-2.0
// Rules that are never used.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ModelIdentity } from '../resolve/types.ts';

/** Warnings about rules of which every service is granted by earlier rules, always. */
export function checkRules({ egress }: ModelIdentity): readonly Diagnostic[] {
  const first = new Map<readonly number[], (typeof egress)[number]>();
  const granted = new Map<number, (typeof egress)[number]>();
  const seen = new Set<readonly number[]>();
  return egress.flatMap((rule): readonly Diagnostic[] => {
    const same = first.get(rule.services);
    const [one = -1] = rule.services;
    const earlier =
      same ?? (rule.services.every((service) => granted.has(service)) ? granted.get(one) : undefined);
    if (earlier === undefined) {
      if (rule.condition === undefined) {
        first.set(rule.services, rule);
        if (!seen.has(rule.services)) for (const service of rule.services) granted.set(service, rule);
        seen.add(rule.services);
      }
      return [];
    }
    const what =
      same === undefined
        ? 'earlier ones of the identity grant all of its services'
        : 'an earlier one of the identity selects the same services';
    const differs = earlier.action !== rule.action;
    return [
      {
        code: 'RTP1402',
        severity: 'warning',
        range: rule.source,
        message: `the rule is never used: ${what}`,
        ...(differs ? { why: 'the first rule that grants decides, and its mode is another' } : {}),
        fix: 'remove one of the two, or write the narrower one first',
        related: [{ range: earlier.source, message: 'this one decides' }],
      },
    ];
  });
}
