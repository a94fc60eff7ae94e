// SPDX-License-Identifier: Apache-2.0
// What zod cannot say by itself: rules of a field, with the code and the remedy of their diagnostic.

import * as z from 'zod';
import type { DiagnosticCode } from '../diagnostics/codes.ts';

declare module 'zod' {
  interface GlobalMeta {
    /** The schema of what a transform gives: guardrails see documents as they are then. Unknown, as zod's types do not end otherwise. */
    cel?: unknown;
  }
}

/** What a rule says of a value. Travels as the `params` of zod's custom issues. */
export interface Problem {
  readonly code: DiagnosticCode;
  /** What is wrong, one sentence without a full stop. */
  readonly message: string;
  readonly why?: string | undefined;
  readonly fix: string;
  /** A name that exists and is near the one written; looked for only when it is shown. */
  readonly suggestion?: string | undefined | (() => string | undefined);
  /** The way from the value to the part of it that is meant. */
  readonly at?: readonly (string | number)[];
  /** Whether the diagnostic is about the key at the end of that way and not about its value. */
  readonly ofKey?: boolean;
  /** The letters of the text that are meant, when it is not all of them: UTF-16 code units from 0, end excluded. */
  readonly letters?: { readonly start: number; readonly end: number };
}

/** What a rule finds: one problem, several, or none. */
export type Problems = Problem | readonly Problem[] | undefined;

/** A check that adds a diagnostic for each problem that `find` sees in a value of the right type. */
export function rule<T>(find: (value: T) => Problems): z.core.$ZodCheck<T> {
  return z.check<T>((payload) => {
    const found = find(payload.value) ?? [];
    for (const problem of 'code' in found ? [found] : found) {
      payload.issues.push({
        code: 'custom',
        // Rules of the same value are independent of each other.
        continue: true,
        message: problem.message,
        params: { problem },
        path: [...(problem.at ?? [])],
        input: payload.value,
      });
    }
  });
}

/** The problem that an issue of zod carries, if it comes from a rule. */
export function problemOf(params: unknown): Problem | undefined {
  if (typeof params !== 'object' || params === null || !('problem' in params)) return undefined;
  return isProblem(params.problem) ? params.problem : undefined;
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'message' in value && 'fix' in value
  );
}

/** A value, or a list of at least one; always a list afterwards. */
export function oneOrMany<S extends z.ZodType>(item: S) {
  return z
    .union([item, nonEmptyList(item)])
    .transform((value): readonly z.output<S>[] => (Array.isArray(value) ? value : [value]))
    .meta({ cel: z.array(item) });
}

/** A list of at least one. */
export function nonEmptyList<S extends z.ZodType>(item: S) {
  return z.array(item).check(rule(notEmpty)).meta({ minItems: 1 });
}

function notEmpty(list: readonly unknown[]): Problem | undefined {
  if (list.length > 0) return undefined;
  return {
    code: 'RTP1113',
    message: 'the list is empty',
    why: 'an empty list could mean everything or nothing',
    fix: 'write at least one entry, or remove the field',
  };
}

/** The rule that a map is not empty, and what to say when it is. Give the schema `minProperties: 1` besides, for editors. */
export function notEmptyMap<T extends object>(
  words: Pick<Problem, 'message' | 'fix'> & Partial<Pick<Problem, 'why'>>,
): z.core.$ZodCheck<T> {
  return rule((map) => (Object.keys(map).length > 0 ? undefined : { code: 'RTP1113', ...words }));
}

/** The rule that a list names nothing twice. `what` is what its entries are: "the host name". */
export function noTwice(what: string): z.core.$ZodCheck<readonly string[]> {
  return rule((list) => {
    const seen = new Set<string>();
    return list.flatMap((entry, i): readonly Problem[] => {
      if (!seen.has(entry)) {
        seen.add(entry);
        return [];
      }
      return [{ code: 'RTP1109', message: `${what} is in the list twice`, fix: 'remove one', at: [i] }];
    });
  });
}
