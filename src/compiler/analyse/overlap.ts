// SPDX-License-Identifier: Apache-2.0
// Whether one process, at one connection, can fulfil several terms.

import { FACTS } from '../../bundle/generated.ts';
import { prefixTest } from '../../conditions/affixes.ts';
import { findFact } from '../../schema/facts/table.ts';
import type { ModelTerm } from '../resolve/types.ts';
import { factOf } from './described.ts';

/** Whether all of the terms can hold at once. Facts are taken to be independent of each other, but for the direction. */
export function canBothHold(terms: readonly ModelTerm[]): boolean {
  if (contradict(terms)) return false;
  const byFact = Map.groupBy(terms, factOf);
  return [...byFact].every(([name, own]) => own.length < 2 || canShareValue(name, own));
}

function canShareValue(name: string, terms: readonly ModelTerm[]): boolean {
  if (findFact(name)?.many === true) return true;
  return terms.every((term, i) => terms.slice(i + 1).every((other) => sharesValue(term, other)));
}

/** Whether one value satisfies two terms of one fact. Takes time in proportion to their values, and not to the pairs of them. */
export function sharesValue(a: ModelTerm, b: ModelTerm): boolean {
  const values: readonly (number | string)[] = a.values;
  const others: readonly (number | string)[] = b.values;
  if (FACTS[a.fact].match !== 'prefix') {
    const known = new Set(others);
    return values.some((value) => known.has(value));
  }
  const isBelow = prefixTest(others.map(String));
  const isAbove = prefixTest(values.map(String));
  return (
    values.some((value) => isBelow(String(value), true)) ||
    others.some((other) => isAbove(String(other), true))
  );
}

const OUTPUT = 0;
const INPUT = 1;

/** Whether the terms are of connections in both directions: what goes out has a destination, what comes in a source. */
function contradict(terms: readonly ModelTerm[]): boolean {
  const wants = (side: string): boolean => terms.some(({ fact }) => fact.startsWith(side));
  const ways: readonly (number | string)[] = terms.find(({ fact }) => fact === 'direction')?.values ?? [
    OUTPUT,
    INPUT,
  ];
  const isOut = wants('destination:');
  const isIn = wants('source:');
  return (isOut && isIn) || (isOut && !ways.includes(OUTPUT)) || (isIn && !ways.includes(INPUT));
}
