// SPDX-License-Identifier: Apache-2.0
// Selectors of processes: maps from facts to values.

import * as z from 'zod';
import { quoted } from '../../terminal/visible.ts';
import { nonEmptyList, notEmptyMap, type Problem, rule } from '../check.ts';
import { selectorFields } from './json-schema.ts';
import { canonicalFact, factsNear, findFact, suggestFact } from './table.ts';
import { type FactValue, normaliseValue, valueProblem } from './values.ts';

const value = z.union([z.string(), z.number(), z.boolean()]);

/** Facts that must all hold. Under their canonical names afterwards, each with a list of values. */
export const factSelector = z
  .record(z.string(), z.union([value, nonEmptyList(value)]))
  .check(
    notEmptyMap({
      message: 'the selector is empty',
      why: 'it would be true of every process',
      fix: 'name at least one fact, such as process:uid',
    }),
  )
  .check(rule(selectorProblems))
  .transform((selector) => {
    const normal: Record<string, readonly (string | number)[]> = {};
    for (const [name, values] of Object.entries(selector)) {
      const canonical = canonicalFact(name);
      const fact = findFact(canonical);
      if (fact !== undefined) normal[canonical] = listOf(values).map((one) => normaliseValue(one, fact));
    }
    return normal;
  })
  .meta({ ...selectorFields(), cel: z.record(z.string(), z.array(value)) });

function listOf(values: FactValue | readonly FactValue[]): readonly FactValue[] {
  return typeof values === 'object' ? values : [values];
}

function selectorProblems(
  selector: Readonly<Record<string, FactValue | readonly FactValue[]>>,
): readonly Problem[] {
  const written = new Map<string, string>();
  return Object.entries(selector).flatMap(([name, values]): readonly Problem[] => {
    const canonical = canonicalFact(name);
    const fact = findFact(canonical);
    if (fact === undefined) return [unknownFact(name)];
    const other = written.get(canonical);
    written.set(canonical, name);
    if (other !== undefined) {
      return [
        {
          code: 'RTP1128',
          message: `${quoted(name)} and ${quoted(other)} are two names of one fact`,
          fix: 'write it once; a list of values is "or"',
          at: [name],
          ofKey: true,
        },
      ];
    }
    const refused = refusedFact(name, canonical);
    if (refused !== undefined) return [refused];
    const single = typeof values !== 'object';
    return listOf(values).flatMap((one, i) => {
      const problem = valueProblem(one, fact, canonical);
      return problem === undefined ? [] : [{ ...problem, at: single ? [name] : [name, i] }];
    });
  });
}

function unknownFact(name: string): Problem {
  return {
    code: 'RTP1111',
    message: `there is no fact ${quoted(name)}`,
    fix: /[^\w:./-]/.test(name)
      ? 'if this belongs to the value before it, put that value in quotes'
      : listOfFacts(factsNear(name)),
    suggestion: () => suggestFact(name),
    at: [name],
    ofKey: true,
  };
}

function listOfFacts(names: readonly string[]): string {
  return names.length === 1 ? `write ${names[0]}` : `the facts are ${names.join(', ')}`;
}

/** Facts that exist, and that nothing may be decided by. */
function refusedFact(name: string, canonical: string): Problem | undefined {
  if (!canonical.startsWith('github:reported:')) return undefined;
  return {
    code: 'RTP1129',
    message: `nothing can be decided by ${quoted(name)}`,
    why: 'the job reports it itself, in variables that any of its steps can change',
    fix: 'select by a claim of its signed token',
    suggestion: `github:verified:${canonical.slice('github:reported:'.length)}`,
    at: [name],
    ofKey: true,
  };
}
