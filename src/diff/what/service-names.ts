// SPDX-License-Identifier: Apache-2.0
// Endpoints by the names of services.

import type { Diagram } from '../space/diagrams.ts';
import type { Outcome } from './outcomes.ts';
import type { Group } from '../who/groups.ts';
import type { ConnectionChange } from '../types.ts';
import { describeEndpoints, type CompareContext } from '../context.ts';

/** The services within a set of endpoints: those that the identity is granted, on the side that grants more. */
export function nameServices(
  endpoints: Diagram,
  [, after]: readonly [Outcome, Outcome],
  context: CompareContext,
  group: Group,
): Pick<ConnectionChange, 'services' | 'unnamedEndpoints' | 'allBut'> {
  const { diagrams, direction } = context;
  const left = (set: Diagram) => describeEndpoints(set, context);
  if (direction === 'in' || endpoints === diagrams.everything)
    return { services: [], unnamedEndpoints: left(endpoints) };
  const [first, second] = after.action === 'deny' ? ([0, 1] as const) : ([1, 0] as const);
  const others = diagrams.except(diagrams.everything, endpoints);
  const own = servicesWithin(endpoints, group, [first], context);
  const rest = diagrams.except(endpoints, own.set);
  const but = rest === diagrams.nothing ? undefined : servicesWithin(others, group, [first, second], context);
  return {
    services: own.names,
    unnamedEndpoints: left(rest),
    ...(but?.set === others ? { allBut: but.names } : {}),
  };
}

/** The services that an identity is granted and that lie within a set of endpoints; equal ones are named once. */
function servicesWithin(
  endpoints: Diagram,
  group: Group,
  on: readonly (0 | 1)[],
  { diagrams, functions, pair }: CompareContext,
): { readonly names: readonly string[]; readonly set: Diagram } {
  const names: string[] = [];
  const sets = new Set<Diagram>();
  for (const index of on) {
    const side = pair.sides[index];
    const workloadId = index === 0 ? group.before : group.after;
    const number = workloadId === undefined ? undefined : side.identities.get(workloadId);
    const identity = number === undefined ? undefined : side.view.identities[number];
    const granted = new Set(
      (identity?.rules ?? []).flatMap(({ set }) => (set === undefined ? [] : (side.view.sets[set] ?? []))),
    );
    for (const service of granted) {
      const set = functions.endpointsOf(side, service);
      if (set === diagrams.nothing || sets.has(set) || !diagrams.isSubset(set, endpoints)) continue;
      names.push(side.view.services[service]?.name ?? '');
      sets.add(set);
    }
  }
  return { names, set: diagrams.unite([...sets]) };
}
