// SPDX-License-Identifier: Apache-2.0
// The syntax tree of an expression for those who translate it, without the engine's own types; and the values of its constant parts.

import type { ASTNode } from 'cel-js';
import { UnsignedInt } from 'cel-js/evaluator';
import { type AddressPrefix, maskAddress } from '../bundle/address.ts';
import { compileExpression } from './compile.ts';
import type { CelEnvironment } from './environment.ts';
import { Cidr, Ip } from './functions/network.ts';
import { Duration, Timestamp } from './functions/time.ts';
import { LOOPS } from './syntax.ts';
import type { CelProblem } from './types.ts';
import type { CelType } from './values.ts';

/** Offsets are UTF-16 code units of the whole text, end excluded; brackets around a part are not in its range. */
export type CelNode = {
  readonly start: number;
  readonly end: number;
  /** Names of the variables that it uses; those of its own loops are not among them. */
  readonly free: ReadonlySet<string>;
} & (
  | { readonly kind: 'literal'; readonly value: unknown; readonly written: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'field'; readonly of: CelNode; readonly name: string; readonly optional: boolean }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly receiver: CelNode | undefined;
      readonly args: readonly CelNode[];
    }
  | { readonly kind: 'list'; readonly items: readonly CelNode[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [CelNode, CelNode])[] }
  /** `!` and `-` with one operand, `?:` with three, `[]` and `[?]`, and the binary ones as they are written. */
  | { readonly kind: 'operator'; readonly operator: string; readonly operands: readonly CelNode[] }
);

/** What a constant part of an expression comes to. */
export type CelConstant =
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int' | 'uint'; readonly value: bigint }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  /** Nanoseconds; of a time, since 1970, UTC. */
  | { readonly type: 'Timestamp' | 'Duration'; readonly nanos: bigint }
  | { readonly type: 'net.IP' | 'net.CIDR'; readonly prefix: AddressPrefix }
  | { readonly type: 'list'; readonly items: readonly unknown[] }
  | { readonly type: 'other' };

export type CelParsed =
  | { readonly root: CelNode; readonly type: CelType }
  | { readonly problems: readonly CelProblem[] };

/** Parses and type-checks an expression, and gives its tree. Never throws. */
export function parseTree(text: string, environment: CelEnvironment): CelParsed {
  const compiled = compileExpression(text, environment);
  if ('problems' in compiled) return compiled;
  // The tree that was checked has its macros rewritten.
  return {
    root: nodeOf(environment.engine.parse(text).ast, text),
    type: compiled.expression.type,
  };
}

/** The value of the engine as data. */
export function constantOf(value: unknown): CelConstant {
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value === 'bigint') return { type: 'int', value };
  if (typeof value === 'number') return { type: 'double', value };
  if (typeof value === 'string') return { type: 'string', value };
  if (value instanceof UnsignedInt) return { type: 'uint', value: value.value };
  if (value instanceof Timestamp) return { type: 'Timestamp', nanos: value.nanos };
  if (value instanceof Duration) return { type: 'Duration', nanos: value.nanos };
  if (value instanceof Ip) return { type: 'net.IP', prefix: prefixOf(value.bytes, value.bytes.length * 8) };
  if (value instanceof Cidr) return { type: 'net.CIDR', prefix: prefixOf(value.bytes, value.length) };
  if (Array.isArray(value)) return { type: 'list', items: value };
  return { type: 'other' };
}

function prefixOf(bytes: Uint8Array, prefixLength: number): AddressPrefix {
  return { family: bytes.length === 4 ? 4 : 6, address: maskAddress(bytes, prefixLength), prefixLength };
}

/** Binary operators that bind equally strongly; all of them group to the left. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(['||']),
  new Set(['&&']),
  new Set(['==', '!=']),
  new Set(['<', '<=', '>', '>=', 'in']),
  new Set(['+', '-']),
  new Set(['*', '/', '%']),
];

/**
 * A part as an expression of its own, with brackets wherever they could matter. Each name becomes what `rename` gives for it; a
 * part with loops of its own cannot be renamed.
 */
