// SPDX-License-Identifier: Apache-2.0
// The terms of all selectors and their values, each once and in order.

import { FACTS, type FactName } from '../../bundle/generated.ts';
import { compareLists, compareText, textLength } from '../../bundle/text.ts';
import { internedSet } from '../incremental.ts';
import type { ModelTerm } from '../resolve/types.ts';

/** A value of a fact. */
export interface Value {
  readonly key: string;
  readonly fact: number;
  readonly data: number | string;
  /** Its position in the order of values; for whoever numbers them. */
  number: number;
}

/** A term in the one form that all of its spellings have. */
export interface Term {
  readonly key: string;
  readonly fact: FactName;
  readonly values: readonly Value[];
  /** Lengths of the values of a prefix fact, ascending; empty for others. */
  readonly lengths: readonly number[];
  /** Its position in the order of terms; for whoever numbers them. */
  number: number;
}

/** Terms that are the same are the same object, as long as one is in use. */
export interface TermTable {
  readonly add: (term: ModelTerm) => Term;
  readonly remove: (term: Term) => void;
  /** By fact, then by values. */
  readonly terms: () => readonly Term[];
  /** By fact, then by value. */
  readonly values: () => readonly Value[];
}

/** An empty table. */
export function termTable(): TermTable {
  const terms = internedSet(compareTerms);
  const values = internedSet(compareValues);
  return {
    add(term) {
      const fact = FACTS[term.fact].number;
      const texts = canonicalValues(term);
      const key = `${fact}\0${texts.length === 1 ? texts[0] : texts.join('\0')}`;
      return terms.add(key, () => ({
        key,
        fact: term.fact,
        values: texts.map((data) => addValue(fact, data)),
        lengths: FACTS[term.fact].match === 'prefix' ? lengthsOf(texts) : [],
        number: 0,
      }));
    },
    remove(term) {
      if (terms.remove(term.key)) for (const value of term.values) values.remove(value.key);
    },
    terms: terms.list,
    values: values.list,
  };

  function addValue(fact: number, data: number | string): Value {
    const key = `${fact}\0${data}`;
    return values.add(key, () => ({ key, fact, data, number: 0 }));
  }
}

/** A prefix that begins with another one of its term adds nothing. */
function canonicalValues(term: ModelTerm): readonly (number | string)[] {
  if (FACTS[term.fact].match !== 'prefix') return term.values;
  const values: string[] = [];
  // In ascending order what begins with a value follows it directly.
  for (const value of term.values.map(String).sort(compareText)) {
    const last = values.at(-1);
    if (last === undefined || !value.startsWith(last)) values.push(value);
  }
  return values;
}

function lengthsOf(texts: readonly (number | string)[]): readonly number[] {
  return texts.map((text) => textLength(String(text))).sort((a, b) => a - b);
}

/** The order of terms: by fact, then by values. */
export function compareTerms(a: Term, b: Term): number {
  return FACTS[a.fact].number - FACTS[b.fact].number || compareLists(a.values, b.values, compareValues);
}

function compareValues({ fact, data: a }: Value, { fact: other, data: b }: Value): number {
  return (
    fact - other ||
    (typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b)))
  );
}
