// SPDX-License-Identifier: Apache-2.0
// An expression that is true or false to a condition.

import { type CelConstant, type CelNode, constantOf } from '../../cel/tree.ts';
import type { Condition } from '../../conditions/types.ts';
import { allOf, anyOf, choose, constant, not } from '../../conditions/build.ts';
import { insideOf } from '../../conditions/addresses.ts';
import { compareWith, EXCHANGED, type Comparison, isComparison, testText } from './compare.ts';
import { foldConstant, isConstant } from './constants.ts';
import { isLoop, translateLoop } from './loops.ts';
import { type Operand, operandOf } from './operands.ts';
import { refuseCall, refuseOperator } from './refusals.ts';
import type { Scope, Translation } from './types.ts';

type Call = Extract<CelNode, { readonly kind: 'call' }>;
type Operator = Extract<CelNode, { readonly kind: 'operator' }>;

/** The condition that a part stands for; undefined when something was reported. */
export function translate(node: CelNode, scope: Scope, translation: Translation): Condition | undefined {
  if (translation.work.left-- <= 0) {
    return translation.refuse(node, {
      code: 'RTP1604',
      message: 'the lists and loops of the condition are too much work',
      fix: 'write shorter lists, or fewer loops in loops',
    });
  }
  if (isConstant(node, scope) && !hasLoop(node)) {
    const folded = foldConstant(node, scope, translation);
    return folded?.constant.type === 'bool' ? constant(folded.constant.value) : undefined;
  }
  if (node.kind === 'operator') return translateOperator(node, scope, translation);
  if (node.kind === 'call') return translateCall(node, scope, translation);
  // No field is true or false by itself: what there is to say is said here.
  operandOf(node, scope, translation);
  return undefined;
}

function hasLoop(node: CelNode): boolean {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return false;
    case 'field':
      return hasLoop(node.of);
    case 'call':
      return (
        isLoop(node) || node.args.some(hasLoop) || (node.receiver !== undefined && hasLoop(node.receiver))
      );
    case 'list':
      return node.items.some(hasLoop);
    case 'map':
      return node.entries.flat().some(hasLoop);
    case 'operator':
      return node.operands.some(hasLoop);
  }
}

function translateOperator(node: Operator, scope: Scope, translation: Translation): Condition | undefined {
  const { operator, operands } = node;
  const [first, second, third] = operands;
  if (first === undefined) return undefined;
  const of = (operand: CelNode): Condition | undefined => translate(operand, scope, translation);
  if (operator === '!') {
    const condition = of(first);
    return condition && not(condition);
  }
  if (second === undefined) return refuseOperator(node, translation);
  if (operator === '?:' && third !== undefined) {
    const [when, then, otherwise] = [of(first), of(second), of(third)];
    return when && then && otherwise && choose(when, then, otherwise);
  }
  if (operator === '&&' || operator === '||') {
    const [left, right] = [of(first), of(second)];
    return left && right && (operator === '&&' ? allOf : anyOf)([left, right]);
  }
  if (operator === 'in') return translateIn(node, first, second, scope, translation);
  if (isComparison(operator)) return translateComparison(node, operator, [first, second], scope, translation);
  return refuseOperator(node, translation);
}

function translateComparison(
  node: CelNode,
  operator: Comparison,
  [left, right]: readonly [CelNode, CelNode],
  scope: Scope,
  translation: Translation,
): Condition | undefined {
  if (isTruth(left) || isTruth(right)) {
    const [a, b] = [translate(left, scope, translation), translate(right, scope, translation)];
    if (a === undefined || b === undefined) return undefined;
    if (operator === '==') return choose(a, b, not(b));
    if (operator === '!=') return choose(a, not(b), b);
    return translation.refuse(node, {
      code: 'RTP1605',
      message: 'the order of true and false cannot be decided in the kernel',
      fix: 'use &&, || and !',
    });
  }
  const [a, b] = [operandOf(left, scope, translation), operandOf(right, scope, translation)];
  if (a === undefined || b === undefined) return undefined;
  return compareOperands(node, operator, [a, left], [b, right], translation);
}

function compareOperands(
  whole: CelNode,
  operator: Comparison,
  [a, left]: readonly [Operand, CelNode],
  [b, right]: readonly [Operand, CelNode],
  translation: Translation,
): Condition | undefined {
  if (b.kind === 'constant') {
    if (a.kind === 'constant') return compareConstants(a.constant, b.constant);
    return compareWith(a, operator, b.constant, { whole, constant: right }, translation);
  }
  if (a.kind === 'constant')
    return compareWith(b, EXCHANGED[operator], a.constant, { whole, constant: left }, translation);
  return translation.refuse(whole, {
    code: 'RTP1605',
    message: 'two fields cannot be compared in the kernel',
    fix: 'compare each of them with constants',
  });
}

