// SPDX-License-Identifier: Apache-2.0
// Whether one process, at one connection, can fulfil several terms.

import { FACTS } from '../../bundle/generated.ts';
import { findFact } from '../../schema/facts/table.ts';
import type { ModelTerm } from '../resolve/types.ts';
import { factOf } from './described.ts';

/** Whether all of the terms can hold at once. Facts are taken to be independent of each other, but for the direction. */
export function canBothHold(terms: readonly ModelTerm[]): boolean {
  if (contradiction(terms) !== undefined) return false;
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

/** Two facts that exclude each other: what goes out has a destination, what comes in a source. */
export function contradiction(terms: readonly ModelTerm[]): readonly [string, string] | undefined {
  const wanting = (side: string): string | undefined => terms.find(({ fact }) => fact.startsWith(side))?.fact;
  const destination = wanting('destination:');
  const source = wanting('source:');
  if (destination !== undefined && source !== undefined) return [destination, source];
  const direction = terms.find(({ fact }) => fact === 'direction');
  if (direction === undefined) return undefined;
  const ways: readonly (number | string)[] = direction.values;
  if (destination !== undefined && !ways.includes(OUTPUT)) return [destination, 'direction: input'];
  if (source !== undefined && !ways.includes(INPUT)) return [source, 'direction: output'];
  return undefined;
}
