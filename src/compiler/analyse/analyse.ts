// SPDX-License-Identifier: Apache-2.0
// Stage 5, analyse: what a policy says that its author will hardly have meant. It takes the model and gives warnings; it
// changes nothing. Its cost grows with the size of the policy, not with the number of pairs in it.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Model } from '../resolve/types.ts';
import { checkSelectors } from './selectors.ts';

/** Warnings about the policy as a whole, in no particular order. */
export function analyseModel(model: Model): readonly Diagnostic[] {
  return [...unusedServices(model), ...unusedRules(model), ...checkSelectors(model)];
}

function unusedServices(model: Model): readonly Diagnostic[] {
  const used = new Set<number>();
  // Rules that select the same share one list.
  const seen = new Set<readonly number[]>();
  for (const { egress } of model.identities) {
    for (const { services } of egress) {
      if (seen.has(services)) continue;
      seen.add(services);
      for (const service of services) used.add(service);
    }
  }
  return model.services.flatMap((service, number): Diagnostic[] => {
    if (used.has(number)) return [];
    return [
      {
        code: 'RTP1401',
        severity: 'warning',
        range: service.source,
        message: `nothing selects the service "${service.name}"`,
        why: 'nobody is granted the way to it',
        fix: 'select it in an egress rule, or remove it',
      },
    ];
  });
}

function unusedRules(model: Model): readonly Diagnostic[] {
  return model.identities.flatMap(({ egress }) => {
    const first = new Map<readonly number[], (typeof egress)[number]>();
    return egress.flatMap((rule): Diagnostic[] => {
      const earlier = first.get(rule.services);
      if (earlier === undefined) {
        first.set(rule.services, rule);
        return [];
      }
      const differs = earlier.action !== rule.action;
      return [
        {
          code: 'RTP1402',
          severity: 'warning',
          range: rule.source,
          message: 'the rule is never used: an earlier one of the identity selects the same services',
          ...(differs ? { why: 'the first rule that grants decides, and its mode is another' } : {}),
          fix: 'remove one of the two',
          related: [{ range: earlier.source, message: 'this one decides' }],
        },
      ];
    });
  });
}
