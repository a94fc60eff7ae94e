// SPDX-License-Identifier: Apache-2.0
// A field compared with a constant.

import { parseAddress } from '../../bundle/address.ts';
import type { CelConstant, CelNode } from '../../cel/tree.ts';
import { quoted } from '../../terminal/visible.ts';
import type { Condition, TextTest } from '../../conditions/types.ts';
import { constant, HOLDS, not, numberIn } from '../../conditions/build.ts';
import { insideOf } from '../../conditions/addresses.ts';
import { type ConditionField, TEXT_LIMITS } from './fields.ts';
import type { Operand } from './operands.ts';
import { commonRanges, joinRanges, type Ranges } from '../../conditions/ranges.ts';
import { impossibleText } from './texts.ts';
import { clockIn, MOST_CLOCK } from './time.ts';
import type { Translation } from './types.ts';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** The same comparison with its sides exchanged. */
export const EXCHANGED: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** Whether the operator of a node is a comparison. */
export function isComparison(operator: string): operator is Comparison {
  return Object.hasOwn(EXCHANGED, operator);
}

/** A comparison in the text: the whole of it, and the constant, for what there is to say of either. */
export interface ComparisonNodes {
  readonly whole: CelNode;
  readonly constant: CelNode;
}

/** `operand operator value` as a condition. */
export function compareWith(
  operand: Exclude<Operand, { readonly kind: 'constant' }>,
  operator: Comparison,
  value: CelConstant,
  at: ComparisonNodes,
  translation: Translation,
): Condition | undefined {
  switch (operand.kind) {
    case 'number': {
      const bound = boundOf(value, at, translation);
      return bound && numberIn(operand.field, rangesOf(operator, bound));
    }
    case 'time': {
      const bound = boundOf(value, at, translation);
      return bound && numberIn('time', rangesOf(operator, bound));
    }
    case 'clock': {
      const bound = boundOf(value, at, translation);
      if (bound === undefined) return undefined;
      const ranges = joinRanges(rangesOf(operator, bound), MOST_CLOCK[operand.part]);
      const when = clockIn(operand.part, ranges, operand.offset);
      return numberIn(when.field, when.ranges);
    }
    case 'size': {
      const bound = boundOf(value, at, translation);
      return bound && sizeIn(operand.of, rangesOf(operator, bound), at, translation);
    }
    case 'text':
    case 'address':
      if (operator !== '==' && operator !== '!=') {
        return translation.refuse(at.whole, {
          code: 'RTP1605',
          message: `the order of texts cannot be decided in the kernel`,
          fix: 'compare with ==, !=, in, startsWith or endsWith',
        });
      }
      if (operand.kind === 'address' && value.type === 'net.IP')
        return negatedIf(operator === '!=', insideOf(operand.field, value.prefix));
      if (value.type !== 'string') return refuseType(at, translation);
      return negatedIf(operator === '!=', equalTo(operand, value.value, at.constant, translation));
  }
}

function negatedIf(negated: boolean, condition: Condition | undefined): Condition | undefined {
  return condition !== undefined && negated ? not(condition) : condition;
}

function equalTo(
  field: ConditionField,
  text: string,
  at: CelNode,
  translation: Translation,
): Condition | undefined {
  if (field.kind === 'text') return testText(field, 'equal', text, at, translation);
  const address = parseAddress(text);
  if (address !== undefined && field.kind === 'address')
    return { kind: 'address', field: field.field, address, prefixLength: 128 };
  return translation.refuse(at, {
    code: 'RTP1607',
    message: `${quoted(text)} is not an IP address`,
    fix: `write an address, or a prefix: cidr("10.0.0.0/8").containsIP(${field.name})`,
  });
}

/** A text that equals, begins with or ends with a constant. */
export function testText(
  { field, name }: Extract<ConditionField, { readonly kind: 'text' }>,
  test: TextTest['test'],
  text: string,
  at: CelNode,
  translation: Translation,
): Condition | undefined {
  const problem = impossibleText(field, name, test, text);
  if (problem !== undefined) return translation.refuse(at, { code: 'RTP1607', ...problem });
  if (text === '' && test !== 'equal') return HOLDS;
  return { kind: 'text', field, test, text };
}

/** A length can be asked for as far as it tells the empty text from others. */
function sizeIn(
  field: Extract<ConditionField, { readonly kind: 'text' }>,
  wanted: Ranges,
  { whole }: ComparisonNodes,
  translation: Translation,
): Condition | undefined {
  const most = TEXT_LIMITS[field.field];
  const sizes = joinRanges(wanted, most);
  const [others, ...more] = commonRanges(sizes, [{ low: 1, high: most }]);
  if (others !== undefined && (more.length > 0 || others.low > 1 || others.high < most)) {
    return translation.refuse(whole, {
      code: 'RTP1605',
      message: 'the length of a text cannot be decided in the kernel',
      fix: `test whether it is empty: ${field.name} == ""`,
    });
  }
  const empty: Condition = { kind: 'text', field: field.field, test: 'equal', text: '' };
  const holdsEmpty = sizes[0]?.low === 0;
  const holdsOthers = others !== undefined;
  if (holdsEmpty === holdsOthers) return constant(holdsEmpty);
  return holdsEmpty ? empty : not(empty);
}

const SECOND = 1_000_000_000n;

/** A number that fields are compared with; `exact` is false when it lies between `floor` and the next. */
interface Bound {
  readonly floor: bigint;
  readonly exact: boolean;
}

function boundOf(value: CelConstant, at: ComparisonNodes, translation: Translation): Bound | undefined {
  if (value.type === 'int' || value.type === 'uint') return { floor: value.value, exact: true };
  if (value.type === 'Timestamp') {
    const rest = ((value.nanos % SECOND) + SECOND) % SECOND;
    return { floor: (value.nanos - rest) / SECOND, exact: rest === 0n };
  }
  return refuseType(at, translation);
}

function refuseType({ constant: at }: ComparisonNodes, translation: Translation): undefined {
  return translation.refuse(at, {
    code: 'RTP1605',
    message: 'a value of this type cannot be compared with the field',
    fix: 'write a whole number, or a text where the field is one',
  });
}

/** Which numbers from 0 to 2³² − 1 compare so with a bound. */
function rangesOf(operator: Comparison, { floor, exact }: Bound): Ranges {
  const all = 0xffff_ffff;
  // Beyond these all bounds are alike.
  const at = Number(floor < -1n ? -1n : floor > BigInt(all) ? BigInt(all) + 1n : floor);
  switch (operator) {
    case '==':
      return exact ? [{ low: at, high: at }] : [];
    case '!=':
      if (!exact) return [{ low: 0, high: all }];
      return [
        { low: 0, high: at - 1 },
        { low: at + 1, high: all },
      ];
    case '<':
      return [{ low: 0, high: exact ? at - 1 : at }];
    case '<=':
      return [{ low: 0, high: at }];
    case '>':
      return [{ low: at + 1, high: all }];
    case '>=':
      return [{ low: exact ? at : at + 1, high: all }];
  }
}
