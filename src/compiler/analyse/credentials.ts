// SPDX-License-Identifier: Apache-2.0
// Credentials that nobody can use.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Model, ModelBinding } from '../resolve/types.ts';

/** Warnings about sources without a binding, and bindings without a way. */
export function checkCredentials(model: Model): readonly Diagnostic[] {
  return [...unusedSources(model), ...model.bindings.flatMap((binding) => uselessBinding(model, binding))];
}

function unusedSources({ sources, bindings }: Model): readonly Diagnostic[] {
  const used = new Set(bindings.map(({ credential }) => credential));
  return sources.flatMap(({ name, source }, number): readonly Diagnostic[] =>
    used.has(number)
      ? []
      : [
          {
            code: 'RTP1407',
            severity: 'warning',
            range: source,
            message: `nothing uses the credential source "${name}"`,
            why: 'a credential that is fetched for nobody can only leak',
            fix: 'bind it to an identity with a CredentialBinding, or remove it',
          },
        ],
  );
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
