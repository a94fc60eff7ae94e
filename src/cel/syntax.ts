// SPDX-License-Identifier: Apache-2.0
// The syntax tree of an expression: its parts, and what it refers to.

import type { ASTNode } from 'cel-js';

/** Macros that run an expression once for each element of their receiver. */
export const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/** The nodes directly below a node. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
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

/** Every node, a parent before its children. The depth is bounded by the parser. */
export function visitNodes(root: ASTNode, visit: (node: ASTNode) => void): void {
  visit(root);
  for (const child of childrenOf(root)) visitNodes(child, visit);
}

/** The type that the check found, as CEL writes it; empty before it. The engine keeps it at the node, and does not declare that it does. */
export function typeOf(node: ASTNode): string {
  if (!('checkedType' in node)) return '';
  const { checkedType } = node;
  return typeof checkedType === 'object' && checkedType !== null && 'name' in checkedType
    ? String(checkedType.name)
    : '';
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
  visitNodes(root, (node) => {
    if (node.op === 'id') variables.add(node.args);
    if (
      (node.op === '.' || node.op === '.?') &&
      node.args[0].op === 'id' &&
      node.args[0].args === 'variables'
    ) {
      defined.add(node.args[1]);
    }
  });
  return { variables, defined };
}
