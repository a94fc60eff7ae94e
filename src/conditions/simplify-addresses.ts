// SPDX-License-Identifier: Apache-2.0
// Tests of one address that must all hold.

import { maskAddress } from '../bundle/address.ts';
import type { SimpleAddress } from './join.ts';

/** The tests without those that follow from others, and with neighbours joined; undefined when no address can pass them all. */
export function joinAddresses(tests: readonly SimpleAddress[]): readonly SimpleAddress[] | undefined {
  let wanted: SimpleAddress | undefined;
  for (const test of tests) {
    if (!test.holds) continue;
    if (wanted === undefined || holds(wanted, test)) wanted = test;
    else if (!holds(test, wanted)) return undefined;
  }
  const refused = joinNeighbours(tests.filter((test) => !test.holds));
  // All addresses are refused.
  if (refused.some(({ prefixLength }) => prefixLength === 0)) return undefined;
  if (wanted === undefined) return refused;
  const most = wanted;
  if (refused.some((test) => holds(test, most))) return undefined;
  return [most, ...refused.filter((test) => holds(most, test))];
}

/** Whether the first prefix holds the whole second one. */
function holds(outer: SimpleAddress, inner: SimpleAddress): boolean {
  if (outer.prefixLength > inner.prefixLength) return false;
  return Buffer.compare(maskAddress(inner.address, outer.prefixLength), outer.address) === 0;
}

/** Prefixes that hold the same addresses together: none inside another, no two halves of one. */
function joinNeighbours(tests: readonly SimpleAddress[]): readonly SimpleAddress[] {
  const sorted = tests.toSorted(
    (a, b) => Buffer.compare(a.address, b.address) || a.prefixLength - b.prefixLength,
  );
  const joined: SimpleAddress[] = [];
  for (let next of sorted) {
    for (;;) {
      const last = joined.at(-1);
      if (last === undefined) break;
      if (holds(last, next)) {
        joined.pop();
        next = last;
        continue;
      }
      const parent = parentOf(last);
      if (last.prefixLength !== next.prefixLength || !holds(parent, next)) break;
      joined.pop();
      next = parent;
    }
    joined.push(next);
  }
  return joined;
}

function parentOf(test: SimpleAddress): SimpleAddress {
  const prefixLength = test.prefixLength - 1;
  return { ...test, address: maskAddress(test.address, prefixLength), prefixLength };
}
