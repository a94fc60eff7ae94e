// SPDX-License-Identifier: Apache-2.0
// Which destinations an identity gains and loses. Large policies have many identities that grant the same large sets, so what is
// the same on both sides is never taken apart, and what differs is worked out once for each pair of lists of rules.

import { compareText } from '../bundle/text.ts';
import type { Action, DestinationChange } from './plan-types.ts';
import { actionFor, type Grant, type NameSet } from './side.ts';

export type BareChange = Omit<DestinationChange, 'example'>;

/** Compares what two lists of egress rules grant, in order of service name. */
export type CompareGrants = (before: readonly Grant[], after: readonly Grant[]) => readonly BareChange[];

/** A comparison that remembers what it has compared. */
export function startComparing(): CompareGrants {
  const numbers = new Map<NameSet, number>();
  const number = (set: NameSet): number => {
    const known = numbers.get(set) ?? numbers.size;
    numbers.set(set, known);
    return known;
  };
  const keyOf = (grants: readonly Grant[]): string =>
    grants.map((g) => `${g.action}${number(g.services)}`).join(' ');
  const known = new Map<string, readonly BareChange[]>();
  return (before, after) => {
    const keys = [keyOf(before), keyOf(after)] as const;
    if (keys[0] === keys[1]) return [];
    const key = keys.join('|');
    const changes = known.get(key) ?? compare(before, after);
    known.set(key, changes);
    return changes;
  };
}

function compare(before: readonly Grant[], after: readonly Grant[]): readonly BareChange[] {
  return [...inQuestion(before, after)]
    .sort(compareText)
    .flatMap((service) => describe(service, actionFor(before, service), actionFor(after, service)));
}

function describe(
  service: string,
  before: Action | undefined,
  after: Action | undefined,
): readonly BareChange[] {
  if (before === after) return [];
  return [
    {
      kind: before === undefined ? 'gained' : after === undefined ? 'lost' : 'changed',
      service,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
  ];
}

/** The services about which the two lists can differ. Of every other one they say the same. */
function inQuestion(before: readonly Grant[], after: readonly Grant[]): ReadonlySet<string> {
  const found = new Set<string>();
  const aligned =
    before.length === after.length && before.every(({ action }, i) => action === after[i]?.action);
  if (aligned) {
    // A service that each rule has on both sides, or on neither, is decided by the same rule.
    before.forEach(({ services: a }, i) => {
      const b = after[i]?.services;
      if (b === undefined || a === b) return;
      for (const name of a.names) if (!b.has(name)) found.add(name);
      for (const name of b.names) if (!a.has(name)) found.add(name);
    });
    return found;
  }
  // Rules at the start and at the end that are the same decide the same, unless one in the middle comes first.
  const same = (a: Grant | undefined, b: Grant | undefined): boolean =>
    a !== undefined && b !== undefined && a.action === b.action && a.services === b.services;
  let start = 0;
  while (same(before[start], after[start])) start += 1;
  let end = 0;
  const longest = Math.min(before.length, after.length) - start;
  while (end < longest && same(before.at(-1 - end), after.at(-1 - end))) end += 1;
  for (const grants of [before, after])
    for (const { services } of grants.slice(start, grants.length - end))
      for (const name of services.names) found.add(name);
  return found;
}
