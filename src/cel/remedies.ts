// SPDX-License-Identifier: Apache-2.0
// What people write who know CEL from elsewhere, or another language, and what to write instead.

import type { ASTNode } from 'cel-js';
import { suggestName } from '../diagnostics/suggest.ts';
import type { CallNames } from './environment.ts';
import type { CelProblem } from './types.ts';

/** Functions that have another name in CEL. */
const RENAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    size: ['len', 'length', 'count'],
    lowerAscii: ['lower', 'toLower', 'toLowerCase'],
    upperAscii: ['upper', 'toUpper', 'toUpperCase'],
    contains: ['includes'],
    exists: ['any', 'some'],
    all: ['every', 'forall', 'forEach'],
    filter: ['where', 'select'],
    trim: ['strip'],
    substring: ['substr', 'slice'],
    matches: ['match', 'regex', 'regexMatch', 're_match', 'search', 'test'],
    string: ['str', 'toString'],
    int: ['parseInt', 'toInt', 'integer'],
    double: ['float', 'parseFloat'],
    format: ['sprintf', 'printf'],
  }).flatMap(([name, others]) => others.map((other) => [other, name] as const)),
);

const IN_MAP = 'ask with in: "key" in labels';
const ENTRIES = 'ask about the entries with all(), exists() and filter()';
const PARTS = 'take the text apart with split(), or check its form with matches()';
const NUMBERS = 'compare numbers of type int: int("10")';

/** Functions of other languages, and of extensions of CEL, that have no counterpart of another name. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  sum: 'CEL has no sum: bound each entry with all(), or count entries with filter(…).size()',
  min: 'write all(): ports.all(p, p.low >= 1024)',
  max: 'write all(): ports.all(p, p.high <= 1023)',
  find: 'test the form of a text with matches(), or take a part of it with split() or substring()',
  findAll: 'test the form of a text with matches(), or take its parts with split()',
  url: PARTS,
  isURL: PARTS,
  getHost: PARTS,
  getHostname: PARTS,
  quantity: NUMBERS,
  isQuantity: NUMBERS,
  semver: NUMBERS,
  isSemver: NUMBERS,
  hasOwnProperty: IN_MAP,
  hasKey: IN_MAP,
  containsKey: IN_MAP,
  sort: ENTRIES,
  isSorted: ENTRIES,
  distinct: ENTRIES,
  flatten: ENTRIES,
  first: 'write list[0], after size() has shown that it is there',
  last: 'write list[list.size() - 1]',
  now: 'the result must not depend on the time of evaluation; conditions have the variable time',
  greatest: 'write a > b ? a : b',
  least: 'write a < b ? a : b',
};

/** Variables of Kubernetes and namespaces of extensions that are not here. */
const NAMESPACES: Readonly<Record<string, Pick<CelProblem, 'fix' | 'suggestion'>>> = {
  sets: {
    fix: 'write b.all(x, x in a) for sets.contains(a, b), and a.exists(x, x in b) for sets.intersects(a, b)',
  },
  math: { fix: 'write the comparison: a > b ? a : b' },
  lists: { fix: ENTRIES },
  regex: { fix: 'test with matches(), or replace a text with replace()' },
  base64: { fix: 'compare the encoded text' },
  self: { suggestion: 'object' },
  oldSelf: { suggestion: 'oldObject' },
};

/** What is known of a variable that is not declared. */
export function variableRemedy(name: string): Pick<CelProblem, 'fix' | 'suggestion'> {
  return Object.hasOwn(NAMESPACES, name) ? (NAMESPACES[name] ?? {}) : {};
}

