// SPDX-License-Identifier: Apache-2.0
// Conditions put together. Constants are folded, and what is nested in its own kind is flattened.

import type { Condition, NumberField } from './types.ts';
import { joinRanges, MOST_NUMBERS, otherRanges, type Ranges } from './ranges.ts';

export const HOLDS: Condition = { kind: 'constant', value: true };
export const FAILS: Condition = { kind: 'constant', value: false };

/** Holds always or never. */
export function constant(value: boolean): Condition {
  return value ? HOLDS : FAILS;
}

/** Holds when the other does not. */
export function not(of: Condition): Condition {
  if (of.kind === 'constant') return constant(!of.value);
  return of.kind === 'not' ? of.of : { kind: 'not', of };
}

/** Holds when all of them do; without any, always. */
export function allOf(of: readonly Condition[]): Condition {
  return join('all', of);
}

/** Holds when one of them does; without any, never. */
export function anyOf(of: readonly Condition[]): Condition {
  return join('any', of);
}

function join(kind: 'all' | 'any', of: readonly Condition[]): Condition {
  const decides = kind === 'any';
  const parts: Condition[] = [];
  for (const part of of) {
    if (part.kind === 'constant') {
      if (part.value === decides) return part;
    } else if (part.kind === kind) parts.push(...part.of);
    else parts.push(part);
  }
  const [only] = parts;
  if (only === undefined) return constant(!decides);
  return parts.length === 1 ? only : { kind, of: parts };
}

/**
 * One condition or another, as a third holds. `lowerCondition` knows this form by its first parts, which are one object, and
 * tests them once.
 */
export function choose(when: Condition, then: Condition, otherwise: Condition): Condition {
  if (when.kind === 'constant') return when.value ? then : otherwise;
  if (then.kind === 'constant') return then.value ? anyOf([when, otherwise]) : allOf([not(when), otherwise]);
  if (otherwise.kind === 'constant') return otherwise.value ? anyOf([not(when), then]) : allOf([when, then]);
  return {
    kind: 'any',
    of: [
      { kind: 'all', of: [when, then] },
      { kind: 'all', of: [{ kind: 'not', of: when }, otherwise] },
    ],
  };
}

/** Holds when the field is in one of the ranges: in any order, and as wide as you like. */
export function numberIn(field: NumberField, ranges: Ranges): Condition {
  const most = MOST_NUMBERS[field];
  const inside = joinRanges(ranges, most);
  const outside = otherRanges(inside, most);
  // Of the two ways to say it, the shorter one.
  if (outside.length < inside.length) return not(numberIn(field, outside));
  return anyOf(inside.map(({ low, high }) => ({ kind: 'number', field, low, high })));
}

/**
 * How many tests the condition has, where a part that is used several times counts as often: what it costs to walk through
 * it. Stops counting above `most`.
 */
export function countTests(condition: Condition, most: number): number {
  const known = new Map<Condition, number>();
  const count = (part: Condition): number => {
    const before = known.get(part);
    if (before !== undefined) return before;
    let tests = 1;
    if (part.kind === 'not') tests = count(part.of);
    if (part.kind === 'all' || part.kind === 'any') {
      tests = 0;
      for (const inner of part.of) tests = Math.min(tests + count(inner), most + 1);
    }
    known.set(part, tests);
    return tests;
  };
  return count(condition);
}
