// SPDX-License-Identifier: Apache-2.0

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { nonEmptyList, type Problem, rule } from './check.ts';
import { documentSchema } from './document.ts';
import { ruleId } from './names.ts';

const expression = z
  .string()
  .check(
    rule((text) =>
      text.trim() === ''
        ? { code: 'RTP1301', message: 'the expression is empty', fix: 'write a CEL expression' }
        : undefined,
    ),
  );

/** A name that expressions can use: an identifier of CEL that is not reserved. */
const variableName = z.string().check(
  rule((name) =>
    /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && !RESERVED.has(name)
      ? undefined
      : {
          code: 'RTP1118',
          message: `${quoted(name)} cannot be the name of a variable`,
          fix: 'begin with a letter, go on with letters, digits and "_", and avoid the words of CEL',
        },
  ),
);

const RESERVED = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);

const variable = z.strictObject({
  name: variableName.describe('The name, once in the guardrail.'),
  expression: expression.describe('The CEL expression that the name stands for.'),
});

const guardrailRule = z.strictObject({
  id: ruleId.describe('The name of the rule, once in the guardrail.'),
  expression: expression.describe('A CEL expression that must be true; `object` is the document.'),
  message: z.string().optional().describe('The message when it is not.'),
  messageExpression: expression.optional().describe('A CEL expression that gives the message.'),
  severity: z
    .enum(['error', 'warning'])
    .default('error')
    .describe('An error stops the policy from being applied.'),
});

/** The first entry whose name is that of an earlier one. */
function duplicates(names: readonly string[], what: string, field: string): Problem | undefined {
  const second = names.findIndex((name, i) => names.indexOf(name) < i);
  const name = names[second];
  if (name === undefined) return undefined;
  return {
    code: 'RTP1308',
    message: `${what} ${quoted(name)} is defined twice`,
    fix: 'rename one of the two',
    at: [second, field],
  };
}

/** The kinds that a guardrail can be about: all that a policy is made of (a test compares them with kinds.ts). */
export const GUARDED_KINDS = [
  'Project',
  'WorkloadIdentity',
  'Service',
  'CredentialSource',
  'CredentialBinding',
  'DaemonGroup',
  'Guardrail',
  'PolicyTest',
] as const;

/** Entries that a list of a guardrail may have: each is compiled for each kind. */
export const GUARDRAIL_LIMITS = { rules: 100, variables: 50 } as const;

function tooMany(what: string, most: number) {
  return rule<readonly unknown[]>((list) =>
    list.length <= most
      ? undefined
      : {
          code: 'RTP1304',
          message: `there are ${list.length} ${what}; the limit is ${most}`,
          fix: 'write several guardrails',
        },
  );
}

export const guardrailSchema = documentSchema(
  'Guardrail',
  z.strictObject({
    matchKinds: nonEmptyList(z.enum(GUARDED_KINDS)).describe(
      'The kinds of documents that the rules are about.',
    ),
    variables: z
      .array(variable)
      .check(tooMany('variables', GUARDRAIL_LIMITS.variables))
      .check(
        rule((list) =>
          duplicates(
            list.map((entry) => entry.name),
            'the variable',
            'name',
          ),
        ),
      )
      .default([])
      .describe('Names for expressions; a later one may use those before it.'),
    rules: nonEmptyList(guardrailRule)
      .check(tooMany('rules', GUARDRAIL_LIMITS.rules))
      .check(
        rule((list) =>
          duplicates(
            list.map((entry) => entry.id),
            'the rule',
            'id',
          ),
        ),
      )
      .describe('What must be true.'),
  }),
);
