// SPDX-License-Identifier: Apache-2.0
// What zod cannot say by itself: rules of a field, with the code and the remedy of their finding.

import { z } from 'zod';
import type { DiagnosticCode } from '../diagnostics/codes.ts';

/** What a rule says of a value. Travels as the `params` of zod's custom issues. */
export interface Problem {
  readonly code: DiagnosticCode;
  /** What is wrong, one sentence without a full stop. */
  readonly message: string;
  readonly why?: string;
  readonly fix: string;
  /** The way from the value to the part of it that is meant. */
  readonly at?: readonly (string | number)[];
  /** Whether the finding is about the key at the end of that way and not about its value. */
  readonly ofKey?: boolean;
}

/** A check that adds a finding for each problem that `find` sees in a value of the right type. */
export function rule<T>(find: (value: T) => Problem | readonly Problem[] | undefined): z.core.$ZodCheck<T> {
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

/**
 * A field of the policy language that this version gives no effect. It is known, so that it is not taken for a misspelt
 * one, and refused, as a security setting that does nothing would be worse than none.
 *
 * @param why what this version does instead, one sentence without a full stop
 */
export function unsupported(why: string, fix = 'remove the field') {
  return z
    .unknown()
    .optional()
    .check(
      rule((value) =>
        value === undefined
          ? undefined
          : {
              code: 'RTP1110',
              message: 'this field is not supported in this version',
              why,
              fix,
              ofKey: true,
            },
      ),
    )
    .meta({ not: {}, description: `Not supported: ${why}. To do: ${fix}.` });
}

/** A value, or a list of at least one; always a list afterwards. */
export function oneOrMany<S extends z.ZodType>(item: S) {
  return z
    .union([item, nonEmptyList(item)])
    .transform((value): readonly z.output<S>[] => (Array.isArray(value) ? value : [value]));
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
