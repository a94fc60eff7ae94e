// SPDX-License-Identifier: Apache-2.0
// Walks over the syntax tree of an expression: before it is type-checked, what in it must be replaced or refused, and how
// much work it can be.

import type { ASTNode } from 'cel-js';
import { MATCHES, patternProblem } from './functions.ts';
import type { CelProblem } from './types.ts';

/** Macros that run an expression once for each element of their receiver. */
const LOOPS = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/**
 * Lets `matches` be decided by RE2, and finds what the engine would answer wrongly: patterns that are none, loops over
 * `[]`, and cel.bind, with which a short expression can double a value again and again.
 */
export function prepareSyntax(root: ASTNode): readonly CelProblem[] {
  const problems: CelProblem[] = [];
  const visit = (node: ASTNode): void => {
    if (node.op === 'rcall') {
      const [name, receiver, args] = node.args;
      const [pattern] = args;
      if (name === 'matches' || name === MATCHES) {
        node.args[0] = MATCHES;
        const problem =
          pattern?.op === 'value' && typeof pattern.args === 'string'
            ? patternProblem(pattern.args)
            : undefined;
        if (problem !== undefined && pattern !== undefined) {
          problems.push({
            kind: 'pattern',
            message: `the pattern is not valid: ${problem}`,
            start: pattern.start,
            end: pattern.end,
          });
        }
      }
      if (LOOPS.has(name) && receiver.op === 'list' && receiver.args.length === 0) {
        problems.push({
          kind: 'type',
          message: 'a loop over an empty list',
          start: receiver.start,
          end: receiver.end,
        });
      }
      if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel') {
        problems.push({
          kind: 'type',
          message: 'cel.bind is not supported; define the value under variables',
          start: node.start,
          end: node.end,
        });
      }
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(root);
  return problems;
}

/** Names of the variables that an expression uses, and of the fields that it takes from the variable `variables`. */
export interface References {
  readonly variables: ReadonlySet<string>;
  readonly defined: ReadonlySet<string>;
}

/** What an expression refers to. The variables of its own loops are among them; declared names cannot be shadowed unnoticed. */
export function referencesOf(root: ASTNode): References {
  const variables = new Set<string>();
  const defined = new Set<string>();
  const visit = (node: ASTNode): void => {
    if (node.op === 'id') variables.add(node.args);
    if (
      (node.op === '.' || node.op === '.?') &&
      node.args[0].op === 'id' &&
      node.args[0].args === 'variables'
    ) {
      defined.add(node.args[1]);
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(root);
  return { variables, defined };
}

/** How long lists can be: those of a variable by its name, and those that are found inside other values. */
export interface Lengths {
  readonly of: (variable: string, field: string | undefined) => number;
}

/** How much work an expression can be. */
export interface Cost {
  /** Evaluations of loop bodies, at most. */
  readonly steps: number;
  /** Elements of the result, if it is a list, at most. */
  readonly length: number;
}

/**
 * An upper bound of the work, from the lengths of lists alone: the same policy always gets the same answer, on any machine.
 * Loops in loops multiply; lists that are joined add up.
 */
export function costOf(root: ASTNode, lengths: Lengths): Cost {
  const visit = (node: ASTNode): Cost => {
    switch (node.op) {
      case 'id':
        return { steps: 0, length: lengths.of(node.args, undefined) };
      case '.':
      case '.?': {
        const [from, field] = node.args;
        if (from.op === 'id') return { steps: 0, length: lengths.of(from.args, field) };
        return visit(from);
      }
      case '+': {
        const [left, right] = node.args.map(visit);
        const length = (left?.length ?? 0) + (right?.length ?? 0);
        return { steps: (left?.steps ?? 0) + (right?.steps ?? 0) + length, length };
      }
      case 'in': {
        const [item, list] = node.args.map(visit);
        return { steps: (item?.steps ?? 0) + (list?.steps ?? 0) + (list?.length ?? 0), length: 0 };
      }
      case 'rcall': {
        const [name, receiver, args] = node.args;
        const over = visit(receiver);
        const inner = args.map(visit);
        const body = inner.reduce((sum, { steps }) => sum + steps, 0);
        if (!LOOPS.has(name)) return { steps: over.steps + body, length: over.length };
        return { steps: over.steps + over.length * (1 + body), length: over.length };
      }
      default: {
        const parts = childrenOf(node).map(visit);
        const steps = parts.reduce((sum, part) => sum + part.steps, 0);
        const longest = Math.max(0, ...parts.map((part) => part.length));
        const own = node.op === 'list' ? node.args.length : 0;
        return { steps, length: Math.max(own, longest) };
      }
    }
  };
  return visit(root);
}

/** The nodes directly below a node. */
function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}
