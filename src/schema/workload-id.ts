// SPDX-License-Identifier: Apache-2.0
// Workload IDs of identities: paths, in which [fact] stands for what a process has.

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { type Problem, rule } from './check.ts';
import { canonicalFact, findFact, suggestFact } from './facts/table.ts';
import type { FactType } from './facts/types.ts';
import { workloadIdProblem, workloadIdTooLong } from './names.ts';

/** Types whose values can be a part of a path. */
const SEGMENTS: readonly FactType[] = ['id', 'port', 'count', 'text', 'boolean', 'direction', 'process-name'];

const PLACEHOLDER = /\[([^[\]]*)\]/g;

/** Whether a workload ID differs from process to process. */
export function isTemplate(workloadId: string): boolean {
  return workloadId.includes('[');
}

/** The placeholders of a workload ID: the fact, and where it stands with its brackets. */
export function placeholdersOf(
  text: string,
): readonly { readonly fact: string; readonly start: number; readonly end: number }[] {
  return [...text.matchAll(PLACEHOLDER)].map(({ 0: all, 1: fact = '', index: start }) => {
    return { fact, start, end: start + all.length };
  });
}

/** The workload ID of an identity. */
export const identityWorkloadId = z
  .string()
  .check(rule(templateProblems))
  .transform((text) => text.replace(PLACEHOLDER, (_, fact: string) => `[${canonicalFact(fact)}]`))
  .meta({ examples: ['shop/web', 'shop/users/[process:uid]'], cel: z.string() });

function templateProblems(text: string): Problem | readonly Problem[] | undefined {
  const tooLong = workloadIdTooLong(text);
  if (tooLong !== undefined) return tooLong;
  const found = placeholdersOf(text).flatMap(({ fact, start, end }): readonly Problem[] => {
    const problem = placeholderProblem(fact);
    return problem === undefined ? [] : [{ ...problem, letters: { start, end } }];
  });
  if (found.length > 0) return found;
  return workloadIdProblem(text.replace(PLACEHOLDER, 'x'));
}

function placeholderProblem(name: string): Problem | undefined {
  const code = 'RTP1133';
  if (name === '') {
    return {
      code,
      message: 'the placeholder is empty',
      fix: 'write the name of a fact, such as [process:uid]',
    };
  }
  const canonical = canonicalFact(name);
  const fact = findFact(canonical);
  if (fact === undefined) {
    return {
      code,
      message: `there is no fact ${quoted(name)}`,
      fix: 'write the name of a fact that has one value, such as [process:uid] or [k8s:pod:namespace]',
      suggestion: () => suggestFact(name),
    };
  }
  if (fact.many) {
    return {
      code,
      message: `a process can have several values of ${quoted(name)}`,
      why: 'the workload ID would not be one',
      fix: 'write a fact that has one value, such as [process:uid] or [k8s:pod:namespace]',
    };
  }
  if (canonical.startsWith('github:reported:')) {
    return {
      code,
      message: `an identity cannot be made of ${quoted(name)}`,
      why: 'the job reports it itself, in variables that any of its steps can change',
      fix: `write [github:verified:${canonical.slice('github:reported:'.length)}]`,
    };
  }
  if (SEGMENTS.includes(fact.type)) return undefined;
  return {
    code,
    message: `values of ${quoted(name)} cannot be a part of a workload ID`,
    why: 'they have characters that paths of SPIFFE IDs do not have',
    fix: 'write another fact, such as [process:uid]',
  };
}
