// SPDX-License-Identifier: Apache-2.0
// Credentials that nobody can use.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Model, ModelBinding } from '../resolve/types.ts';

/** Warnings about bindings towards services that their identity may not connect to. */
export function checkCredentials(model: Model): readonly Diagnostic[] {
  return model.bindings.flatMap((binding) => uselessBinding(model, binding));
}

/** An injection towards services to which the identity may not connect, where what is not granted is refused. */
function uselessBinding(
  model: Model,
  { services, sysfs, identity, source }: ModelBinding,
): readonly Diagnostic[] {
  const owner = model.identities[identity];
  if (services === undefined || owner === undefined) return [];
  if (owner.mode !== 'enforce' || model.project.egress.posture !== 'deny') return [];
  const wanted = new Set(services);
  if (owner.egress.some((rule) => rule.services.some((service) => wanted.has(service)))) return [];
  return [
    {
      code: 'RTP1408',
      severity: 'warning',
      range: source,
      message: `no egress rule of "${owner.workloadId}" leads to a service that the credential is injected for`,
      why: sysfs ? 'only its files are of use' : 'the credential is fetched and never used',
      fix: 'add an egress rule for these services, or correct the selectors of the injection',
      related: [{ range: owner.source, message: 'the identity' }],
    },
  ];
}
