// SPDX-License-Identifier: Apache-2.0
// Whether one process, at one connection, can fulfil several terms.

import { FACTS } from '../../bundle/generated.ts';
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
  const [first, ...others] = terms;
  if (first === undefined) return true;
  const isPrefix = FACTS[first.fact].match === 'prefix';
  const values: readonly (number | string)[] = first.values;
  return values.some((value) =>
    others.every((other) => {
      const rest: readonly (number | string)[] = other.values;
      return rest.some((one) =>
        isPrefix
          ? String(value).startsWith(String(one)) || String(one).startsWith(String(value))
          : value === one,
      );
    }),
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
