// SPDX-License-Identifier: Apache-2.0
// Tests that must all hold, field by field.

import type { AddressTest, TextTest } from './types.ts';

/** A test of a text or an address, or that it does not hold. */
export type SimpleText = TextTest & { readonly holds: boolean };
export type SimpleAddress = AddressTest & { readonly holds: boolean };

/** Joins the tests of each field; undefined when those of one can never hold together. */
export function joinByField<T extends { readonly field: string }>(
  tests: readonly T[],
  join: (ofField: readonly T[]) => readonly T[] | undefined,
): readonly T[] | undefined {
  if (tests.length < 2) return tests;
  const joined: T[] = [];
  for (const ofField of Map.groupBy(tests, ({ field }) => field).values()) {
    const some = join(ofField);
    if (some === undefined) return undefined;
    joined.push(...some);
  }
  return joined;
}
