// SPDX-License-Identifier: Apache-2.0
// How the services of two policies differ: properties, addresses and host names.

import { compareText } from '../../bundle/text.ts';
import type { ServiceView } from '../../bundle/view.ts';
import { endpointsOf } from '../../bundle/words.ts';
import type { Side } from '../sides/side.ts';
import type { Change, ServiceStructure } from '../types.ts';

/** The services that differ, in order of name. */
export function compareServices(before: Side, after: Side): readonly ServiceStructure[] {
  const [mine, yours] = [before, after].map(
    ({ view }) => new Map(view.services.map(({ name }, number) => [name, number])),
  );
  const countBefore = startCounting(before);
  const countAfter = startCounting(after);
  const names = [...new Set([...(mine?.keys() ?? []), ...(yours?.keys() ?? [])])].sort(compareText);
  return names.flatMap((name): readonly ServiceStructure[] => {
    const [a, b] = [mine?.get(name), yours?.get(name)];
    const [was, is] = [before.view.services[a ?? -1], after.view.services[b ?? -1]];
    const external = differ(was?.external, is?.external);
    const tls = differ(was?.tls, is?.tls);
    const hasMoved = before.endpointKeys[a ?? -1] !== after.endpointKeys[b ?? -1];
    const isOnBoth = was !== undefined && is !== undefined;
    if (isOnBoth && !hasMoved && external === undefined && tls === undefined) return [];
    return [
      {
        kind: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed',
        name,
        external,
        tls,
        endpoints: hasMoved ? compareEndpoints(was, is) : [],
        grantedTo: is === undefined ? countBefore(was) : countAfter(is),
      },
    ];
  });
}

/** Of a service that is added or removed, its properties are not a change. */
function differ(before: boolean | undefined, after: boolean | undefined): Change<boolean> | undefined {
  return before === undefined || after === undefined || before === after ? undefined : { before, after };
}

function compareEndpoints(
  before: ServiceView | undefined,
  after: ServiceView | undefined,
): ServiceStructure['endpoints'] {
  const [was = [], is = []] = [before, after].map((side) => (side === undefined ? [] : endpointsOf(side)));
  const [old, now] = [new Set(was), new Set(is)];
  return [
    ...is.filter((one) => !old.has(one)).map((endpoint) => ({ kind: 'added' as const, endpoint })),
    ...was.filter((one) => !now.has(one)).map((endpoint) => ({ kind: 'removed' as const, endpoint })),
  ];
}

/** Counts the identities with a rule for a service. The identities of each set are found once. */
function startCounting({ view }: Side): (service: ServiceView | undefined) => number {
  let bySet: ReadonlyMap<number, ReadonlySet<number>> | undefined;
  const find = (): ReadonlyMap<number, ReadonlySet<number>> => {
    const found = new Map<number, Set<number>>();
    for (const [number, { rules }] of view.identities.entries())
      for (const { set, used } of rules)
        if (set !== undefined && used) found.set(set, (found.get(set) ?? new Set()).add(number));
    return found;
  };
  return (service) => {
    if (service === undefined) return 0;
    bySet ??= find();
    const [first, ...others] = service.sets.flatMap((set) => bySet?.get(set) ?? []);
    if (first === undefined || others.length === 0) return first?.size ?? 0;
    return new Set([first, ...others].flatMap((identities) => [...identities])).size;
  };
}
