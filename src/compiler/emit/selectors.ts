// SPDX-License-Identifier: Apache-2.0
// Who: the sections that lead from facts to an identity.

import { NONE } from '../../bundle/generated.ts';
import type { Tables, TableValue } from '../lower/types.ts';
import { listSection, recordSection, wordSection } from './sections.ts';
import type { StringReference, Strings } from './strings.ts';
import type { HashLayout, Sections } from './types.ts';

/** A value, and where its text stands if it has one and that is known. */
export interface PlacedValue extends TableValue {
  readonly text: StringReference | undefined;
}

/** The sections of values. */
export function valueSections(
  values: HashLayout<PlacedValue>,
  { find }: Strings,
): Pick<Sections, 'valueBuckets' | 'values' | 'valueTerms'> {
  const valueTerms = listSection<number>();
  return {
    valueBuckets: wordSection(values.buckets),
    values: recordSection('value', values.entries, ({ fact, data, terms, text }) => {
      const { first, count } = valueTerms.add(terms);
      const reference = typeof data === 'number' ? { offset: data, length: 0 } : (text ?? find(data));
      return {
        fact,
        reserved: 0,
        data: reference.offset,
        length: reference.length,
        termsFirst: first,
        termsCount: count,
      };
    }),
    valueTerms: wordSection(valueTerms.items),
  };
}

type SelectorSection =
  | 'prefixLengths'
  | 'terms'
  | 'postings'
  | 'selectors'
  | 'selectorTerms'
  | 'preconditions'
  | 'preconditionTerms';

/** The sections of terms and selectors. */
export function selectorSections(
  prefixLengths: Tables['prefixLengths'],
  terms: Tables['terms'],
  selectors: Tables['selectors'],
  preconditions: Tables['preconditions'],
  preconditionOf: Tables['preconditionOf'],
): Pick<Sections, SelectorSection> {
  const postings = listSection<number>();
  const selectorTerms = listSection<number>();
  const preconditionTerms = listSection<number>();
  return {
    prefixLengths: wordSection(prefixLengths),
    terms: recordSection('term', terms, ({ fact, flags, selectors: own }) => {
      const { first, count } = postings.add(own);
      return { fact, flags, selectorsFirst: first, selectorsCount: count };
    }),
    postings: wordSection(postings.items),
    selectors: recordSection('selector', selectors, ({ identity, terms: own }, number) => {
      const { first, count } = selectorTerms.add(own);
      const precondition = preconditionOf[number] ?? NONE;
      return { identity, termsFirst: first, termsCount: count, precondition };
    }),
    selectorTerms: wordSection(selectorTerms.items),
    preconditions: recordSection('precondition', preconditions, ({ selector, agentLoss, terms: own }) => {
      const { first, count } = preconditionTerms.add(own);
      return { selector, agentLoss, termsFirst: first, termsCount: count };
    }),
    preconditionTerms: wordSection(preconditionTerms.items),
  };
}
