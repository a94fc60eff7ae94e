// SPDX-License-Identifier: Apache-2.0
// Sets of services: rules and bindings that select the same services share one.

import { numberLists } from './lists.ts';
import { type ListInterner, listInterner } from '../resolve/intern.ts';

/** Sets, numbered in the order of their first use. */
export interface SetTable {
  readonly intern: (services: readonly number[]) => number;
  readonly count: () => number;
  /** For each service of `services` the sets that it is in, ascending; the lists of `before` where they are the same. */
  readonly ofServices: (
    services: number,
    before?: readonly (readonly number[])[],
  ) => readonly (readonly number[])[];
}

/** An empty table. An interner that other tables had before knows most lists already. */
export function setTable({ intern: unify }: ListInterner = listInterner()): SetTable {
  const list: (readonly number[])[] = [];
  const numbers = new Map<readonly number[], number>();
  return {
    intern(services) {
      const known = numbers.get(services);
      if (known !== undefined) return known;
      const unique = unify(services);
      const number = numbers.get(unique) ?? list.push(unique) - 1;
      numbers.set(unique, number).set(services, number);
      return number;
    },
    count: () => list.length,
    ofServices: (count, before) =>
      numberLists(
        count,
        (add) => list.forEach((services, set) => services.forEach((service) => add(service, set))),
        before,
      ),
  };
}
