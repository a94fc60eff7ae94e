// SPDX-License-Identifier: Apache-2.0
// What the engine would answer wrongly for the types that the type check found.

import type { ASTNode } from 'cel-js';
import { LOOPS, typeOf, visitNodes } from './syntax.ts';
import type { CelProblem } from './types.ts';

/** Finds the nodes of a checked syntax tree for which the engine's answer is not that of CEL. */
export function typeProblems(root: ASTNode, objectTypes: readonly string[]): readonly CelProblem[] {
  const objects = new Set(objectTypes);
  const problems: CelProblem[] = [];
  visitNodes(root, (node) => {
    const message = problemOf(node, objects);
    if (message !== undefined) problems.push({ kind: 'type', message, start: node.start, end: node.end });
  });
  return problems;
}

function problemOf(node: ASTNode, objects: ReadonlySet<string>): string | undefined {
  switch (node.op) {
    case '==':
    case '!=':
    case 'in':
      return equalityProblem(node.op, namesOf(node.args[0]), namesOf(node.args[1]), objects);
    case 'call':
      return node.args[0] === 'dyn' && node.args[1].some((arg) => namesOf(arg).includes('uint'))
        ? 'dyn() of a uint, which is then not equal to the int of the same value; convert it with int()'
        : undefined;
    case 'rcall': {
      const [name, receiver] = node.args;
      const key = /^map<([^,]+),/.exec(typeOf(receiver))?.[1];
      // Keys come as texts out of a map that is written in an expression.
      return LOOPS.has(name) && key !== undefined && key !== 'string'
        ? 'a loop over a map whose keys are not texts'
        : undefined;
    }
    default:
      return undefined;
  }
}

function equalityProblem(
  operator: string,
  left: readonly string[],
  right: readonly string[],
  objects: ReadonlySet<string>,
): string | undefined {
  const both = [...left, ...right];
  if (both.includes('optional')) return 'optional values cannot be compared; compare what orValue() gives';
  const object = both.find((name) => objects.has(name));
  if (object !== undefined) return `values of the type ${object} cannot be compared; compare their fields`;
  const parts = operator === 'in' || left.length > 1 || right.length > 1;
  const mixed =
    (left.includes('dyn') && right.includes('uint')) || (left.includes('uint') && right.includes('dyn'));
  return parts && mixed
    ? 'a uint compared with a value of any type; convert the uint with int() first'
    : undefined;
}

/** The names that the type of a node is made of. */
function namesOf(node: ASTNode): readonly string[] {
  return typeOf(node).match(/[\w.]+/g) ?? [];
}
