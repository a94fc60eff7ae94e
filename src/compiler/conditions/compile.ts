// SPDX-License-Identifier: Apache-2.0
// The text of a condition (`when`) to a condition: type-checked by the CEL engine, then translated part by part. What the
// kernel cannot decide is refused at the part that asks for it (docs/decisions/conditions.md).

import { type CelNode, parseTree } from '../../cel/tree.ts';
import type { CelProblem } from '../../cel/types.ts';
import type { Condition } from '../../conditions/types.ts';
import { countTests } from '../../conditions/build.ts';
import { conditionEnvironment } from './fields.ts';
import { translate } from './translate.ts';
import {
  CONDITION_LIMITS,
  type ConditionScope,
  type ConditionProblem,
  type Refusal,
  type Translation,
} from './types.ts';

/**
 * The condition that a text stands for, or undefined when something was reported. `where` says what the rule is about: it
 * decides which fields are known. Never throws, whatever the text. Of what is wrong it reports all that it finds.
 */
export function compileCondition(
  text: string,
  where: ConditionScope,
  report: (problem: ConditionProblem) => void,
): Condition | undefined {
  const environment = conditionEnvironment();
  const parsed = parseTree(text, environment);
  if ('problems' in parsed) {
    for (const problem of parsed.problems) report(problemOf(problem));
    return undefined;
  }
  const { root, type } = parsed;
  let isRefused = false;
  const translation = translationOf(where, (problem) => {
    isRefused = true;
    report(problem);
  });
  if (type !== 'bool') {
    return translation.refuse(root, {
      code: 'RTP1603',
      message: `the condition gives ${type}, not true or false`,
      fix: 'compare: process.uid == 1001',
    });
  }
  const condition = translate(root, { values: {} }, translation);
  // A part that changes nothing (`x in []`) may be refused too.
  if (condition === undefined || isRefused) return undefined;
  const most = CONDITION_LIMITS.tests;
  if (countTests(condition, most) <= most) return condition;
  return translation.refuse(root, {
    code: 'RTP1604',
    message: `the condition has more than ${most} tests, its lists and loops written out`,
    fix: 'split the rule: several rules of an identity are alternatives',
  });
}

function translationOf(where: ConditionScope, report: (problem: ConditionProblem) => void): Translation {
  const reported = new Set<string>();
  return {
    where,
    environment: conditionEnvironment(),
    compiled: new Map(),
    environments: new Map(),
    work: { left: CONDITION_LIMITS.work },
    refuse: ({ start, end }: CelNode, refusal: Refusal) => {
      const key = `${start} ${end} ${refusal.code}`;
      // Once the work is done, each part that is left would say so.
      const seen = reported.has(key) || (refusal.code === 'RTP1604' && reported.has(refusal.code));
      reported.add(key).add(refusal.code);
      if (!seen) report({ ...refusal, start, end });
      return undefined;
    },
  };
}

const CODES = {
  syntax: 'RTP1601',
  type: 'RTP1602',
  limit: 'RTP1604',
  pattern: 'RTP1605',
  evaluation: 'RTP1608',
} as const satisfies Readonly<Record<CelProblem['kind'], ConditionProblem['code']>>;

const FIXES: Readonly<Record<CelProblem['kind'], string>> = {
  syntax: 'correct the expression here',
  type: 'correct the name or the types: numbers are int, texts are string, time is a timestamp',
  limit: 'split the rule: several rules of an identity are alternatives',
  pattern: 'use startsWith, endsWith, == or in: the kernel has no patterns',
  evaluation: 'correct the expression',
};

function problemOf({ kind, message, start, end, fix, suggestion }: CelProblem): ConditionProblem {
  return {
    code: CODES[kind],
    message,
    fix: fix ?? FIXES[kind],
    ...(suggestion !== undefined && { suggestion }),
    start,
    end,
  };
}
