// SPDX-License-Identifier: Apache-2.0
// What guardrails say, and what they may take together.

import { describe, expect, test } from '@jest/globals';
import { startBudget } from '../../../src/compiler/guard/budget.ts';
import { guardDocuments } from '../../../src/compiler/guard/guard.ts';
import { GUARD_LIMITS } from '../../../src/compiler/guard/types.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { document, documentsOf } from '../documents.ts';

const SERVICE = document('Service', 'a', '{ labels: { app: a } }');

/** Findings about one service by rules in YAML's flow style. */
function guard(rules: string, more = ''): readonly Diagnostic[] {
  const spec = `{ matchKinds: [Service], ${more} rules: [${rules}] }`;
  return guardDocuments(documentsOf(SERVICE, document('Guardrail', 'g', spec)));
}

function messages(rules: string): readonly string[] {
  return guard(rules).map(({ message }) => message);
}

describe('the message of a rule', () => {
  const computed = (expression: string): string =>
    `{ id: r, expression: "false", messageExpression: '${expression}' }`;

  test.each([
    ['"  two   words \\n and a line "', 'two words and a line'],
    ['"x"', 'x'],
  ])('is one line: %s', (expression, message) => {
    expect(messages(computed(expression))).toEqual([message]);
  });

  test.each(['""', '" \\n "'])(
    'is the one written beside it, or one of our own, where %s was computed',
    (blank) => {
      const fallback = computed(blank).replace('{', '{ message: "the fallback",');
      expect(messages(fallback)).toEqual(['the fallback']);
      expect(messages(computed(blank))).toEqual(['Service "a" does not satisfy the rule "r"']);
    },
  );

  test('is shown up to a limit', () => {
    const text = (length: number): string => computed(`"${'x'.repeat(length)}"`);
    expect(messages(text(GUARD_LIMITS.message))).toEqual(['x'.repeat(GUARD_LIMITS.message)]);
    expect(messages(text(GUARD_LIMITS.message + 1))).toEqual([`${'x'.repeat(GUARD_LIMITS.message)}…`]);
  });

  test('may use variables, as the rule may, and those see each other', () => {
    const variables =
      'variables: [{ name: n, expression: object.metadata.name }, { name: m, expression: variables.n + "!" }],';
    const rule = `{ id: r, expression: 'variables.m == "b!"', messageExpression: 'variables.m + variables.n' }`;
    expect(guard(rule, variables).map(({ message }) => message)).toEqual(['a!a']);
  });
});

describe('what guardrails may take together', () => {
  test('is a number of steps that grows with the policy', () => {
    const budget = startBudget(3);
    const most = GUARD_LIMITS.steps + 3 * GUARD_LIMITS.stepsPerDocument;
    expect(budget.mostSteps).toBe(most);
    expect(budget.takeSteps(most + 1)).toBe(false);
    expect(budget.takeSteps(most - 1)).toBe(true);
    expect(budget.takeSteps(2)).toBe(false);
    expect(budget.takeSteps(1)).toBe(true);
    expect(budget.isSpent()).toBe(false);
  });

  test('is a number of expressions', () => {
    const budget = startBudget(0);
    expect(budget.mostExpressions).toBe(GUARD_LIMITS.expressions);
    for (let i = 0; i < GUARD_LIMITS.expressions; i++) expect(budget.takeExpression()).toBe(true);
    expect(budget.isSpent()).toBe(false);
    expect(budget.takeExpression()).toBe(false);
    expect(budget.isSpent()).toBe(true);
  });
});