/** A call that is wrong whatever the types are: of a function that does not exist, or has() of what is no field. */
export function callProblem(node: ASTNode, { functions, methods }: CallNames): CelProblem | undefined {
  if (node.op === 'call') {
    const [name, [argument]] = node.args;
    if (name === 'has' && argument !== undefined && !isFieldPath(argument)) return hasProblem(argument);
    const { start } = node;
    return functions.has(name)
      ? undefined
      : { ...missing(name, functions, 'function'), start, end: start + name.length };
  }
  if (node.op !== 'rcall') return undefined;
  const [name, receiver] = node.args;
  if (methods.has(name) || (receiver.op === 'id' && Object.hasOwn(NAMESPACES, receiver.args)))
    return undefined;
  const start = node.input.indexOf(name, receiver.end);
  return { ...missing(name, methods, 'method'), start, end: start + name.length };
}

function missing(
  name: string,
  known: ReadonlySet<string>,
  what: 'function' | 'method',
): Pick<CelProblem, 'kind' | 'message' | 'fix' | 'suggestion'> {
  const message = `there is no ${what} ${name}()`;
  if (Object.hasOwn(ELSEWHERE, name)) return { kind: 'type', message, fix: ELSEWHERE[name] };
  return { kind: 'type', message, suggestion: RENAMED.get(name) ?? suggestName(name, known) };
}

/** What has() takes: a variable, and at least one field after a dot. */
function isFieldPath(node: ASTNode): boolean {
  return node.op === '.' && (node.args[0].op === 'id' || isFieldPath(node.args[0]));
}

function hasProblem(argument: ASTNode): CelProblem {
  const { start, end, input } = argument;
  const problem = {
    kind: 'type',
    message: 'has() takes a field after a dot, as in has(object.spec)',
    start,
    end,
  } as const;
  if (argument.op === '[]') {
    const [of, key] = argument.args;
    const text = (node: ASTNode): string => input.slice(node.start, node.end);
    return { ...problem, fix: `test for a key with in: ${text(key)} in ${text(of)}` };
  }
  if (argument.op === 'in') return { ...problem, fix: 'leave has() out: in itself gives true or false' };
  return { ...problem, fix: 'test for a field, or compare the value itself' };
}

const SECONDS =
  'compare durations with durations, duration("1h"), and numbers with numbers: duration("1h").getSeconds() is 3600';
const RANGE = 'ports are ranges: write p.low <= 443 && 443 <= p.high';

/** Pairs of types that people compare, in either order. */
const PAIRS: readonly (readonly [one: RegExp, other: RegExp, fix: string])[] = [
  [
    /^list<Ports>$/,
    /^(?:u?int|string)$/,
    'ports are ranges: write ports.exists(p, p.low <= 443 && 443 <= p.high)',
  ],
  [/^(?:Ports)$/, /./, RANGE],
  [/^Duration$/, /^(?:u?int|double|string)$/, SECONDS],
  [/^Timestamp$/, /^(?:u?int|string)$/, 'make a time of the other side: timestamp("2026-01-01T00:00:00Z")'],
  [/^net\.CIDR$/, /^(?:net\.IP|string)$/, 'write containsIP(): cidr("10.0.0.0/8").containsIP("10.0.0.1")'],
  [/^net\.IP$/, /^string$/, 'make an address of the text: ip("10.0.0.1")'],
  [/^null_type$|^null$/, /./, 'nothing is null here: ask for a field with has()'],
  [/^u?int$/, /^double$/, 'convert one of the two with int() or double()'],
  [
    /^string$/,
    /^(?:u?int|double|bool)$/,
    'write the text in quotes, or convert one side with int() or string()',
  ],
];

/** What to write instead of an operator between two types: `int < Duration`. */
export function operatorRemedy(written: string): string | undefined {
  const [, left, right] = /^(\S+(?: \S+>)?) (?:[=!<>]=?|in|[-+*/%]) (\S+(?: \S+>)?)$/.exec(written) ?? [];
  if (left === undefined || right === undefined) return undefined;
  return PAIRS.find(
    ([one, other]) => (one.test(left) && other.test(right)) || (one.test(right) && other.test(left)),
  )?.[2];
}
