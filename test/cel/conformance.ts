// SPDX-License-Identifier: Apache-2.0
// The conformance tests of CEL that need no protobuf messages, and the verdict of riptides' expressions on each.

import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from '@bufbuild/cel-spec/testdata/tests.js';
import { UnsignedInt } from 'cel-js/evaluator';
import { compileExpression } from '../../src/cel/compile.ts';
import { createEnvironment, extendEnvironment } from '../../src/cel/environment.ts';

export interface ConformanceTest {
  readonly name: string;
  readonly test: IncrementalTest;
}

/**
 * - `right`: the value, or an error where there must be one
 * - `refused`: not accepted, although CEL has a value: safe
 * - `failed`: an error when it is evaluated, although CEL has a value: safe
 * - `other`: another value
 * - `accepted`: a value, although CEL has an error
 */
export type Verdict = 'right' | 'refused' | 'failed' | 'other' | 'accepted';

/** What only a program that knows protobuf can answer. */
const PROTOBUF = /google\.|protobuf|TestAllTypes|GlobalEnum|NestedEnum|cel\.expr|\bproto\./;

/** The tests, with their suites in their names. */
export function conformanceTests(): readonly ConformanceTest[] {
  const tests: ConformanceTest[] = [];
  const seen = new Map<string, number>();
  const walk = (suite: IncrementalTestSuite, path: readonly string[]): void => {
    for (const test of suite.tests) {
      const { original } = test;
      if (original.checkOnly || original.container !== '' || PROTOBUF.test(original.expr)) continue;
      const text = JSON.stringify(original, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      if (/objectValue|enumValue|"messageType"/.test(text)) continue;
      const name = [...path, test.name].join('/');
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      tests.push({ name: times === 1 ? name : `${name}#${times}`, test });
    }
    for (const inner of suite.suites) walk(inner, [...path, inner.name]);
  };
  for (const suite of getConformanceSuite().suites) walk(suite, [suite.name]);
  return tests;
}

const BASE = createEnvironment({});

/** Compiles and evaluates the expression of a test. */
export function verdictOf({ test: { original } }: ConformanceTest): Verdict {
  const values: Record<string, unknown> = {};
  for (const [name, { kind }] of Object.entries(original.bindings))
    if (kind.case === 'value') values[name] = celOf(kind.value);
  const names = Object.keys(values).filter((name) => /^[a-zA-Z_]\w*$/.test(name));
  const environment = extendEnvironment(BASE, {}, Object.fromEntries(names.map((name) => [name, 'dyn'])));
  const compiled = compileExpression(original.expr, environment);
  const result = 'problems' in compiled ? undefined : compiled.expression.evaluate(values);
  const { resultMatcher } = original;
  if (resultMatcher.case === 'evalError' || resultMatcher.case === 'anyEvalErrors')
    return result !== undefined && 'value' in result ? 'accepted' : 'right';
  if (result === undefined) return 'refused';
  if ('problem' in result) return 'failed';
  const expected =
    resultMatcher.case === 'value'
      ? celOf(resultMatcher.value)
      : resultMatcher.case === 'typedResult' && resultMatcher.value.result !== undefined
        ? celOf(resultMatcher.value.result)
        : true;
  return plain(result.value) === plain(expected) ? 'right' : 'other';
}

type Value = NonNullable<
  Extract<IncrementalTest['original']['bindings'][string]['kind'], { case: 'value' }>['value']
>;

/** A value of the tests as the engine has it. */
function celOf({ kind }: Value): unknown {
  switch (kind.case) {
    case 'uint64Value':
      return new UnsignedInt(kind.value);
    case 'nullValue':
      return null;
    case 'listValue':
      return kind.value.values.map(celOf);
    case 'mapValue':
      return new Map(
        kind.value.entries.flatMap(({ key, value }) =>
          key === undefined || value === undefined ? [] : [[celOf(key), celOf(value)] as const],
        ),
      );
    case 'typeValue':
      return { type: kind.value };
    default:
      return kind.value;
  }
}

/** A value as text that tells the types of CEL apart; maps in the order of their keys. */
function plain(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number') return `double ${Object.is(value, -0) ? 0 : value}`;
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof UnsignedInt) return `uint ${value.value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  if (value instanceof Map) return entries([...value]);
  if (typeof value === 'object' && 'type' in value) return `type ${String(value.type)}`;
  if (typeof value === 'object' && 'name' in value)
    return `type ${String(value.name).replace(/^null$/, 'null_type')}`;
  if (typeof value === 'object') {
    // The engine keeps a map that was written in an expression as an object, whose keys are texts.
    return entries(Object.entries(value).map(([key, of]) => [key, of]));
  }
  return typeof value;
}

function entries(list: readonly (readonly [unknown, unknown])[]): string {
  const key = (of: unknown): string => (of instanceof UnsignedInt ? String(of.value) : String(of));
  return `{${list
    .map(([name, of]) => `${key(name)}: ${plain(of)}`)
    .toSorted()
    .join(', ')}}`;
}
