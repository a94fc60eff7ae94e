// SPDX-License-Identifier: Apache-2.0
// The way that an explanation shows is the way that the core went: the same rule at its end, on random policies and
// connections.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileModel } from '../../src/compiler/compile-model.ts';
import type { CompiledModel } from '../../src/compiler/types.ts';
import { openExplainer } from '../../src/explain/explain.ts';
import type { Question } from '../../src/conditions/holds.ts';
import type { Reason } from '../../src/explain/reasons.ts';
import { resolved } from '../compiler/models.ts';
import { type Question as RandomQuestion, randomCase } from '../oracle/generate.ts';

function compilationOf(seed: number): CompiledModel {
  const { value } = compileModel(resolved(randomCase(seed).documents));
  if (value === undefined) throw new Error('not compiled');
  return value;
}

function question(direction: Question['direction'], { process, connection }: RandomQuestion): Question {
  const { address, port, localPort, time, names, peer } = connection;
  return {
    direction,
    facts: { ...process.facts, labels: process.labels },
    connection: { remote: { address, port }, localPort, time, names, peer },
  };
}

/** What an explanation says decided: a place of a rule, or that none grants. */
function decision(reasons: readonly Reason[]): Reason | undefined {
  return reasons.find(({ decides }) => decides === true);
}

describe('the reasons of an explanation', () => {
  test('end at the rule that the core names, and begin with the identity that it names', () => {
    let rules = 0;
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom('output', 'input'), (seed, direction) => {
        const explainer = openExplainer(compilationOf(seed));
        for (const one of randomCase(seed).questions) {
          const { rule, identity, reasons } = explainer.explain(question(direction, one));
          const [who] = reasons;
          const told =
            identity === undefined
              ? 'no identity matches the process'
              : `the process is ${identity.workloadID}`;
          expect(who?.text).toBe(told);
          const decided = decision(reasons);
          expect(decided).toBeDefined();
          if (decided?.source === undefined) {
            expect(decided?.text).toMatch(/^no (egress )?rule/);
          } else {
            rules += 1;
            expect(decided.source).toEqual(rule.source);
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(rules).toBeGreaterThan(200);
  });

  test('say of each condition whether it holds, as the core does', () => {
    let conditions = 0;
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom('output', 'input'), (seed, direction) => {
        const compilation = compilationOf(seed);
        const explainer = openExplainer(compilation);
        for (const one of randomCase(seed).questions) {
          const { reasons } = explainer.explain(question(direction, one));
          for (const rule of reasons.slice(1)) {
            if (rule.reasons === undefined) continue;
            conditions += 1;
            // The parts are what must hold together.
            expect(rule.holds).toBe(rule.reasons.every(({ holds }) => holds));
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(conditions).toBeGreaterThan(50);
  });
});
