// SPDX-License-Identifier: Apache-2.0
// The guardrails of a policy, run over its documents.

import { isDeepStrictEqual } from 'node:util';
import { type CelEnvironment, emptyObject } from '../../cel/environment.ts';
import type { CelProblem } from '../../cel/types.ts';
import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { quoted } from '../../terminal/visible.ts';
import type { Kind } from '../../schema/json-schema.ts';
import { memoFlatMap } from '../incremental.ts';
import type { GuardrailDocument, ShapedDocument } from '../shape/types.ts';
import { type Budget, startBudget } from './budget.ts';
import { celDiagnostic, compileGuardrail } from './compile.ts';
import { createObjects, type GuardedPolicy } from './objects.ts';
import {
  type CompiledGuardrail,
  type CompiledRule,
  type CompiledVariable,
  GUARD_LIMITS,
  type GuardContext,
} from './types.ts';

/**
 * Runs every guardrail over every document of its kinds. Expressions are type-checked for each kind, also where there is
 * no document of it. Diagnostics: RTP1301 to RTP1307; RTP1305, at the name of the document, is a rule that is not satisfied.
 * The work is bounded before anything runs, whatever the expressions are.
 */
export function guardDocuments(
  documents: readonly ShapedDocument[],
  context: GuardContext = {},
): readonly Diagnostic[] {
  return createGuard()(documents, context);
}

/** `guardDocuments` again and again. */
export function createGuard(): (
  documents: readonly ShapedDocument[],
  context?: GuardContext,
) => readonly Diagnostic[] {
  const guardrailsIn = memoFlatMap((document: ShapedDocument) =>
    document.kind === 'Guardrail' ? [document] : [],
  );
  let makeObjects: ReturnType<typeof createObjects> | undefined;
  let runs = createRuns();
  let seen: GuardContext = {};
  return (documents, given) => {
    const context = given ?? {};
    const guardrails = guardrailsIn(documents);
    if (guardrails.length === 0) return [];
    const policy = (makeObjects ??= createObjects())(documents, context);
    // What a rule says of a document may change with what is known besides it.
    if (context.previous !== seen.previous || !isDeepStrictEqual(context.git, seen.git)) runs = createRuns();
    seen = context;
    const budget = startBudget(documents.length);
    return guardrails.flatMap((guardrail) =>
      budget.isSpent() ? [] : guardWith(guardrail, policy, budget, runs(guardrail)),
    );
  };
}

function guardWith(
  guardrail: GuardrailDocument,
  policy: GuardedPolicy,
  budget: Budget,
  run: Run,
): readonly Diagnostic[] {
  const kinds = [...new Set(guardrail.spec.matchKinds)];
  const compiled = kinds.map((kind) => {
    const matched = policy.ofKind(kind);
    return { kind, matched, ...compileGuardrail(guardrail, kind, matched.length, policy, budget) };
  });
  const wrong = compiled.filter(({ diagnostics }) => diagnostics.length > 0);
  if (wrong.length > 0) return distinct(wrong, kinds.length);
  return compiled.flatMap(({ value, matched }) => (value === undefined ? [] : run(value, matched, policy)));
}

/** The same mistake, seen from several kinds, is one diagnostic; one that only some kinds see says which. */
function distinct(
  wrong: readonly { readonly kind: Kind; readonly diagnostics: readonly Diagnostic[] }[],
  kinds: number,
): readonly Diagnostic[] {
  const found = new Map<string, { readonly diagnostic: Diagnostic; readonly of: Kind[] }>();
  for (const { kind, diagnostics } of wrong) {
    for (const diagnostic of diagnostics) {
      const key = JSON.stringify([diagnostic.code, diagnostic.range, diagnostic.message]);
      const entry = found.get(key) ?? { diagnostic, of: [] };
      entry.of.push(kind);
      found.set(key, entry);
    }
  }
  return [...found.values()].map(({ diagnostic, of }) =>
    of.length === kinds
      ? diagnostic
      : { ...diagnostic, message: `${diagnostic.message} (for ${of.join(', ')})` },
  );
}

/** Runs the rules of a guardrail over documents of its kind. */
type Run = (
  compiled: CompiledGuardrail,
  matched: readonly ShapedDocument[],
  policy: GuardedPolicy,
) => readonly Diagnostic[];

/** For each guardrail a run that remembers what it said of documents, unless that depends on the others. */
function createRuns(): (guardrail: GuardrailDocument) => Run {
  const runs = new WeakMap<GuardrailDocument, Run>();
  return (guardrail) => {
    const known = runs.get(guardrail) ?? createRun();
    runs.set(guardrail, known);
    return known;
  };
}

function createRun(): Run {
  const byKind = new Map<Kind, ReturnType<typeof createKindRun>>();
  return (compiled, matched, policy) => {
    const whole = usesPolicy(compiled);
    const current = runOne(compiled, policy, whole);
    if (whole) return matched.flatMap(current);
    const run = byKind.get(compiled.kind) ?? createKindRun();
    byKind.set(compiled.kind, run);
    return run(matched, current);
  };
}

/** Runs rules over documents of one kind; over those that are the same as the last time they need not be run. */
function createKindRun(): (
  matched: readonly ShapedDocument[],
  rules: (document: ShapedDocument) => readonly Diagnostic[],
) => readonly Diagnostic[] {
  let current: (document: ShapedDocument) => readonly Diagnostic[] = () => [];
  const map = memoFlatMap((document: ShapedDocument) => current(document));
  return (matched, rules) => {
    current = rules;
    return map(matched);
  };
}

