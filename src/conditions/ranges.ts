// SPDX-License-Identifier: Apache-2.0
// Sets of whole numbers as ranges: ascending, disjoint, and not next to one another.

import type { NumberField } from './types.ts';

/** The numbers from `low` to `high`, both included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export type Ranges = readonly Range[];

const MOST_U32 = 0xffff_ffff;

/** The greatest number that a field can be; each begins at 0. */
export const MOST_NUMBERS: Readonly<Record<NumberField, number>> = {
  processUid: MOST_U32,
  processGid: MOST_U32,
  destinationPort: 0xffff,
  sourcePort: 0xffff,
  time: MOST_U32,
  dayMinute: 24 * 60 - 1,
  weekMinute: 7 * 24 * 60 - 1,
};

/** The numbers that are in one of the ranges and not above `most`. Ranges may overlap, and stand in any order. */
export function joinRanges(ranges: Ranges, most: number): Ranges {
  const sorted = ranges
    .map(({ low, high }) => ({ low: Math.max(0, low), high: Math.min(high, most) }))
    .filter(({ low, high }) => low <= high)
    .sort((a, b) => a.low - b.low || a.high - b.high);
  const joined: Range[] = [];
  for (const { low, high } of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && low <= last.high + 1) {
      joined[joined.length - 1] = { low: last.low, high: Math.max(last.high, high) };
    } else joined.push({ low, high });
  }
  return joined;
}

/** The numbers from 0 to `most` that are in none of the ranges. */
export function otherRanges(ranges: Ranges, most: number): Ranges {
  const others: Range[] = [];
  let next = 0;
  for (const { low, high } of ranges) {
    if (low > next) others.push({ low: next, high: low - 1 });
    next = high + 1;
  }
  if (next <= most) others.push({ low: next, high: most });
  return others;
}

/** The numbers from 0 to `most` that are in all of the sets. Takes time in proportion to all ranges together. */
export function commonToAll(sets: readonly Ranges[], most: number): Ranges {
  const [only] = sets;
  if (only !== undefined && sets.length === 1) return only;
  return otherRanges(
    joinRanges(
      sets.flatMap((ranges) => otherRanges(ranges, most)),
      most,
    ),
    most,
  );
}

/** The numbers that are in both. */
export function commonRanges(a: Ranges, b: Ranges): Ranges {
  const common: Range[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined || y === undefined) return common;
    const low = Math.max(x.low, y.low);
    const high = Math.min(x.high, y.high);
    if (low <= high) common.push({ low, high });
    if (x.high < y.high) i++;
    else j++;
  }
}

/** Whether a number is in both. Takes time in proportion to the first, and to the logarithm of the second. */
export function haveCommon(a: Ranges, b: Ranges): boolean {
  return a.some(({ low, high }) => {
    let from = 0;
    let to = b.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((b[middle]?.high ?? 0) < low) from = middle + 1;
      else to = middle;
    }
    return (b[from]?.low ?? Infinity) <= high;
  });
}

/** The ranges moved by `distance` on a circle of numbers from 0 to `size` − 1: what leaves at one end comes in at the other. */
export function turnRanges(ranges: Ranges, distance: number, size: number): Ranges {
  const turned = ranges.flatMap(({ low, high }) => {
    const from = (((low + distance) % size) + size) % size;
    const to = from + high - low;
    if (to < size) return [{ low: from, high: to }];
    return [
      { low: from, high: size - 1 },
      { low: 0, high: to - size },
    ];
  });
  return joinRanges(turned, size - 1);
}
