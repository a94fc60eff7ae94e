// SPDX-License-Identifier: Apache-2.0
// Functions of the engine that riptides replaces. The engine refuses a second function of the same name and types, so ours has
// another name inside: the syntax tree is rewritten before the type check, and messages show the name that was written.

const MARK = 'own_';

/** Methods and functions of the engine that answer otherwise than CEL says, or in time that is not bounded. */
const REPLACED_METHODS: ReadonlySet<string> = new Set([
  'matches',
  'lowerAscii',
  'upperAscii',
  'trim',
  'indexOf',
  'lastIndexOf',
  'substring',
  'split',
  'join',
]);
const REPLACED_FUNCTIONS: ReadonlySet<string> = new Set([
  'int',
  'uint',
  'double',
  'string',
  'duration',
  'timestamp',
]);

/** The name that a method or function of riptides has inside. */
export function ownName(name: string): string {
  return MARK + name;
}

/** What a call in an expression becomes; undefined where it stays as it is. */
export function replacementFor(name: string, kind: 'method' | 'function'): string | undefined {
  const replaced = kind === 'method' ? REPLACED_METHODS : REPLACED_FUNCTIONS;
  return replaced.has(name) ? ownName(name) : undefined;
}

/** Whether a name that was written is one of the inner ones, which expressions do not have. */
export function isOwnName(name: string): boolean {
  return name.startsWith(MARK);
}

/** A text of the engine with the names as they were written. */
export function writtenNames(text: string): string {
  return text.replaceAll(/\bown_(?=[a-zA-Z])/g, '');
}
