// SPDX-License-Identifier: Apache-2.0
// Rules that never decide, and selectors that never hold.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ModelIdentity } from '../resolve/types.ts';
import { contradiction } from './overlap.ts';

/** Warnings about rules and selectors of an identity that are without effect. */
export function checkRules(identity: ModelIdentity): readonly Diagnostic[] {
  return [...shadowedRules(identity), ...impossibleSelectors(identity)];
}

/** Rules of which every service is granted by earlier rules, always. */
function shadowedRules({ egress }: ModelIdentity): readonly Diagnostic[] {
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

function impossibleSelectors({ selectors }: ModelIdentity): readonly Diagnostic[] {
  return selectors.flatMap(({ terms, source }): readonly Diagnostic[] => {
    const both = contradiction(terms);
    if (both === undefined) return [];
    return [
      {
        code: 'RTP1406',
        severity: 'warning',
        range: source,
        message: `the selector never holds: ${both[0]} and ${both[1]} exclude each other`,
        why: 'a connection that is opened has a destination, one that is accepted has a source',
        fix: 'write two selectors, one for each direction',
      },
    ];
  });
}
