// SPDX-License-Identifier: Apache-2.0
// Places by the names of the services that they are.

import type { Diagram } from './diagrams.ts';
import type { Outcome } from './functions.ts';
import type { Group } from './groups.ts';
import type { ConnectionChange } from './types.ts';
import { describePlaces, type Workshop } from './workshop.ts';

/** The services that make up places, as far as they do: those that the identity is granted, on the side that grants more. */
export function nameServices(
  places: Diagram,
  [, after]: readonly [Outcome, Outcome],
  workshop: Workshop,
  group: Group,
): Pick<ConnectionChange, 'services' | 'placesLeft' | 'allBut'> {
  const { diagrams, direction } = workshop;
  const left = (set: Diagram) => describePlaces(set, workshop);
  if (direction === 'in' || places === diagrams.everything) return { services: [], placesLeft: left(places) };
  const [first, second] = after.action === 'deny' ? ([0, 1] as const) : ([1, 0] as const);
  const others = diagrams.except(diagrams.everything, places);
  const own = servicesWithin(places, group, [first], workshop);
  const rest = diagrams.except(places, own.set);
  const but =
    rest === diagrams.nothing ? undefined : servicesWithin(others, group, [first, second], workshop);
  return {
    services: own.names,
    placesLeft: left(rest),
    ...(but?.set === others ? { allBut: but.names } : {}),
  };
}

/** The services that an identity is granted and that lie within places; each place is named once. */
function servicesWithin(
  places: Diagram,
  group: Group,
  on: readonly (0 | 1)[],
  { diagrams, functions, pair }: Workshop,
): { readonly names: readonly string[]; readonly set: Diagram } {
  const names: string[] = [];
  const sets = new Set<Diagram>();
  for (const place of on) {
    const side = pair.sides[place];
    const workloadId = place === 0 ? group.before : group.after;
    const number = workloadId === undefined ? undefined : side.identities.get(workloadId);
    const identity = number === undefined ? undefined : side.view.identities[number];
    const granted = new Set(
      (identity?.rules ?? []).flatMap(({ set }) => (set === undefined ? [] : (side.view.sets[set] ?? []))),
    );
    for (const service of granted) {
      const set = functions.placesOf(side, service);
      if (set === diagrams.nothing || sets.has(set) || !diagrams.isSubset(set, places)) continue;
      names.push(side.view.services[service]?.name ?? '');
      sets.add(set);
    }
  }
  return { names, set: diagrams.unite([...sets]) };
}
