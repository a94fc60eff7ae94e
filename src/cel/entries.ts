// SPDX-License-Identifier: Apache-2.0
// Maps whose entries differ in type by their keys. CEL has no such type: what stands under a key that is written out would be
// of any type, and a comparison with the wrong one silently false.

import type { ASTNode } from 'cel-js';
import { typeOf, visitNodes } from './syntax.ts';
import type { CelProblem } from './types.ts';
import type { CelType } from './values.ts';

/** What is known of such maps. */
export interface EntryTypes {
  /** The type that they have to the engine. */
  readonly map: CelType;
  /** What it says of an entry. */
  readonly any: CelType;
  /** The type of the entry under a key, or why no map has that key. */
  readonly typeOf: (key: string) => CelType | Pick<CelProblem, 'message' | 'suggestion'>;
}

/** Lets the type check of a syntax tree know the types of the entries that it takes out of maps. */
export function typeEntries(root: ASTNode, entries: EntryTypes): void {
  visitNodes(root, (node) => {
    const [of, key] = keyOf(node) ?? [];
    if (of === undefined || key === undefined || !('check' in node) || typeof node.check !== 'function')
      return;
    const type = entries.typeOf(key);
    if (typeof type !== 'string') return;
    const check: Check = node.check.bind(node);
    const typed: Check = (checker, ast, context) => {
      const found = check(checker, ast, context);
      if (unwrapped(typeOf(of)) !== entries.map) return found;
      return checker.registry.getType(found.name.replace(entries.any, type));
    };
    Object.assign(node, { check: typed });
  });
}

/** Keys, written out in a checked syntax tree, that no map has. */
export function entryProblems(root: ASTNode, entries: EntryTypes): readonly CelProblem[] {
  const problems: CelProblem[] = [];
  visitNodes(root, (node) => {
    const [of, key, at] = keyOf(node) ?? askedKey(node) ?? [];
    if (of === undefined || key === undefined || unwrapped(typeOf(of)) !== entries.map) return;
    const type = entries.typeOf(key);
    const { start, end } = at ?? node;
    if (typeof type !== 'string') problems.push({ ...type, kind: 'type', start, end });
  });
  return problems;
}

/** How the engine checks a node; it does not declare it. */
type Check = (
  checker: { readonly registry: { readonly getType: (name: string) => { readonly name: string } } },
  ast: ASTNode,
  context: unknown,
) => { readonly name: string };

/** The map that a node takes an entry of, the key, and where that stands. */
type Access = readonly [of: ASTNode, key: string, at: ASTNode | undefined];

function keyOf(node: ASTNode): Access | undefined {
  switch (node.op) {
    case '.':
    case '.?':
      return [node.args[0], node.args[1], undefined];
    case '[]':
    case '[?]':
      return written(node.args[1], node.args[0]);
    default:
      return undefined;
  }
}

/** Of `"key" in map`. */
function askedKey(node: ASTNode): Access | undefined {
  return node.op === 'in' ? written(node.args[0], node.args[1]) : undefined;
}

function written(key: ASTNode, of: ASTNode): Access | undefined {
  return key.op === 'value' && typeof key.args === 'string' ? [of, key.args, key] : undefined;
}

function unwrapped(type: CelType): CelType {
  return /^optional<(.*)>$/.exec(type)?.[1] ?? type;
}
