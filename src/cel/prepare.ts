// SPDX-License-Identifier: Apache-2.0
// What is done to the syntax tree of an expression before it is type-checked: functions that riptides replaces get their inner
// names, and what the engine would answer wrongly whatever the types is refused.

import type { ASTNode, Environment } from 'cel-js';
import { type CallNames, CEL_LIMITS, type CelEnvironment } from './environment.ts';
import { callProblem } from './remedies.ts';
import { replacementFor } from './functions/names.ts';
import { NEGATABLE } from './functions/numbers.ts';
import { patternProblem } from './functions/patterns.ts';
import { childrenOf, LOOPS } from './syntax.ts';
import type { CelProblem } from './types.ts';

/** Rewrites a syntax tree in place, and gives what in it cannot be answered rightly. */
export function prepareSyntax(root: ASTNode, { engine, calls }: CelEnvironment): readonly CelProblem[] {
  const problems: CelProblem[] = [];
  const visit = (node: ASTNode, signs: number): void => {
    const inside = node.op === '-_' || node.op === '!_' ? signs + 1 : signs;
    if (inside > CEL_LIMITS.depth) {
      problems.push(tooDeep(node));
      return;
    }
    problems.push(...problemsOf(node, calls));
    for (const child of childrenOf(node)) visit(child, inside);
    rewrite(node, engine);
  };
  visit(root, 0);
  return problems;
}

/** The engine does not count the levels of signs before signs. */
function tooDeep({ start, end }: ASTNode): CelProblem {
  return {
    kind: 'limit',
    message: `the expression is nested more than ${CEL_LIMITS.depth} levels deep`,
    start,
    end,
  };
}

function problemsOf(node: ASTNode, calls: CallNames): readonly CelProblem[] {
  const wrong = callProblem(node, calls);
  if (wrong !== undefined) return [wrong];
  switch (node.op) {
    case 'rcall':
      return methodProblems(node.args[0], node.args[1], node.args[2], node);
    case 'map':
      return keyProblems(node.args.map(([key]) => key));
    case 'value':
      // The engine makes one byte of U+00FF, and CEL the two that it has in UTF-8.
      return node.args instanceof Uint8Array && /[^\0-\x7f]/.test(node.input.slice(node.start, node.end))
        ? [typeProblem(node, 'bytes are written in ASCII here; write other bytes as \\xff')]
        : [];
    default:
      return [];
  }
}

function methodProblems(
  name: string,
  receiver: ASTNode,
  args: readonly ASTNode[],
  node: ASTNode,
): readonly CelProblem[] {
  const [pattern] = args;
  if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel')
    // With it a short expression can double a value again and again.
    return [typeProblem(node, 'cel.bind is not supported; define the value under variables')];
  if (LOOPS.has(name) && receiver.op === 'list' && receiver.args.length === 0)
    return [typeProblem(receiver, 'a loop over an empty list')];
  if (name === 'matches' && pattern?.op === 'value' && typeof pattern.args === 'string') {
    const problem = patternProblem(pattern.args);
    if (problem !== undefined)
      return [{ ...typeProblem(pattern, `the pattern is not valid: ${problem}`), kind: 'pattern' }];
  }
  return [];
}

/** Keys that the engine keeps in an object of JavaScript, where some names are special and all are texts. */
function keyProblems(keys: readonly ASTNode[]): readonly CelProblem[] {
  const seen = new Set<string>();
  return keys.flatMap((key): readonly CelProblem[] => {
    if (key.op !== 'value') {
      return keys.length === 1
        ? []
        : [typeProblem(key, 'the keys of a map with several are written out, not computed')];
    }
    if (key.args === null) return [typeProblem(key, 'a key cannot be null')];
    const text = String(key.args);
    if (['__proto__', 'constructor', 'prototype'].includes(text))
      return [typeProblem(key, `a map cannot have the key "${text}" here`)];
    if (seen.has(text)) return [typeProblem(key, 'the key is there twice')];
    seen.add(text);
    return [];
  });
}

function rewrite(node: ASTNode, engine: Environment): void {
  if (node.op === 'call') {
    node.args[0] = replacementFor(node.args[0], 'function') ?? node.args[0];
  } else if (node.op === 'rcall') {
    const [name, , args] = node.args;
    const [list] = args;
    // The values of format() may differ in type, and lists of the language may not.
    if (name === 'format' && list?.op === 'list')
      for (const [i, item] of list.args.entries()) list.args[i] = wrapped('dyn', item, engine);
    node.args[0] = replacementFor(name, 'method') ?? name;
  } else if (node.op === '-_') {
    Object.assign(node, { args: checked(node.args, engine) });
  } else if (node.op === '/' || node.op === '%') {
    node.args[0] = checked(node.args[0], engine);
  }
}

const LEAST_INT = -(2n ** 63n);

/** A number that can be negated, and divided by -1. */
function checked(node: ASTNode, engine: Environment): ASTNode {
  return node.op === 'value' && node.args !== LEAST_INT ? node : wrapped(NEGATABLE, node, engine);
}

/** A call with a node as its argument, at the position of the node. */
function wrapped(name: string, node: ASTNode, engine: Environment): ASTNode {
  const { ast } = engine.parse(`${name}(0)`);
  if (ast.op !== 'call') return node;
  ast.args[1][0] = node;
  return Object.assign(ast, { pos: node.pos, start: node.start, end: node.end });
}

function typeProblem(node: ASTNode, message: string): CelProblem {
  return { kind: 'type', message, start: node.start, end: node.end };
}
