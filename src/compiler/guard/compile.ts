// SPDX-License-Identifier: Apache-2.0
// A guardrail's expressions, type-checked for one kind of documents.

import { compileExpression } from '../../cel/compile.ts';
import { CEL_LIMITS, type CelEnvironment, extendEnvironment } from '../../cel/environment.ts';
import type { Cost, Lengths } from '../../cel/syntax.ts';
import type { CelExpression, CelProblem } from '../../cel/types.ts';
import type { DiagnosticCode } from '../../diagnostics/codes.ts';
import type { Checked, Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { quoted } from '../../diagnostics/visible.ts';
import type { GuardrailDocument, Kind } from '../shape/types.ts';
import type { GuardedPolicy } from './objects.ts';
import { type CompiledGuardrail, type CompiledRule, type CompiledVariable, GUARD_LIMITS } from './types.ts';

interface Context {
  readonly guardrail: GuardrailDocument;
  readonly policy: GuardedPolicy;
  /** Documents that the rules are run over. */
  readonly documents: number;
  readonly diagnostics: Diagnostic[];
}

/** Compiles a guardrail for the documents of a kind; `documents` is how many there are. Findings: RTP1301 to 1304, 1307. */
export function compileGuardrail(
  guardrail: GuardrailDocument,
  kind: Kind,
  documents: number,
  policy: GuardedPolicy,
): Checked<CompiledGuardrail> {
  const context: Context = { guardrail, policy, documents, diagnostics: [] };
  const base = extendEnvironment(policy.environment, {}, { object: kind });
  const variables: CompiledVariable[] = [];
  const lengths = new Map<string, number>();
  const fields: Record<string, string> = {};
  for (const [index, { name, expression: text }] of guardrail.spec.variables.entries()) {
    const visible = withVariables(base, fields, index);
    const expression = compileAt(['spec', 'variables', index, 'expression'], text, visible, lengths, context);
    if (expression === undefined) continue;
    variables.push({
      name,
      index,
      expression,
      environment: visible,
      usesObject: usesObject(expression, variables),
    });
    lengths.set(name, expression.cost(lengthsOf(policy, lengths)).length);
    fields[name] = expression.type;
  }
  // A rule that uses a variable that is wrong would only repeat what is wrong.
  if (context.diagnostics.length > 0) return { diagnostics: context.diagnostics };
  const environment = withVariables(base, fields, guardrail.spec.variables.length);
  const rules = guardrail.spec.rules.flatMap((rule, index): readonly CompiledRule[] => {
    const path = ['spec', 'rules', index];
    const at = [...path, 'expression'];
    const expression = compileAt(at, rule.expression, environment, lengths, context, 'bool');
    const messageAt = [...path, 'messageExpression'];
    const message =
      rule.messageExpression === undefined
        ? undefined
        : compileAt(messageAt, rule.messageExpression, environment, lengths, context, 'string');
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

function usesObject(expression: CelExpression, earlier: readonly CompiledVariable[]): boolean {
  const { variables, defined } = expression.references;
  return (
    variables.has('object') || earlier.some((variable) => variable.usesObject && defined.has(variable.name))
  );
}

function lengthsOf(policy: GuardedPolicy, defined: ReadonlyMap<string, number>): Lengths {
  const { documents, inside } = policy.lengths;
  return {
    of: (variable, field) => {
      if (variable === 'variables') return (field === undefined ? undefined : defined.get(field)) ?? 0;
      return variable === 'policy' ? documents : inside;
    },
  };
}

function compileAt(
  path: DocumentPath,
  text: string,
  environment: CelEnvironment,
  defined: ReadonlyMap<string, number>,
  context: Context,
  wanted?: 'bool' | 'string',
): CelExpression | undefined {
  const compiled = compileExpression(text, environment);
  if ('problems' in compiled) {
    for (const problem of compiled.problems)
      context.diagnostics.push(celFinding(problem, path, context.guardrail));
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
        wanted === 'bool'
          ? 'compare the value, or use all() or exists()'
          : 'make text of the value with string()',
    });
    return undefined;
  }
  const problem = costProblem(expression.cost(lengthsOf(context.policy, defined)), context.documents);
  if (problem === undefined) return expression;
  context.diagnostics.push({
    ...at,
    code: 'RTP1304',
    message: problem,
    why: 'a check must end soon, whatever it is given',
    fix: 'loop over the lists of the document instead of the whole policy, or compute a list once under variables and ask with "in"',
  });
  return undefined;
}

function costProblem({ steps, length }: Cost, documents: number): string | undefined {
  if (Math.max(steps, length) > CEL_LIMITS.steps) {
    return `the expression may take ${steps} steps for one document; the limit is ${CEL_LIMITS.steps}`;
  }
  if (steps * documents > GUARD_LIMITS.steps) {
    return `the expression may take ${steps * documents} steps for all documents; the limit is ${GUARD_LIMITS.steps}`;
  }
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
  syntax: 'correct the expression at this place',
  type: 'correct the name or the types; fields are those of the kind, numbers are int, texts are string',
  limit: 'split the rule into several',
  pattern: 'rewrite it as RE2 has it, without look-around and back-references',
  evaluation:
    'correct the expression or the document; ask for what may be missing: has(object.spec.scope), "key" in map',
};

/** A problem of an expression as a finding at its place in the guardrail. */
export function celFinding(
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
    fix: FIXES[problem.kind],
    ...(problem.suggestion !== undefined && { suggestion: problem.suggestion }),
  };
}
