// SPDX-License-Identifier: Apache-2.0
// Constant parts of a condition: computed by the engine itself, which therefore says what they are.

import { type CelEnvironment, extendEnvironment } from '../../cel/environment.ts';
import { compileExpression } from '../../cel/compile.ts';
import { type CelConstant, type CelNode, constantOf, printTree } from '../../cel/tree.ts';
import type { CelExpression } from '../../cel/types.ts';
import { CONDITION_LIMITS, type Refusal, type Scope, type Translation } from './types.ts';

/** A constant: as data, and as the engine has it. */
export interface Folded {
  readonly constant: CelConstant;
  readonly value: unknown;
}

/** Functions whose result is about as small as what they are given, and the same on every machine. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  'timestamp',
  'duration',
  'cidr',
  'ip',
  'isCIDR',
  'isIP',
  'int',
  'string',
  'size',
  'startsWith',
  'endsWith',
  'contains',
  'containsIP',
  'containsCIDR',
  'masked',
  'prefixLength',
  'lowerAscii',
  'upperAscii',
]);

/** Whether a part has the same value for every connection. */
export function isConstant(node: CelNode, scope: Scope): boolean {
  for (const name of node.free) if (!Object.hasOwn(scope.values, name)) return false;
  return true;
}

/** The value of a constant part; reports why there is none. */
export function foldConstant(node: CelNode, scope: Scope, translation: Translation): Folded | undefined {
  const folded = valueOf(node, scope, translation);
  const problem = folded === undefined ? undefined : constantProblem(folded.constant);
  return problem === undefined ? folded : translation.refuse(node, problem);
}

function valueOf(node: CelNode, scope: Scope, translation: Translation): Folded | undefined {
  if (node.kind === 'literal') return foldedOf(node.value);
  if (node.kind === 'name') return foldedOf(scope.values[node.name]);
  if (node.kind === 'list') {
    const items = node.items.map((item) => foldConstant(item, scope, translation));
    const values = items.flatMap((item) => (item === undefined ? [] : [item.value]));
    return values.length === items.length ? foldedOf(values) : undefined;
  }
  if (!mayBeComputed(node, translation)) return undefined;
  const expression = compilePart(node, scope, translation);
  if (expression === undefined) return undefined;
  const values = [...node.free].map((name) => [innerName(name), scope.values[name]]);
  const result = expression.evaluate(Object.fromEntries(values));
  if ('value' in result) return foldedOf(result.value);
  return translation.refuse(node, cannotCompute(result.problem.message));
}

function foldedOf(value: unknown): Folded {
  return { constant: constantOf(value), value };
}

function cannotCompute(message: string): Refusal {
  return {
    code: 'RTP1608',
    message: `the value cannot be computed: ${message}`,
    fix: 'correct it, or write the value itself',
  };
}

function constantProblem(constant: CelConstant): Refusal | undefined {
  const most = CONDITION_LIMITS.constant;
  switch (constant.type) {
    case 'string':
      if (constant.value.length > most)
        return tooLarge(`a text of ${constant.value.length} characters`, `${most}`);
      return textProblem(constant.value);
    case 'list':
      return constant.items.length > most
        ? tooLarge(`a list of ${constant.items.length} entries`, `${most}`)
        : undefined;
    case 'bool':
    case 'int':
    case 'double':
    case 'Timestamp':
    case 'Duration':
    case 'net.IP':
    case 'net.CIDR':
    case 'uint':
    case 'other':
      return undefined;
  }
}

function tooLarge(what: string, most: string): Refusal {
  return { code: 'RTP1604', message: `${what}; the limit is ${most}`, fix: 'write a smaller one' };
}

function textProblem(text: string): Refusal | undefined {
  if (text.includes('\0')) {
    const message = 'the text has a NUL character, so nothing can be equal to it';
    return { code: 'RTP1607', message, fix: 'remove it' };
  }
  if (text.isWellFormed()) return undefined;
  return {
    code: 'RTP1607',
    message: 'the text has half of a surrogate pair, which is not a character',
    why: 'it has no form in UTF-8, so nothing can be equal to it',
    fix: 'write the character itself',
  };
}

/** Whether every function in a part is one of FUNCTIONS; reports one that is not. */
function mayBeComputed(node: CelNode, translation: Translation): boolean {
  const all = (nodes: readonly CelNode[]): boolean => {
    let may = true;
    for (const inner of nodes) if (!mayBeComputed(inner, translation)) may = false;
    return may;
  };
  switch (node.kind) {
    case 'literal':
    case 'name':
      return true;
    case 'list':
      return all(node.items);
    case 'operator':
      if (node.operator !== '[?]') return all(node.operands);
      break;
    case 'call':
      if (!FUNCTIONS.has(node.name)) break;
      return all(node.receiver === undefined ? node.args : [node.receiver, ...node.args]);
    case 'map':
    case 'field':
      break;
  }
  translation.refuse(node, {
    code: 'RTP1605',
    message: `${partName(node)} is not possible in the constants of a condition`,
    fix: 'write the value itself',
  });
  return false;
}

function partName(node: CelNode): string {
  switch (node.kind) {
    case 'call':
      return `${node.name}()`;
    case 'map':
      return 'a map';
    case 'operator':
      return node.operator === '[?]' ? 'an optional entry' : `"${node.operator}"`;
    case 'field':
      return 'a field of a constant';
    case 'literal':
    case 'name':
    case 'list':
      return 'this';
  }
}

/** A part as an expression; compiled once for all rounds of the loops around it whose values are of the same types. */
function compilePart(node: CelNode, scope: Scope, translation: Translation): CelExpression | undefined {
  const types = [...node.free].map((name) => `${name} ${typeOf(scope.values[name])}`);
  const key = types.toSorted().join('\n');
  const known = translation.compiled.get(node);
  if (known?.key === key) return known.expression;
  const text = printTree(node, innerName);
  const compiled = compileExpression(text, environmentFor(key, node, scope, translation));
  if ('problems' in compiled) {
    return translation.refuse(
      node,
      cannotCompute(compiled.problems[0]?.message ?? 'it is not an expression'),
    );
  }
  translation.compiled.set(node, { key, expression: compiled.expression });
  return compiled.expression;
}

/** A loop may call its variable by a name that means something else outside, such as that of a function. */
function innerName(name: string): string {
  return `loop_${name}`;
}

function environmentFor(
  key: string,
  node: CelNode,
  scope: Scope,
  { environment, environments }: Translation,
): CelEnvironment {
  if (node.free.size === 0) return environment;
  const known = environments.get(key);
  if (known !== undefined) return known;
  const types = Object.fromEntries(
    [...node.free].map((name) => [innerName(name), typeOf(scope.values[name])]),
  );
  const extended = extendEnvironment(environment, {}, types);
  environments.set(key, extended);
  return extended;
}

function typeOf(value: unknown): string {
  const constant = constantOf(value);
  switch (constant.type) {
    case 'list':
      return constant.items.length === 0 ? 'list<dyn>' : `list<${typeOf(constant.items[0])}>`;
    case 'other':
      return 'dyn';
    default:
      return constant.type;
  }
}
