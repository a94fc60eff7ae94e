// SPDX-License-Identifier: Apache-2.0
// An upper bound of the work of an expression, from the sizes of the values alone: the same policy gets the same answer on any
// machine. A step is about the time that the engine takes for one node of the syntax tree. Loops in loops multiply.

import type { ASTNode } from 'cel-js';
import { isOwnName, writtenNames } from './functions/names.ts';
import { methodWork, text } from './method-cost.ts';
import { CHARS_PER_STEP, either, type Profile, SCALAR, weight } from './profile.ts';
import { childrenOf, LOOPS } from './syntax.ts';

/** How large the variables of an expression are, by name; those that are not there have no parts. */
export type Sizes = ReadonlyMap<string, Profile>;

/** How much work an expression can be. */
export interface Cost {
  readonly steps: number;
  /** How large the result can be. */
  readonly size: Profile;
  /** Where most of the work is: the innermost part with half of it. */
  readonly heaviest: { readonly start: number; readonly end: number };
}

interface Estimate {
  readonly steps: number;
  readonly size: Profile;
  readonly parts: readonly { readonly node: ASTNode; readonly estimate: Estimate }[];
}

/**
 * Steps of an error that is caught: `||`, `&&`, all() and exists() go on after one. The engine makes its message at once, and for
 * that goes through the text up to the position.
 */
function caughtSteps(node: ASTNode): number {
  return mayFail(node) ? CAUGHT_STEPS + node.input.length / CHARS_PER_CAUGHT_STEP : 0;
}

const CAUGHT_STEPS = 10;
const CHARS_PER_CAUGHT_STEP = 50;

function mayFail(node: ASTNode): boolean {
  switch (node.op) {
    case 'value':
    case 'id':
      return false;
    case '!_':
    case '&&':
    case '||':
    case '==':
    case '!=':
      return childrenOf(node).some(mayFail);
    default:
      return true;
  }
}

/** Estimates an expression that `prepareSyntax` has rewritten. */
export function costOf(root: ASTNode, sizes: Sizes): Cost {
  const { steps, size, parts } = estimate(root, sizes);
  let heaviest: ASTNode = root;
  for (let inside = parts; ; ) {
    // What is inside a loop is counted once there, and runs many times: so the loop itself is what is named.
    const next = inside.find((part) => part.estimate.steps > steps / 2);
    if (next === undefined) break;
    heaviest = next.node;
    inside = next.estimate.parts;
  }
  return { steps: Math.ceil(steps), size, heaviest: { start: heaviest.start, end: heaviest.end } };
}

function estimate(node: ASTNode, sizes: Sizes): Estimate {
  const visit = (child: ASTNode): Estimate => estimate(child, sizes);
  switch (node.op) {
    case 'value':
      return leaf(typeof node.args === 'string' ? text(node.args.length) : SCALAR);
    case 'id':
      return leaf(sizes.get(node.args) ?? SCALAR);
    case '.':
    case '.?': {
      const [from, name] = node.args;
      const of = visit(from);
      return sum([[from, of]], of.size.fields?.get(name) ?? of.size.item ?? SCALAR);
    }
    case '[]':
    case '[?]': {
      const of = visit(node.args[0]);
      const key = node.args[1];
      const field =
        key.op === 'value' && typeof key.args === 'string' ? of.size.fields?.get(key.args) : undefined;
      return sum(
        [
          [node.args[0], of],
          [key, visit(key)],
        ],
        field ?? of.size.item ?? SCALAR,
      );
    }
    case '+': {
      const [a, b] = node.args;
      const left = visit(a);
      const right = visit(b);
      const size = {
        ...either(left.size, right.size),
        entries: left.size.entries + right.size.entries,
        chars: left.size.chars + right.size.chars,
      };
      return sum(
        [
          [a, left],
          [b, right],
        ],
        size,
        size.entries + size.chars / CHARS_PER_STEP,
      );
    }
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in': {
      const [a, b] = node.args;
      const left = visit(a);
      const right = visit(b);
      return sum(
        [
          [a, left],
          [b, right],
        ],
        SCALAR,
        comparison(node.op === 'in', left.size, right.size),
      );
    }
    case 'list':
    case 'map': {
      const items = node.op === 'list' ? node.args : node.args.map(([, value]) => value);
      const keys = node.op === 'list' ? [] : node.args.map(([key]) => key);
      const parts = [...items, ...keys].map((item) => [item, visit(item)] as const);
      const item = parts.slice(0, items.length).reduce((size, [, part]) => either(size, part.size), SCALAR);
      const chars = parts.slice(items.length).reduce((most, [, part]) => Math.max(most, part.size.chars), 0);
      return sum(parts, { entries: items.length, chars, isMap: node.op === 'map', item });
    }
    case '?:': {
      const parts = node.args.map((part) => [part, visit(part)] as const);
      const [, yes, no] = parts;
      return sum(parts, either(yes?.[1].size ?? SCALAR, no?.[1].size ?? SCALAR));
    }
    case 'call': {
      const [name, args] = node.args;
      const parts = args.map((arg) => [arg, visit(arg)] as const);
      const of = parts[0]?.[1].size ?? SCALAR;
      return sum(parts, callSize(writtenNames(name), of), of.chars);
    }
    case 'rcall':
      return method(node.args, sizes);
    case '&&':
    case '||': {
      const [a, b] = node.args;
      return sum(
        [
          [a, visit(a)],
          [b, visit(b)],
        ],
        SCALAR,
        caughtSteps(a),
      );
    }
    default: {
      const parts = (Array.isArray(node.args) ? node.args : [node.args]).map(
        (part) => [part, visit(part)] as const,
      );
      return sum(parts, SCALAR);
    }
  }
}

