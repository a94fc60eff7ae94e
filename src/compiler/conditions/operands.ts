// SPDX-License-Identifier: Apache-2.0
// What the two sides of a comparison are.

import type { CelNode } from '../../cel/tree.ts';
import { quoted } from '../../terminal/visible.ts';
import { foldConstant, type Folded, isConstant } from './constants.ts';
import { type ConditionField, fieldOf, scopeProblem } from './fields.ts';
import { refuseCall, refuseOperator } from './refusals.ts';
import { CLOCK_FUNCTIONS, type ClockPart, zoneOffset } from './time.ts';
import type { Scope, Translation } from './types.ts';

/** A side of a comparison that is not a condition itself. */
export type Operand =
  | ({ readonly kind: 'constant' } & Folded)
  | ConditionField
  /** How long a text is, in characters. */
  | { readonly kind: 'size'; readonly of: Extract<ConditionField, { readonly kind: 'text' }> }
  | { readonly kind: 'time' }
  /** A part of the time in a zone so many minutes ahead of UTC. */
  | { readonly kind: 'clock'; readonly part: ClockPart; readonly offset: number };

/** What a part is; reports what the kernel cannot know. */
export function operandOf(node: CelNode, scope: Scope, translation: Translation): Operand | undefined {
  if (isConstant(node, scope)) {
    const folded = foldConstant(node, scope, translation);
    return folded === undefined ? undefined : { kind: 'constant', ...folded };
  }
  switch (node.kind) {
    case 'name':
      if (node.name === 'time') return { kind: 'time' };
      return translation.refuse(node, {
        code: 'RTP1605',
        message: `${node.name} as a whole cannot be compared`,
        fix: 'name one of its fields',
      });
    case 'field':
      return fieldOperand(node, translation);
    case 'call':
      return callOperand(node, scope, translation);
    case 'operator': {
      const [of] = node.operands;
      // What a function of a field gives is refused for the function.
      const isOfCall = node.operator === '[]' && of?.kind === 'call' && !isConstant(of, scope);
      return isOfCall ? refuseCall(of, translation) : refuseOperator(node, translation);
    }
    case 'list':
    case 'map':
    case 'literal':
      return translation.refuse(node, {
        code: 'RTP1605',
        message: 'a list of fields cannot be compared',
        fix: 'compare each field by itself, and join with && or ||',
      });
  }
}

function fieldOperand(
  node: Extract<CelNode, { readonly kind: 'field' }>,
  translation: Translation,
): Operand | undefined {
  const name = pathOf(node);
  if (name === undefined) {
    return translation.refuse(node, {
      code: 'RTP1605',
      message: 'an optional field cannot be decided in the kernel',
      fix: 'write a dot without "?": every field has a value; a text that is not known is ""',
    });
  }
  const misplaced = scopeProblem(name, translation.where);
  if (misplaced !== undefined) return translation.refuse(node, misplaced);
  const field = fieldOf(name);
  if (field !== undefined) return field;
  return translation.refuse(node, {
    code: 'RTP1605',
    message: `${name} as a whole cannot be compared`,
    fix: 'name one of its fields',
  });
}

/** The name with dots, when the part is nothing else. */
function pathOf(node: CelNode): string | undefined {
  if (node.kind === 'name') return node.name;
  if (node.kind !== 'field' || node.optional) return undefined;
  const before = pathOf(node.of);
  return before === undefined ? undefined : `${before}.${node.name}`;
}

function callOperand(
  node: Extract<CelNode, { readonly kind: 'call' }>,
  scope: Scope,
  translation: Translation,
): Operand | undefined {
  const { name, receiver, args } = node;
  const [first] = args;
  const part = CLOCK_FUNCTIONS[name];
  if (part !== undefined && receiver?.kind === 'name' && receiver.name === 'time')
    return clockOperand(part, first, scope, translation);
  if (receiver?.kind === 'field' && receiver.optional) return fieldOperand(receiver, translation);
  const whole = receiver ?? first;
  if (['size', 'ip', 'int'].includes(name) && whole !== undefined) {
    const of = operandOf(whole, scope, translation);
    if (of === undefined) return undefined;
    if (name === 'size' && of.kind === 'text') return { kind: 'size', of };
    if (name === 'ip' && of.kind === 'address') return of;
    if (name === 'int' && (of.kind === 'time' || of.kind === 'number')) return of;
  }
  return refuseCall(node, translation);
}

function clockOperand(
  part: ClockPart,
  zone: CelNode | undefined,
  scope: Scope,
  translation: Translation,
): Operand | undefined {
  if (zone === undefined) return { kind: 'clock', part, offset: 0 };
  const fix = 'use UTC, which is the default, or a fixed offset such as "+02:00"';
  if (!isConstant(zone, scope)) {
    return translation.refuse(zone, { code: 'RTP1605', message: 'the zone is not a constant', fix });
  }
  const folded = foldConstant(zone, scope, translation);
  if (folded?.constant.type !== 'string') return undefined;
  const offset = zoneOffset(folded.constant.value);
  if (offset !== undefined) return { kind: 'clock', part, offset };
  if (/^[+-]?\d+:\d+$/.test(folded.constant.value)) {
    return translation.refuse(zone, {
      code: 'RTP1605',
      message: `no clock has the distance ${quoted(folded.constant.value)} from UTC`,
      fix: 'write hours and minutes with two digits each, from "-23:59" to "+23:59"',
    });
  }
  return translation.refuse(zone, {
    code: 'RTP1605',
    message: `the zone ${quoted(folded.constant.value)} cannot be decided in the kernel`,
    why: 'the kernel knows only UTC: the rules of time zones change',
    fix,
  });
}
