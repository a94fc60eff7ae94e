// SPDX-License-Identifier: Apache-2.0
// Stage 5, analyse: what a policy says that its author will hardly have meant. It takes the model and gives warnings; it
// changes nothing. Its cost grows with the size of the policy, not with the number of pairs in it.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Model } from '../resolve/types.ts';
import { checkAmbiguity } from './ambiguity.ts';
import { checkConditions } from './conditions.ts';
import { checkCredentials } from './credentials.ts';
import { checkPeers } from './peers.ts';
import { checkRules } from './rules.ts';
import { checkSelectors } from './selectors.ts';

/** Warnings about the policy as a whole, in no particular order. */
export function analyseModel(model: Model): readonly Diagnostic[] {
  return [
    ...unusedServices(model),
    ...checkRules(model),
    ...checkConditions(model),
    ...checkCredentials(model),
    ...checkPeers(model),
    ...checkSelectors(model),
    ...checkAmbiguity(model),
  ];
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
  for (const { services = [] } of model.bindings) for (const service of services) used.add(service);
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
