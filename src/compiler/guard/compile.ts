// SPDX-License-Identifier: Apache-2.0
// A guardrail's expressions, type-checked for one kind of documents.

import { compileExpression } from '../../cel/compile.ts';
import type { Cost, Sizes } from '../../cel/cost.ts';
import { CEL_LIMITS, type CelEnvironment, extendEnvironment } from '../../cel/environment.ts';
import { type Profile, weight } from '../../cel/profile.ts';
import type { CelExpression, CelProblem } from '../../cel/types.ts';
import type { DiagnosticCode } from '../../diagnostics/codes.ts';
import type { Checked, Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { quoted } from '../../terminal/visible.ts';
import type { Kind } from '../../schema/json-schema.ts';
import type { GuardrailDocument } from '../shape/types.ts';
import type { Budget } from './budget.ts';
import type { GuardedPolicy } from './objects.ts';
import { type CompiledGuardrail, type CompiledRule, type CompiledVariable, GUARD_LIMITS } from './types.ts';

interface Context {
  readonly guardrail: GuardrailDocument;
  readonly policy: GuardedPolicy;
  readonly kind: Kind;
  /** Documents that the rules are run over. */
  readonly documents: number;
  readonly budget: Budget;
  readonly diagnostics: Diagnostic[];
  /** Sizes of the variables of the guardrail, as far as they are known. */
  readonly defined: Map<string, Profile>;
}

/** Compiles a guardrail for the documents of a kind; `documents` is how many there are. Diagnostics: RTP1301 to 1304, 1307. */
export function compileGuardrail(
  guardrail: GuardrailDocument,
  kind: Kind,
  documents: number,
  policy: GuardedPolicy,
  budget: Budget,
): Checked<CompiledGuardrail> {
  const context: Context = {
    guardrail,
    policy,
    kind,
    documents,
    budget,
    diagnostics: [],
    defined: new Map(),
  };
  const base = extendEnvironment(policy.environment, {}, { object: kind, oldObject: kind });
  const variables: CompiledVariable[] = [];
  const fields: Record<string, string> = {};
  for (const [index, { name, expression: text }] of guardrail.spec.variables.entries()) {
    const visible = withVariables(base, fields, index);
    const of = usesObject(variables);
    const expression = compileAt(['spec', 'variables', index, 'expression'], text, visible, of, context);
    if (expression === undefined) {
      // It is wrong; what uses it need not be told so.
      fields[name] = 'dyn';
      continue;
    }
    variables.push({ name, index, expression, environment: visible, usesObject: of(expression) });
    context.defined.set(name, expression.cost(sizesIn(context)).size);
    fields[name] = expression.type;
  }
  // A rule that uses a variable that is wrong would only repeat what is wrong.
  if (context.diagnostics.length > 0) return { diagnostics: context.diagnostics };
  const environment = withVariables(base, fields, guardrail.spec.variables.length);
  const each = (): boolean => true;
  const rules = guardrail.spec.rules.flatMap((rule, index): readonly CompiledRule[] => {
    const path = ['spec', 'rules', index];
    const at = [...path, 'expression'];
    const expression = compileAt(at, rule.expression, environment, each, context, 'bool');
    const messageAt = [...path, 'messageExpression'];
    const message =
      rule.messageExpression === undefined
        ? undefined
        : compileAt(messageAt, rule.messageExpression, environment, each, context, 'string');
    if (expression === undefined) return [];
    return [{ rule, index, expression, ...(message !== undefined && { messageExpression: message }) }];
  });
  if (context.diagnostics.length > 0) return { diagnostics: context.diagnostics };
  return { value: { guardrail, kind, variables, environment, rules }, diagnostics: [] };
}

/** Variables are fields of one object, `variables`; its type grows with each definition, and so needs a name of its own. */
function withVariables(
  environment: CelEnvironment,
  fields: Readonly<Record<string, string>>,
  count: number,
): CelEnvironment {
  const name = `Variables${count}`;
  return extendEnvironment(environment, { [name]: { ...fields } }, { variables: name });
}

/** Whether an expression depends on the document, itself or by a variable before it. */
function usesObject(earlier: readonly CompiledVariable[]): (expression: CelExpression) => boolean {
  return ({ references: { variables, defined } }) =>
    variables.has('object') ||
    variables.has('oldObject') ||
    earlier.some((variable) => variable.usesObject && defined.has(variable.name));
}

function sizesIn({ policy, kind, defined }: Context): Sizes {
  return new Map([...policy.sizesFor(kind), ['variables', { entries: 0, chars: 0, fields: defined }]]);
}

/** `each` says whether an expression is run for every document, or once. */
function compileAt(
  path: DocumentPath,
  text: string,
  environment: CelEnvironment,
  each: (expression: CelExpression) => boolean,
  context: Context,
  wanted?: 'bool' | 'string',
): CelExpression | undefined {
  if (!context.budget.takeExpression()) return refuseMore(path, context);
  const compiled = compileExpression(text, environment);
  if ('problems' in compiled) {
    for (const problem of compiled.problems)
      context.diagnostics.push(celDiagnostic(problem, path, context.guardrail));
    return undefined;
  }
  const { expression } = compiled;
  const range = context.guardrail.source.locate(path);
  const at = { severity: 'error', range, path } as const;
  if (wanted !== undefined && expression.type !== wanted) {
    const what = wanted === 'bool' ? 'true or false (bool)' : 'text (string)';
    context.diagnostics.push({
      ...at,
      code: 'RTP1303',
      message: `the expression gives ${expression.type}, not ${what}`,
      fix:
        wanted === 'bool' ? 'compare the value, or use all() or exists()' : 'convert the value with string()',
    });
    return undefined;
  }
  const cost = expression.cost(sizesIn(context));
  const message = costProblem(cost, each(expression) ? context.documents : 1, context.budget);
  if (message === undefined) return expression;
  context.diagnostics.push({
    ...at,
    range: context.guardrail.source.locateText(path, cost.heaviest.start, cost.heaviest.end),
    code: 'RTP1304',
    message,
    why: 'the time of a check must be bounded, whatever the input',
    fix: 'loop over the lists of the document instead of the whole policy, or compute a list once under variables and test with "in"',
  });
  return undefined;
}

function refuseMore(path: DocumentPath, { guardrail, diagnostics, budget }: Context): undefined {
  diagnostics.push({
    code: 'RTP1304',
    severity: 'error',
    range: guardrail.source.locate(path),
    path,
    message: `the guardrails have more than ${budget.mostExpressions} expressions, counted for each kind that they are about`,
    why: 'the time of a check must be bounded, whatever the input',
    fix: 'merge rules, or name fewer kinds in matchKinds',
  });
}

function costProblem({ steps, size }: Cost, documents: number, budget: Budget): string | undefined {
  if (steps > CEL_LIMITS.steps)
    return `the expression may take ${steps} steps for one document; the limit is ${CEL_LIMITS.steps}`;
  if (weight(size) > CEL_LIMITS.steps)
    return `the result may have ${Math.ceil(weight(size))} parts; the limit is ${CEL_LIMITS.steps}`;
  const all = (steps + GUARD_LIMITS.stepsPerEvaluation) * documents;
  if (!budget.takeSteps(all))
    return `the expression may take ${all} steps for all documents, which leaves too few of the ${budget.mostSteps} that the guardrails have together`;
  return undefined;
}

const CODES: Readonly<Record<CelProblem['kind'], DiagnosticCode>> = {
  syntax: 'RTP1301',
  type: 'RTP1302',
  limit: 'RTP1304',
  pattern: 'RTP1307',
  evaluation: 'RTP1306',
};

const FIXES: Readonly<Record<CelProblem['kind'], string>> = {
  syntax: 'correct the expression here',
  type: 'correct the name or the types; fields are those of the kind, numbers are int, texts are string',
  limit: 'split the rule',
  pattern: 'use RE2 syntax, without look-around and back-references',
  evaluation:
    'correct the expression or the document; test for what may be missing: has(object.spec.scope), "key" in map',
};

/** A problem of an expression as a diagnostic at its position in the guardrail. */
export function celDiagnostic(
  problem: CelProblem,
  path: DocumentPath,
  guardrail: GuardrailDocument,
): Diagnostic {
  return {
    code: CODES[problem.kind],
    severity: 'error',
    range: guardrail.source.locateText(path, problem.start, problem.end),
    path,
    message: problem.message,
    ...(problem.kind === 'syntax' && {
      why: `the guardrail ${quoted(guardrail.metadata.name)} cannot be checked`,
    }),
    fix: problem.fix ?? FIXES[problem.kind],
    ...(problem.suggestion !== undefined && { suggestion: problem.suggestion }),
  };
}
