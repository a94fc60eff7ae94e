// SPDX-License-Identifier: Apache-2.0
// A condition to a program of tests (docs/bundle-format.md, "Conditions"). It is built from the end: a test knows where to go on
// when it is made, equal tests that go on alike are one, and every way goes forward.

import { END, FIELD, LIMITS, TEST } from '../../bundle/generated.ts';
import { MOST_NUMBERS, otherRanges, type Range } from '../../conditions/ranges.ts';
import { type Simple, simplify } from '../../conditions/simplify.ts';
import type { Condition, NumberField } from '../../conditions/types.ts';
import type { TableInstruction, TablePrefix } from './types.ts';

/** What a condition comes to. A program has at least one instruction and at most LIMITS.conditionLength. */
export type LoweredCondition =
  | { readonly kind: 'always' | 'never' }
  | { readonly kind: 'program'; readonly instructions: readonly TableInstruction[] }
  | { readonly kind: 'too-long'; readonly length: number };

/** The same before prefixes have numbers. */
export type PlannedCondition =
  | Exclude<LoweredCondition, { readonly kind: 'program' }>
  | { readonly kind: 'program'; readonly instructions: readonly PlannedInstruction[] };

type PlannedInstruction = Omit<TableInstruction, 'data'> & {
  readonly data: TableInstruction['data'] | TablePrefix;
};

/** A test that goes on with others, or with an end. */
interface Step {
  /** Steps are numbered as they are made: those that it goes on with have lower numbers. */
  readonly number: number;
  readonly field: number;
  readonly test: number;
  readonly data: number | string | TablePrefix;
  readonly high: number;
  readonly whenTrue: Target;
  readonly whenFalse: Target;
}

type Target = Step | typeof END.holds | typeof END.fails;

/**
 * Lowers a condition. `prefixNumber` gives a prefix its number; it is asked for those of a program alone, in the order of its
 * instructions. The same condition gives the same program.
 */
export function lowerCondition(
  condition: Condition,
  prefixNumber: (prefix: TablePrefix) => number,
): LoweredCondition {
  return numberPrefixes(planCondition(condition), prefixNumber);
}

/** The second half of `lowerCondition`: what depends on other conditions. */
export function numberPrefixes(
  planned: PlannedCondition,
  prefixNumber: (prefix: TablePrefix) => number,
): LoweredCondition {
  if (planned.kind !== 'program') return planned;
  const instructions = planned.instructions.map(({ data, ...instruction }) => ({
    ...instruction,
    data: typeof data === 'object' ? prefixNumber(data) : data,
  }));
  return { kind: 'program', instructions };
}

/** The first half of `lowerCondition`: what depends on the condition alone. */
export function planCondition(condition: Condition): PlannedCondition {
  const first = planSteps(simplify(condition));
  if (first === END.holds) return { kind: 'always' };
  if (first === END.fails) return { kind: 'never' };
  const steps = stepsFrom(first);
  if (steps.length > LIMITS.conditionLength) return { kind: 'too-long', length: steps.length };
  const indexOf = new Map(steps.map((step, index) => [step, index]));
  const numberOf = (target: Target): number =>
    typeof target === 'number' ? target : (indexOf.get(target) ?? END.fails);
  const instructions = steps.map(({ field, test, data, high, whenTrue, whenFalse }) => ({
    field,
    test,
    data,
    high,
    whenTrue: numberOf(whenTrue),
    whenFalse: numberOf(whenFalse),
  }));
  return { kind: 'program', instructions };
}

/** The steps that can be reached, each before those that it goes on with. */
function stepsFrom(first: Step): readonly Step[] {
  const reached = new Set<Step>([first]);
  for (const { whenTrue, whenFalse } of reached) {
    if (typeof whenTrue === 'object') reached.add(whenTrue);
    if (typeof whenFalse === 'object') reached.add(whenFalse);
  }
  return [...reached].sort((a, b) => b.number - a.number);
}

function planSteps(simple: Simple): Target {
  const steps = new Map<string, Step>();
  const planned = new Map<string, Target>();

  const step = (made: Omit<Step, 'number'>): Target => {
    const { field, test, data, high, whenTrue, whenFalse } = made;
    if (whenTrue === whenFalse) return whenTrue;
    const value = typeof data === 'object' ? prefixKey(data) : data;
    const key = [field, test, high, nameOf(whenTrue), nameOf(whenFalse), value].join(' ');
    const before = steps.get(key);
    if (before !== undefined) return before;
    const after: Step = { ...made, number: steps.size };
    steps.set(key, after);
    return after;
  };

  const plan = (of: Simple, whenTrue: Target, whenFalse: Target): Target => {
    const key = `${of.number} ${nameOf(whenTrue)} ${nameOf(whenFalse)}`;
    const before = planned.get(key);
    if (before !== undefined) return before;
    const after = whenTrue === whenFalse ? whenTrue : planOf(of, whenTrue, whenFalse);
    planned.set(key, after);
    return after;
  };

  const planOf = (of: Simple, whenTrue: Target, whenFalse: Target): Target => {
    switch (of.kind) {
      case 'constant':
        return of.value ? whenTrue : whenFalse;
      case 'number': {
        const others = otherRanges(of.ranges, MOST_NUMBERS[of.field]);
        return others.length < of.ranges.length
          ? planRanges(of.field, others, whenFalse, whenTrue)
          : planRanges(of.field, of.ranges, whenTrue, whenFalse);
      }
      case 'text': {
        const ends = of.holds ? { whenTrue, whenFalse } : { whenTrue: whenFalse, whenFalse: whenTrue };
        return step({ field: FIELD[of.field], test: TEST[of.test], data: of.text, high: 0, ...ends });
      }
      case 'address': {
        const ends = of.holds ? { whenTrue, whenFalse } : { whenTrue: whenFalse, whenFalse: whenTrue };
        const data = { address: of.address, prefixLength: of.prefixLength };
        return step({ field: FIELD[of.field], test: TEST.inside, data, high: 0, ...ends });
      }
      case 'all':
        return of.of.reduceRight<Target>((next, part) => plan(part, next, whenFalse), whenTrue);
      case 'any':
        return of.of.reduceRight<Target>((next, part) => plan(part, whenTrue, next), whenFalse);
      case 'choose': {
        const otherwise = plan(of.whenFalse, whenTrue, whenFalse);
        return plan(of.when, plan(of.whenTrue, whenTrue, whenFalse), otherwise);
      }
    }
  };

  const planRanges = (
    field: NumberField,
    ranges: readonly Range[],
    inside: Target,
    outside: Target,
  ): Target =>
    ranges.reduceRight<Target>(
      (next, { low, high }) =>
        step({ field: FIELD[field], test: TEST.range, data: low, high, whenTrue: inside, whenFalse: next }),
      outside,
    );

  return plan(simple, END.holds, END.fails);
}

function nameOf(target: Target): string {
  return typeof target === 'number' ? `end ${target}` : String(target.number);
}

function prefixKey({ address, prefixLength }: TablePrefix): string {
  return `${Buffer.from(address).toString('hex')}/${prefixLength}`;
}
