// SPDX-License-Identifier: Apache-2.0
// Conditions compiled, and as short texts, for tables of tests.

import { END, FIELD, TEST } from '../../../src/bundle/generated.ts';
import { formatAddress } from '../../../src/bundle/address.ts';
import { compileCondition } from '../../../src/compiler/conditions/compile.ts';
import type { ConditionScope, ConditionProblem } from '../../../src/compiler/conditions/types.ts';
import { lowerCondition, type LoweredCondition } from '../../../src/compiler/lower/conditions.ts';
import type { TablePrefix } from '../../../src/compiler/lower/types.ts';
import type { Condition } from '../../../src/conditions/types.ts';

/** `processUid 1..5`, `processName equal "curl"`, `destinationIp in 10.0.0.0/104`, joined with & and |. */
export function showCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value);
    case 'not':
      return `!${showCondition(condition.of)}`;
    case 'all':
    case 'any':
      return `(${condition.of.map(showCondition).join(condition.kind === 'all' ? ' & ' : ' | ')})`;
    case 'number':
      return `${condition.field} ${condition.low}..${condition.high}`;
    case 'text':
      return `${condition.field} ${condition.test} ${JSON.stringify(condition.text)}`;
    case 'address':
      return `${condition.field} in ${formatAddress(condition.address)}/${condition.prefixLength}`;
  }
}

/** One line for each instruction: `test ? when true : when false`; ends are + and -. */
export function showLowered(lowered: LoweredCondition, prefixes: readonly TablePrefix[]): readonly string[] {
  if (lowered.kind === 'too-long') return [`too-long ${lowered.length}`];
  if (lowered.kind !== 'program') return [lowered.kind];
  const target = (to: number): string => (to === END.holds ? '+' : to === END.fails ? '-' : String(to));
  return lowered.instructions.map(({ field, test, data, high, whenTrue, whenFalse }) => {
    const prefix = prefixes[Number(data)];
    const name = nameOf(FIELD, field);
    const what =
      test === TEST.range
        ? `${data}..${high}`
        : test === TEST.inside
          ? `in ${prefix === undefined ? '?' : `${formatAddress(prefix.address)}/${prefix.prefixLength}`}`
          : `${nameOf(TEST, test)} ${JSON.stringify(data)}`;
    return `${name} ${what} ? ${target(whenTrue)} : ${target(whenFalse)}`;
  });
}

function nameOf(table: Readonly<Record<string, number>>, number: number): string {
  return Object.entries(table).find(([, value]) => value === number)?.[0] ?? `number ${number}`;
}

/** A condition and what was reported of it. */
export function compile(text: string, where: ConditionScope = 'egress') {
  const problems: ConditionProblem[] = [];
  const condition = compileCondition(text, where, (problem) => problems.push(problem));
  return { condition, problems };
}

/** A condition lowered by itself, and its prefixes. */
export function lower(condition: Condition) {
  const prefixes: TablePrefix[] = [];
  const numberOf = ({ address, prefixLength }: TablePrefix): number => {
    const same = (known: TablePrefix): boolean =>
      known.prefixLength === prefixLength && Buffer.compare(known.address, address) === 0;
    const known = prefixes.findIndex(same);
    return known >= 0 ? known : prefixes.push({ address, prefixLength }) - 1;
  };
  return { lowered: lowerCondition(condition, numberOf), prefixes };
}
