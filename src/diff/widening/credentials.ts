// SPDX-License-Identifier: Apache-2.0
// Credentials that an identity may use, and could not before or only with more restrictions. They have no verdict, so they are compared
// as written.

import type { BindingView } from '../../bundle/view.ts';
import { spiffeId } from '../examples/examples.ts';
import type { Side } from '../sides/side.ts';
import type { CredentialGain } from '../types.ts';

/** The bindings after that no binding before covers. */
export function credentialGains(before: Side, after: Side): readonly CredentialGain[] {
  const earlier = Map.groupBy(before.view.bindings, (binding) => keyOf(before, binding));
  return after.view.bindings.flatMap((binding, number) => {
    const same = earlier.get(keyOf(after, binding)) ?? [];
    if (same.some((other) => givesAsMuch(before, other, after, binding))) return [];
    const who = after.view.identities[binding.identity]?.workloadId ?? '';
    return [
      {
        binding: number,
        identity: spiffeId(after, who),
        credential: after.view.sources[binding.source]?.name ?? '',
      },
    ];
  });
}

/** Equal for bindings of the same credential to the same identity, whatever their names. */
function keyOf({ view }: Side, { identity, source }: BindingView): string {
  return JSON.stringify([view.identities[identity]?.workloadId, view.sources[source]?.name]);
}

function givesAsMuch(before: Side, a: BindingView, after: Side, b: BindingView): boolean {
  return (
    (a.sysfs || !b.sysfs) &&
    (a.uses === undefined || (b.uses !== undefined && b.uses <= a.uses)) &&
    // Of two different conditions, neither is known to be wider.
    (a.condition === undefined || conditionKey(before, a) === conditionKey(after, b)) &&
    goesAsFar(before, a, after, b)
  );
}

function conditionKey({ conditionKeys }: Side, { condition }: BindingView): number | undefined {
  return condition === undefined ? undefined : conditionKeys[condition];
}

/** Whether it is injected towards the same services, by name or by endpoints. */
function goesAsFar(before: Side, a: BindingView, after: Side, b: BindingView): boolean {
  if (b.set === undefined) return true;
  const known = a.set === undefined ? [] : (before.view.sets[a.set] ?? []);
  const names = new Set(known.map((service) => before.view.services[service]?.name));
  const endpoints = new Set(known.map((service) => before.endpointKeys[service]));
  return (after.view.sets[b.set] ?? []).every(
    (service) => names.has(after.view.services[service]?.name) || endpoints.has(after.endpointKeys[service]),
  );
}