function method([name, receiver, args]: [string, ASTNode, ASTNode[]], sizes: Sizes): Estimate {
  const over = estimate(receiver, sizes);
  const { entries, chars, isMap, item = SCALAR } = over.size;
  const [first] = args;
  if (LOOPS.has(name) && first?.op === 'id') {
    const one = isMap === true ? text(chars) : item;
    const inside = new Map([...sizes, [first.args, one]]);
    const bodies = args.slice(1).map((body) => [body, estimate(body, inside)] as const);
    const last = bodies.at(-1)?.[1].size ?? SCALAR;
    const caught = name === 'all' || name === 'exists' ? bodies.map(([body]) => caughtSteps(body)) : [];
    const own = entries * (1 + total(bodies.map(([, body]) => body.steps)) + total(caught));
    const size = name === 'map' ? { entries, chars: 0, item: last } : { entries, chars: 0, item: one };
    return {
      steps: 1 + over.steps + own,
      size: name === 'map' || name === 'filter' ? size : SCALAR,
      parts: [
        { node: receiver, estimate: over },
        ...bodies.map(([node, body]) => ({ node, estimate: body })),
      ],
    };
  }
  const given = args.map((arg) => [arg, estimate(arg, sizes)] as const);
  const [at, with_] = given.map(([, { size }]) => size);
  const [steps, size] = methodWork(isOwnName(name) ? writtenNames(name) : name, over.size, at, with_, first);
  return sum([[receiver, over], ...given], size, steps);
}

/** Characters of a number, a time, an address or a SPIFFE ID as text, and of other values that are converted. */
const MOST_CONVERTED = 2_048 + 300;

function callSize(name: string, of: Profile): Profile {
  switch (name) {
    case 'dyn':
    case 'bytes':
      return of;
    case 'string':
      return text(Math.max(of.chars, MOST_CONVERTED));
    default:
      return text(of.chars);
  }
}

function comparison(isIn: boolean, left: Profile, right: Profile): number {
  if (!isIn) return Math.min(weight(left), weight(right));
  if (right.isMap === true) return left.chars / CHARS_PER_STEP;
  return right.entries * Math.min(weight(left), weight(right.item ?? SCALAR));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function leaf(size: Profile): Estimate {
  return { steps: 1, size, parts: [] };
}

function sum(parts: readonly (readonly [ASTNode, Estimate])[], size: Profile, own = 0): Estimate {
  return {
    steps: parts.reduce((steps, [, part]) => steps + part.steps, 1 + own),
    size,
    parts: parts.map(([node, part]) => ({ node, estimate: part })),
  };
}
