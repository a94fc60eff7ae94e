// SPDX-License-Identifier: Apache-2.0
// The conditions of all rules together: each different one once, and the prefixes that they look for.

import { END, FIELD, NONE, TEST } from '../../bundle/generated.ts';
import type { Condition } from '../../conditions/types.ts';
import { numberPrefixes, planCondition, type PlannedCondition } from './conditions.ts';
import type { TableInstruction, TablePrefix } from './types.ts';

/** Conditions by number, in the order of their first use. */
export interface ConditionTable {
  /**
   * The number of a condition, or NONE when it always holds, as no condition does. `about` says what it may look at: one about
   * a peer looks at the peer alone.
   */
  readonly add: (condition: Condition | undefined, about?: 'connection' | 'peer') => number;
  /** Conditions that were too long for the kernel, with their lengths. They have a number all the same. */
  readonly tooLong: ReadonlyMap<Condition, number>;
  /** Conditions that never hold. */
  readonly never: ReadonlySet<Condition>;
  /** What was added so far, with prefixes in ascending order. */
  readonly tables: () => {
    readonly conditions: readonly (readonly TableInstruction[])[];
    readonly prefixes: readonly TablePrefix[];
  };
}

/** A condition that never holds. It is written out, so that its rule keeps its number and can be shown. */
function never(about: 'connection' | 'peer'): readonly TableInstruction[] {
  const ends = { high: 0, whenTrue: END.fails, whenFalse: END.fails };
  return about === 'peer'
    ? [{ field: FIELD.peerId, test: TEST.equal, data: '', ...ends }]
    : [{ field: FIELD.time, test: TEST.range, data: 0, ...ends }];
}

/** What conditions come to by themselves, for tables that are made again and again. */
export type ConditionPlans = WeakMap<Condition, PlannedCondition>;

/** An empty table. Conditions that are in `plans` are not planned anew. */
export function conditionTable(plans: ConditionPlans = new WeakMap()): ConditionTable {
  const programs: (readonly TableInstruction[])[] = [];
  const numbers = new Map<string, number>();
  const known = new Map<Condition, number>();
  const prefixes = new Map<string, TablePrefix & { readonly number: number }>();
  const tooLong = new Map<Condition, number>();
  const neverHolds = new Set<Condition>();

  const internPrefix = (prefix: TablePrefix): number => {
    const key = prefixKey(prefix);
    const number = prefixes.get(key)?.number ?? prefixes.size;
    if (number === prefixes.size) prefixes.set(key, { ...prefix, number });
    return number;
  };
  const number = (program: readonly TableInstruction[]): number => {
    const key = JSON.stringify(program);
    const found = numbers.get(key);
    if (found !== undefined) return found;
    numbers.set(key, programs.length);
    return programs.push(program) - 1;
  };
  const lower = (condition: Condition, about: 'connection' | 'peer'): number => {
    const planned = plans.get(condition) ?? planCondition(condition);
    plans.set(condition, planned);
    const lowered = numberPrefixes(planned, internPrefix);
    switch (lowered.kind) {
      case 'always':
        return NONE;
      case 'never':
        neverHolds.add(condition);
        return number(never(about));
      case 'program':
        return number(lowered.instructions);
      case 'too-long':
        tooLong.set(condition, lowered.length);
        return number(never(about));
    }
  };
  return {
    tooLong,
    never: neverHolds,
    add(condition, about = 'connection') {
      if (condition === undefined) return NONE;
      const found = known.get(condition) ?? lower(condition, about);
      known.set(condition, found);
      return found;
    },
    tables() {
      const sorted = [...prefixes.values()].sort(comparePrefixes);
      const position = new Map(sorted.map(({ number: before }, now) => [before, now]));
      const move = (instruction: TableInstruction): TableInstruction =>
        instruction.test === TEST.inside
          ? { ...instruction, data: position.get(Number(instruction.data)) ?? 0 }
          : instruction;
      return {
        conditions: programs.map((program) => program.map(move)),
        prefixes: sorted.map(({ address, prefixLength }) => ({ address, prefixLength })),
      };
    },
  };
}

function prefixKey({ address, prefixLength }: TablePrefix): string {
  return `${Buffer.from(address).toString('hex')}/${prefixLength}`;
}

function comparePrefixes(a: TablePrefix, b: TablePrefix): number {
  return Buffer.compare(a.address, b.address) || a.prefixLength - b.prefixLength;
}
