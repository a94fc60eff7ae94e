// SPDX-License-Identifier: Apache-2.0
// Numbers of a bundle that stand for names, and numbers that stand for nothing.

import { NONE } from './generated.ts';

/** The name of a number in one of the generated tables. Throws RangeError when it has none. */
export function nameOf<T extends Readonly<Record<string, number>>>(
  table: T,
  number: number,
): keyof T & string {
  for (const name in table) if (table[name] === number) return name;
  throw new RangeError(`${number} has no name`);
}

/** The names of the flags that are set. */
export function flagNames<T extends Readonly<Record<string, number>>>(
  table: T,
  flags: number,
): readonly (keyof T & string)[] {
  const names: (keyof T & string)[] = [];
  for (const name in table) if ((flags & (table[name] ?? 0)) !== 0) names.push(name);
  return names;
}

/** The number, unless it is NONE. */
export function unlessNone(number: number): number | undefined {
  return number === NONE ? undefined : number;
}
