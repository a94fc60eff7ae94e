// SPDX-License-Identifier: Apache-2.0

/**
 * A map without entries and without prototype: a field named `constructor` is a field and nothing else. An object that loses its
 * prototype keeps its compact form; one that is created without is a hash table, and a policy would take twice the memory.
 */
export function bareMap(): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  Object.setPrototypeOf(map, null);
  return map;
}
