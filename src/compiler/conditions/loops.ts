// SPDX-License-Identifier: Apache-2.0
// Loops over constant lists, written out.

import type { CelNode } from '../../cel/tree.ts';
import type { Condition } from '../../conditions/types.ts';
import { allOf, anyOf, choose, FAILS, HOLDS, not } from '../../conditions/build.ts';
import { foldConstant, isConstant } from './constants.ts';
import { VARIABLE_NAMES } from './fields.ts';
import type { Scope, Translation } from './types.ts';

const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one']);

/** Whether a part is a loop that is true or false. */
export function isLoop(node: CelNode): boolean {
  return (
    node.kind === 'call' && node.receiver !== undefined && node.args.length === 2 && LOOPS.has(node.name)
  );
}

/** A loop as the conditions of its rounds; `translate` gives that of one. */
export function translateLoop(
  { name, receiver, args }: Extract<CelNode, { readonly kind: 'call' }>,
  scope: Scope,
  translation: Translation,
  translate: (node: CelNode, scope: Scope, translation: Translation) => Condition | undefined,
): Condition | undefined {
  const [variable, body] = args;
  if (receiver === undefined || variable?.kind !== 'name' || body === undefined) return undefined;
  if (VARIABLE_NAMES.has(variable.name) || Object.hasOwn(scope.values, variable.name)) {
    return translation.refuse(variable, {
      code: 'RTP1605',
      message: `the loop's variable has the name ${variable.name}, which is already used`,
      fix: 'give it another name',
    });
  }
  if (!isConstant(receiver, scope)) {
    return translation.refuse(receiver, {
      code: 'RTP1605',
      message: 'a loop over something that is not constant cannot be decided in the kernel',
      fix: 'write the list itself',
    });
  }
  const folded = foldConstant(receiver, scope, translation);
  if (folded === undefined) return undefined;
  if (folded.constant.type !== 'list') {
    return translation.refuse(receiver, {
      code: 'RTP1605',
      message: 'a loop over something that is not a list cannot be decided in the kernel',
      fix: 'write a list',
    });
  }
  const rounds: Condition[] = [];
  for (const value of folded.constant.items) {
    const round = translate(body, { values: { ...scope.values, [variable.name]: value } }, translation);
    // The next round would say the same.
    if (round === undefined) return undefined;
    rounds.push(round);
  }
  if (name === 'all') return allOf(rounds);
  return name === 'exists' ? anyOf(rounds) : exactlyOne(rounds);
}

/** From the last to the first: none of those that follow, and exactly one of them. */
function exactlyOne(rounds: readonly Condition[]): Condition {
  let none = HOLDS;
  let one = FAILS;
  for (const round of rounds.toReversed()) {
    one = choose(round, none, one);
    none = allOf([not(round), none]);
  }
  return one;
}
