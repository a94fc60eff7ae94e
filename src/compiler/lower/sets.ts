// SPDX-License-Identifier: Apache-2.0
// Sets of services: rules and bindings that select the same services share one.

import { listInterner } from '../resolve/intern.ts';

/** Sets, numbered in the order of their first use. */
export interface SetTable {
  readonly intern: (services: readonly number[]) => number;
  readonly count: () => number;
  /** For each service of `services` the sets that it is in, ascending. */
  readonly ofServices: (services: number) => readonly (readonly number[])[];
}

/** An empty table. */
export function setTable(): SetTable {
  const list: (readonly number[])[] = [];
  const unify = listInterner();
  const numbers = new Map<readonly number[], number>();
  return {
    intern(services) {
      const unique = unify(services);
      const known = numbers.get(unique);
      if (known !== undefined) return known;
      numbers.set(unique, list.length);
      return list.push(unique) - 1;
    },
    count: () => list.length,
    ofServices(count) {
      const sets: number[][] = Array.from({ length: count }, () => []);
      list.forEach((services, set) => {
        for (const service of services) sets[service]?.push(set);
      });
      return sets;
    },
  };
}
