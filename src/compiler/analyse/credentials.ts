// SPDX-License-Identifier: Apache-2.0
// Credentials that nobody can use.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Model, ModelBinding } from '../resolve/types.ts';

/** Warnings about bindings towards services that their identity may not connect to. */
export function checkCredentials(model: Model): readonly Diagnostic[] {
  return [...Map.groupBy(model.bindings, ({ identity }) => identity)].flatMap(([identity, bindings]) => {
    const granted = new Set(model.identities[identity]?.egress.flatMap(({ services }) => services));
    // Bindings that select the same share one list.
    const useless = new Set(
      [...new Set(bindings.map(({ services }) => services))].filter(
        (services) => !services?.some((one) => granted.has(one)),
      ),
    );
    return bindings
      .filter(({ services }) => useless.has(services))
      .flatMap((binding) => uselessBinding(model, binding));
  });
}

/** An injection towards services to which the identity may not connect, where what is not granted is refused. */
function uselessBinding(
  model: Model,
  { services, sysfs, identity, source, injectedAt }: ModelBinding,
): readonly Diagnostic[] {
  const owner = model.identities[identity];
  if (services === undefined || owner === undefined) return [];
  if (owner.mode !== 'enforce' || model.project.egress.posture !== 'deny') return [];
  return [
    {
      code: 'RTP1408',
      severity: 'warning',
      range: injectedAt ?? source,
      message: `no egress rule of "${owner.workloadId}" leads to a service that the credential is injected for`,
      why: sysfs ? 'only its files are of use' : 'the credential is fetched and never used',
      fix: 'add an egress rule for these services, or correct the selectors of the injection',
      related: [{ range: owner.source, message: 'the identity' }],
    },
  ];
}
