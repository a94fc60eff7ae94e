// SPDX-License-Identifier: Apache-2.0
// The only module that runs the CEL engine.

import { EvaluationError, ParseError, type ParseResult, TypeError as CelTypeError } from 'cel-js';
import { suggestName } from '../diagnostics/suggest.ts';
import { quoted } from '../terminal/visible.ts';
import { typeProblems } from './check-types.ts';
import { costOf } from './cost.ts';
import { entryProblems, typeEntries } from './entries.ts';
import { CEL_LIMITS, type CelEnvironment } from './environment.ts';
import { writtenNames } from './functions/names.ts';
import { prepareSyntax } from './prepare.ts';
import { slipAt } from './slips.ts';
import { operatorRemedy, variableRemedy } from './remedies.ts';
import { referencesOf } from './syntax.ts';
import type { CelCompiled, CelProblem, CelResult } from './types.ts';

/** Parses and type-checks an expression. Never throws: whatever the text, the answer is an expression or problems. */
export function compileExpression(text: string, environment: CelEnvironment): CelCompiled {
  if (text.length > CEL_LIMITS.length) {
    const message = `the expression has ${text.length} characters; the limit is ${CEL_LIMITS.length}`;
    return { problems: [{ kind: 'limit', message, start: 0, end: 0 }] };
  }
  let parsed: ParseResult;
  try {
    parsed = environment.engine.parse(text);
  } catch (error) {
    return { problems: [problemOf(error, text, environment)] };
  }
  const problems = prepareSyntax(parsed.ast, environment);
  if (problems.length > 0) return { problems };
  // The check rewrites macros; this tree stays as it was written.
  const { ast } = environment.engine.parse(text);
  prepareSyntax(ast, environment);
  const references = referencesOf(ast);
  const { entries } = environment;
  if (entries !== undefined) typeEntries(parsed.ast, entries);
  const checked = parsed.check();
  if (!checked.valid || checked.type === undefined) {
    return { problems: [problemOf(checked.error, text, environment)] };
  }
  const wrong = [
    ...typeProblems(parsed.ast, Object.keys(environment.types)),
    ...(entries === undefined ? [] : entryProblems(parsed.ast, entries)),
  ];
  if (wrong.length > 0) return { problems: wrong };
  return {
    expression: {
      type: checked.type,
      references,
      cost: (sizes) => costOf(ast, sizes),
      evaluate: (values) => evaluate(parsed, values, text, environment),
    },
  };
}

function evaluate(
  parsed: ParseResult,
  values: Readonly<Record<string, unknown>>,
  text: string,
  environment: CelEnvironment,
): CelResult {
  // Errors that the expression itself goes on after are many, and nobody sees where in riptides they were made.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const value: unknown = parsed({ ...values });
    // No function is asynchronous, so this cannot be; a rule that gave a promise would otherwise pass as "not false".
    if (typeof value === 'object' && value !== null && 'then' in value)
      throw new Error('the result is a promise');
    return { value };
  } catch (error) {
    return { problem: { ...problemOf(error, text, environment), kind: 'evaluation' }, cause: error };
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Errors of the engine in plain words. Its own texts quote the source, which is shown anyway. */
function problemOf(error: unknown, text: string, environment: CelEnvironment): CelProblem {
  if (!(error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)) {
    const message =
      error instanceof Error && error.message !== '' ? error.message : 'the expression cannot be checked';
    return { kind: 'type', message: firstLine(message), start: 0, end: text.length };
  }
  const start = Math.min(error.range?.start ?? 0, text.length);
  const end = Math.min(error.range?.end ?? text.length, text.length);
  const at = { start, end: Math.max(start, end) };
  if (error.code === 'limit_exceeded') {
    return {
      ...at,
      kind: 'limit',
      message: limitMessage(error.summary),
    };
  }
  if (error instanceof ParseError) {
    if (/EOF/.test(error.summary)) return endsEarly(text);
    const slip = slipAt(text, start, Object.keys(environment.variables));
    return slip ?? { ...at, kind: 'syntax', message: lowerFirst(firstLine(error.summary)) };
  }
  const name = /^(?:No such key|Unknown variable): ([^\s]+)$/.exec(error.summary)?.[1];
  if (error.code === 'no_such_key' && name !== undefined && error instanceof CelTypeError) {
    const fields = Object.values(environment.types).flatMap((type) => Object.keys(type));
    return {
      ...at,
      kind: 'type',
      message: `there is no field ${quoted(name)} here`,
      suggestion: suggestName(name, fields),
    };
  }
  if (error.code === 'no_such_key' && name !== undefined) {
    return { ...at, kind: 'evaluation', message: `the value has no ${quoted(name)}` };
  }
  if (error.code === 'unknown_variable' && name !== undefined) {
    const message = `there is no variable ${quoted(name)}`;
    return {
      ...at,
      kind: 'type',
      message,
      suggestion: suggestName(name, Object.keys(environment.variables)),
      ...variableRemedy(name),
    };
  }
  // The engine does not know the size of a list without entries.
  const [, index, size] = /index (\d+) >= size (\d+|undefined)/.exec(error.summary) ?? [];
  if (index !== undefined) {
    const list = size === 'undefined' ? 'the list' : `a list of ${size}`;
    return { ...at, kind: 'evaluation', message: `${list} has no entry [${index}]` };
  }
  const summary = firstLine(error.summary);
  const fix = operatorRemedy(/^no such overload: (.*)$/.exec(summary)?.[1] ?? '');
  return { ...at, kind: 'type', message: lowerFirst(overloadMessage(summary)), fix };
}

function limitMessage(summary: string): string {
  const { depth, nodes, list, map, args } = CEL_LIMITS;
  if (summary.includes('maxDepth')) return `the expression is nested more than ${depth} levels deep`;
  if (summary.includes('maxAstNodes')) return `the expression has more than ${nodes} parts`;
  if (summary.includes('maxListElements')) return `a list has more than ${list} entries`;
  if (summary.includes('maxMapEntries')) return `a map has more than ${map} entries`;
  return `a call has more than ${args} arguments`;
}

function endsEarly(text: string): CelProblem {
  const end = text.trimEnd().length;
  const fix = /(?:^|\s)\/\/.*$/.test(text.slice(0, end))
    ? 'a comment takes the rest of its line, and ">" folds the lines of a text into one: write "|" instead'
    : undefined;
  return { kind: 'syntax', message: 'the expression ends too early', start: end, end, fix };
}

function overloadMessage(summary: string): string {
  const operator = /^no such overload: (.*)$/.exec(summary)?.[1];
  if (operator !== undefined) return `the operator does not take these types: ${operator}`;
  const call = writtenNames(/^found no matching overload for '(.*)'$/s.exec(summary)?.[1] ?? '');
  const negated = /^negatable\((.*)\)$/.exec(call)?.[1];
  if (negated !== undefined) return `the operator does not take this type: ${negated}`;
  return call === '' ? summary : `there is no function that takes this: ${call}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