export function printTree(node: CelNode, rename: (name: string) => string = (name) => name): string {
  const print = (part: CelNode): string => printTree(part, rename);
  const list = (nodes: readonly CelNode[]): string => nodes.map(print).join(', ');
  switch (node.kind) {
    case 'literal':
      return node.written;
    case 'name':
      return rename(node.name);
    case 'field':
      return `${print(node.of)}.${node.optional ? '?' : ''}${node.name}`;
    case 'call':
      return `${node.receiver === undefined ? '' : `${print(node.receiver)}.`}${node.name}(${list(node.args)})`;
    case 'list':
      return `[${list(node.items)}]`;
    case 'map':
      return `{${node.entries.map(([key, value]) => `${print(key)}: ${print(value)}`).join(', ')}}`;
    case 'operator':
      return `(${printOperator(node.operator, node.operands, print)})`;
  }
}

function printOperator(
  operator: string,
  [first, second, third]: readonly CelNode[],
  print: (part: CelNode) => string,
): string {
  if (first === undefined) return '';
  if (second === undefined) return `${operator === 'negate' ? '-' : operator}${print(first)}`;
  if (operator === '[]' || operator === '[?]')
    return `${print(first)}${operator === '[]' ? '[' : '[?'}${print(second)}]`;
  if (third !== undefined) return `${print(first)} ? ${print(second)} : ${print(third)}`;
  // Without brackets where it groups to the left anyway: a long chain would be nested too deeply for the parser.
  const isChain =
    first.kind === 'operator' &&
    first.operands.length === 2 &&
    LEVELS.some((level) => level.has(operator) && level.has(first.operator));
  const left = isChain ? printOperator(first.operator, first.operands, print) : print(first);
  return `${left} ${operator} ${print(second)}`;
}

function nodeOf(ast: ASTNode, text: string): CelNode {
  const { start, end } = ast;
  const node = (of: ASTNode): CelNode => nodeOf(of, text);
  switch (ast.op) {
    case 'value':
      return { start, end, free: NONE, kind: 'literal', value: ast.args, written: text.slice(start, end) };
    case 'id':
      return { start, end, free: new Set([ast.args]), kind: 'name', name: ast.args };
    case '.':
    case '.?': {
      const of = node(ast.args[0]);
      return { start, end, free: of.free, kind: 'field', of, name: ast.args[1], optional: ast.op === '.?' };
    }
    case 'call': {
      const args = ast.args[1].map(node);
      return { start, end, free: union(args), kind: 'call', name: ast.args[0], receiver: undefined, args };
    }
    case 'rcall': {
      const [name, of, rest] = ast.args;
      const receiver = node(of);
      const args = rest.map(node);
      const free = LOOPS.has(name) ? freeOfLoop(receiver, args) : union([receiver, ...args]);
      return { start, end, free, kind: 'call', name, receiver, args };
    }
    case 'list': {
      const items = ast.args.map(node);
      return { start, end, free: union(items), kind: 'list', items };
    }
    case 'map': {
      const entries = ast.args.map(([key, value]) => [node(key), node(value)] as const);
      return { start, end, free: union(entries.flat()), kind: 'map', entries };
    }
    case '!_':
    case '-_': {
      const operands = [node(ast.args)];
      const operator = ast.op === '!_' ? '!' : 'negate';
      return { start, end, free: union(operands), kind: 'operator', operator, operands };
    }
    default: {
      const operands = ast.args.map(node);
      return { start, end, free: union(operands), kind: 'operator', operator: ast.op, operands };
    }
  }
}

const NONE: ReadonlySet<string> = new Set();

function union(nodes: readonly CelNode[]): ReadonlySet<string> {
  let all = NONE;
  for (const { free } of nodes) {
    if (all.size === 0) all = free;
    else if (![...free].every((name) => all.has(name))) all = new Set([...all, ...free]);
  }
  return all;
}

function freeOfLoop(receiver: CelNode, [variable, ...body]: readonly CelNode[]): ReadonlySet<string> {
  const inner = new Set(union(body));
  if (variable?.kind === 'name') inner.delete(variable.name);
  return new Set([...receiver.free, ...inner]);
}