/** Entries of a list of which others are fields; the type check has seen to it that both are of one type. */
function compareConstants(a: CelConstant, b: CelConstant): Condition {
  return constant('value' in a && 'value' in b && a.value === b.value);
}

/** Whether a part is true or false, not a value; constants are told apart by what they come to. */
function isTruth(node: CelNode): boolean {
  switch (node.kind) {
    case 'operator':
      if (node.operator === '?:') return node.operands.slice(1).some(isTruth);
      return isComparison(node.operator) || ['!', '&&', '||', 'in'].includes(node.operator);
    case 'call':
      return isLoop(node) || TESTS.has(node.name);
    case 'literal':
      return typeof node.value === 'boolean';
    case 'name':
    case 'field':
    case 'list':
    case 'map':
      return false;
  }
}

/** Functions of fields that are true or false. */
const TESTS: ReadonlySet<string> = new Set([
  'startsWith',
  'endsWith',
  'containsIP',
  'containsCIDR',
  'contains',
  'matches',
  'has',
]);

function translateIn(
  node: CelNode,
  item: CelNode,
  list: CelNode,
  scope: Scope,
  translation: Translation,
): Condition | undefined {
  if (isTruth(item)) {
    return translation.refuse(node, {
      code: 'RTP1605',
      message: 'a condition in a list cannot be decided in the kernel',
      fix: 'use &&, || and !',
    });
  }
  const operand = operandOf(item, scope, translation);
  if (list.kind === 'list') {
    const parts = list.items.map((entry) => {
      translation.work.left--;
      const other = operandOf(entry, scope, translation);
      return operand && other && compareOperands(node, '==', [operand, item], [other, entry], translation);
    });
    return allKnown(parts, anyOf);
  }
  if (!isConstant(list, scope)) {
    return translation.refuse(list, {
      code: 'RTP1605',
      message: 'a list that is not constant cannot be decided in the kernel',
      fix: 'write the list itself',
    });
  }
  const folded = foldConstant(list, scope, translation);
  if (folded === undefined || operand === undefined || operand.kind === 'constant') return undefined;
  if (folded.constant.type !== 'list') return undefined;
  const parts = folded.constant.items.map((value) => {
    translation.work.left--;
    const nodes = { whole: node, constant: list };
    return compareWith(operand, '==', constantOf(value), nodes, translation);
  });
  return allKnown(parts, anyOf);
}

function allKnown(
  parts: readonly (Condition | undefined)[],
  join: (parts: readonly Condition[]) => Condition,
): Condition | undefined {
  const known = parts.flatMap((part) => part ?? []);
  return known.length === parts.length ? join(known) : undefined;
}

function translateCall(node: Call, scope: Scope, translation: Translation): Condition | undefined {
  const { name, receiver, args } = node;
  const [first] = args;
  if (isLoop(node)) return translateLoop(node, scope, translation, translate);
  if (receiver === undefined || first === undefined) return refuseCall(node, translation);
  switch (name) {
    case 'startsWith':
    case 'endsWith': {
      const [text, part] = [operandOf(receiver, scope, translation), operandOf(first, scope, translation)];
      if (text === undefined || part === undefined) return undefined;
      if (text.kind === 'text' && part.kind === 'constant' && part.constant.type === 'string') {
        const test = name === 'startsWith' ? 'starts' : 'ends';
        return testText(text, test, part.constant.value, first, translation);
      }
      if (text.kind === 'address' && part.kind === 'constant') {
        return translation.refuse(node, {
          code: 'RTP1605',
          message: `${name}() of an address cannot be decided in the kernel`,
          fix: `write a prefix: cidr("10.0.0.0/8").containsIP(${text.name})`,
        });
      }
      return translation.refuse(node, {
        code: 'RTP1605',
        message: `${name}() can be decided in the kernel for a field and a constant only`,
        fix: 'compare each field with constants',
      });
    }
    case 'containsIP':
    case 'containsCIDR': {
      const [prefix, address] = [
        operandOf(receiver, scope, translation),
        operandOf(first, scope, translation),
      ];
      if (prefix === undefined || address === undefined) return undefined;
      if (prefix.kind === 'constant' && prefix.constant.type === 'net.CIDR' && address.kind === 'address')
        return insideOf(address.field, prefix.constant.prefix);
      return refuseCall(node, translation);
    }
    default:
      return refuseCall(node, translation);
  }
}
