// SPDX-License-Identifier: Apache-2.0
// Who: the sections that lead from facts to an identity.

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

type SelectorSection = 'prefixLengths' | 'terms' | 'postings' | 'selectors' | 'selectorTerms';

/** The sections of terms and selectors. */
export function selectorSections(
  prefixLengths: Tables['prefixLengths'],
  terms: Tables['terms'],
  selectors: Tables['selectors'],
): Pick<Sections, SelectorSection> {
  const postings = listSection<number>();
  const selectorTerms = listSection<number>();
  return {
    prefixLengths: wordSection(prefixLengths),
    terms: recordSection('term', terms, ({ selectors: own }) => {
      const { first, count } = postings.add(own);
      return { selectorsFirst: first, selectorsCount: count };
    }),
    postings: wordSection(postings.items),
    selectors: recordSection('selector', selectors, ({ identity, terms: own }) => {
      const { first, count } = selectorTerms.add(own);
      return { identity, termsFirst: first, termsCount: count };
    }),
    selectorTerms: wordSection(selectorTerms.items),
  };
}
