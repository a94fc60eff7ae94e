// SPDX-License-Identifier: Apache-2.0
// Conditions of a bundle, which are programs there, as the conditions that they were made from.

import { mapIPv4, parsePrefix } from '../bundle/address.ts';
import type { InstructionView } from '../bundle/view.ts';
import { allOf, anyOf, choose, FAILS, HOLDS, not } from './build.ts';
import type { AddressField, Condition, NumberField, TextField } from './types.ts';
import { InternalError } from '../errors.ts';

/** A program as a condition that holds of the same connections. */
export function conditionOf(program: readonly InstructionView[]): Condition {
  const steps = program.map((instruction): Step => {
    const { whenTrue, whenFalse } = instruction;
    return { test: testOf(instruction), whenTrue, whenFalse };
  });
  const entries = entriesOf(steps);
  const known = new Map<number, Condition>();
  // Every way goes forward: from the end, what a step goes on with is known.
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = joinNext(steps, i, entries);
    steps[i] = step;
    known.set(i, choose(step.test, after(step.whenTrue), after(step.whenFalse)));
  }
  return known.get(0) ?? HOLDS;

  function after(target: Target): Condition {
    if (target === 'holds') return HOLDS;
    return target === 'fails' ? FAILS : (known.get(target) ?? FAILS);
  }
}

type Target = InstructionView['whenTrue'];

/** A test of a program, or several that are one. */
interface Step {
  readonly test: Condition;
  readonly whenTrue: Target;
  readonly whenFalse: Target;
}

function entriesOf(steps: readonly Step[]): Map<Target, number> {
  const entries = new Map<Target, number>();
  for (const { whenTrue, whenFalse } of steps)
    for (const target of [whenTrue, whenFalse]) entries.set(target, (entries.get(target) ?? 0) + 1);
  return entries;
}

/** A step together with those after it that nothing else goes on with: "and" and "or" that lead to the same two steps. */
function joinNext(steps: readonly Step[], start: number, entries: Map<Target, number>): Step {
  let step = steps[start];
  if (step === undefined) throw new InternalError(`there is no step ${start}`);
  for (;;) {
    const joined: Step | undefined = joinOne(step, steps, entries);
    if (joined === undefined) return step;
    step = joined;
  }
}

function joinOne(
  { test, whenTrue, whenFalse }: Step,
  steps: readonly Step[],
  entries: Map<Target, number>,
): Step | undefined {
  for (const [next, other, goesOnWhenTrue] of [
    [whenTrue, whenFalse, true],
    [whenFalse, whenTrue, false],
  ] as const) {
    const then = typeof next === 'number' && entries.get(next) === 1 ? steps[next] : undefined;
    if (then === undefined || (then.whenTrue !== other && then.whenFalse !== other)) continue;
    // One of the two ways to the other step is gone.
    entries.set(other, (entries.get(other) ?? 0) - 1);
    const first = (then.whenFalse === other) === goesOnWhenTrue ? test : not(test);
    const joined = then.whenFalse === other ? allOf([first, then.test]) : anyOf([first, then.test]);
    return { test: joined, whenTrue: then.whenTrue, whenFalse: then.whenFalse };
  }
  return undefined;
}

/** The test of an instruction. */
export function testOf({ field, test, operand }: InstructionView): Condition {
  // A bundle that was verified has no test of a field of another kind.
  switch (test) {
    case 'range': {
      const [low = 0, high = low] = operand.split('-').map(Number);
      return { kind: 'number', field: field as NumberField, low, high };
    }
    case 'equal':
    case 'starts':
    case 'ends':
      return { kind: 'text', field: field as TextField, test, text: operand };
    case 'inside': {
      const prefix = parsePrefix(operand);
      if ('problem' in prefix) throw new InternalError(`${operand} is no prefix`);
      const { address, prefixLength, family } = prefix;
      return {
        kind: 'address',
        field: field as AddressField,
        address: family === 4 ? mapIPv4(address) : address,
        prefixLength: family === 4 ? prefixLength + 96 : prefixLength,
      };
    }
  }
}