/** Whether what is said of a document may depend on the other documents. */
function usesPolicy({ variables, rules }: CompiledGuardrail): boolean {
  const expressions = [
    ...variables.map(({ expression }) => expression),
    ...rules.flatMap(({ expression, messageExpression }) => [expression, messageExpression ?? expression]),
  ];
  return expressions.some(({ references }) => references.variables.has('policy'));
}

function runOne(
  compiled: CompiledGuardrail,
  policy: GuardedPolicy,
  whole: boolean,
): (document: ShapedDocument) => readonly Diagnostic[] {
  // Variables that do not depend on the document keep their values from one to the next.
  const shared = new Map<string, unknown>();
  return (document) => {
    const values = policy.valuesFor(document, whole);
    const variables = variablesIn(compiled.environment, { compiled, values, own: new Map(), shared });
    const all = { ...values, ...(variables !== undefined && { variables }) };
    return compiled.rules.flatMap((rule) => runRule(rule, document, all, compiled.guardrail));
  };
}

/** What is thrown through the engine when a variable, which is computed at its first use, fails. */
class VariableFailure extends Error {
  readonly problem: CelProblem;
  readonly path: DocumentPath;

  constructor(problem: CelProblem, path: DocumentPath) {
    super(problem.message);
    this.problem = problem;
    this.path = path;
  }
}

/** Computes variables when they are first asked for, each once. */
interface Lazy {
  readonly compiled: CompiledGuardrail;
  readonly values: Readonly<Record<string, unknown>>;
  /** Values of variables that depend on the document, and of those that do not. */
  readonly own: Map<string, unknown>;
  readonly shared: Map<string, unknown>;
}

/** The variables that an expression compiled in an environment sees: an object whose fields are computed on demand. */
function variablesIn(environment: CelEnvironment, lazy: Lazy): object | undefined {
  const type = environment.variables['variables'];
  if (type === undefined) return undefined;
  const holder = emptyObject(environment, type);
  for (const variable of lazy.compiled.variables) {
    if (!(variable.name in (environment.types[type] ?? {}))) continue;
    Object.defineProperty(holder, variable.name, { enumerable: true, get: () => valueOf(variable, lazy) });
  }
  return holder;
}

function valueOf(variable: CompiledVariable, lazy: Lazy): unknown {
  const memory = variable.usesObject ? lazy.own : lazy.shared;
  if (memory.has(variable.name)) return memory.get(variable.name);
  const variables = variablesIn(variable.environment, lazy);
  const result = variable.expression.evaluate({
    ...lazy.values,
    ...(variables !== undefined && { variables }),
  });
  if ('problem' in result) {
    const inner = variableFailure(result.cause);
    throw inner ?? new VariableFailure(result.problem, ['spec', 'variables', variable.index, 'expression']);
  }
  memory.set(variable.name, result.value);
  return result.value;
}

function runRule(
  compiled: CompiledRule,
  document: ShapedDocument,
  values: Readonly<Record<string, unknown>>,
  guardrail: GuardrailDocument,
): readonly Diagnostic[] {
  const path: DocumentPath = ['spec', 'rules', compiled.index, 'expression'];
  const result = compiled.expression.evaluate(values);
  if ('problem' in result) return [failure(result.problem, result.cause, path, document, guardrail)];
  if (result.value === true) return [];
  const { rule } = compiled;
  const written = compiled.messageExpression?.evaluate(values);
  const computed = written !== undefined && 'value' in written ? firstLine(String(written.value)) : '';
  return [
    {
      code: 'RTP1305',
      severity: rule.severity,
      range: document.source.locate(['metadata', 'name']),
      path: ['metadata', 'name'],
      message:
        computed ||
        firstLine(rule.message ?? '') ||
        `${document.kind} ${quoted(document.metadata.name)} does not satisfy the rule ${quoted(rule.id)}`,
      why: `the guardrail ${guardrail.metadata.name} has the rule ${rule.id}`,
      fix: 'change the document, or the rule if it no longer fits',
      related: [{ range: guardrail.source.locate(path), message: 'this rule is not satisfied' }],
    },
  ];
}

/** An evaluation that failed: at the expression in the guardrail, or in the variable that it used, for a named document. */
function failure(
  problem: CelProblem,
  cause: unknown,
  path: DocumentPath,
  document: ShapedDocument,
  guardrail: GuardrailDocument,
): Diagnostic {
  const inner = variableFailure(cause);
  const diagnostic =
    inner === undefined
      ? celDiagnostic(problem, path, guardrail)
      : celDiagnostic(inner.problem, inner.path, guardrail);
  return {
    ...diagnostic,
    why: 'a rule that cannot be evaluated is not satisfied',
    related: [
      {
        range: document.source.locate(['metadata', 'name']),
        message: `for the ${document.kind} ${quoted(document.metadata.name)}`,
      },
    ],
  };
}

function variableFailure(error: unknown): VariableFailure | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof VariableFailure) return cause;
  return undefined;
}

function firstLine(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > GUARD_LIMITS.message ? `${line.slice(0, GUARD_LIMITS.message)}…` : line;
}
