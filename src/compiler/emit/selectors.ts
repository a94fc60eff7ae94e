// SPDX-License-Identifier: Apache-2.0
// Who: the sections that lead from facts to an identity.

import type { Tables, TableValue } from '../lower/types.ts';
import { listSection, recordSection, type StringReference, wordSection } from './sections.ts';
import type { HashLayout, Sections } from './types.ts';

type SelectorSection =
  | 'prefixLengths'
  | 'valueBuckets'
  | 'values'
  | 'valueTerms'
  | 'terms'
  | 'postings'
  | 'selectors'
  | 'selectorTerms';

/** The sections of values, terms and selectors. */
export function selectorSections(
  tables: Tables,
  values: HashLayout<TableValue>,
  find: (text: string) => StringReference,
): Pick<Sections, SelectorSection> {
  const valueTerms = listSection<number>();
  const postings = listSection<number>();
  const selectorTerms = listSection<number>();
  return {
    prefixLengths: wordSection(tables.prefixLengths),
    valueBuckets: wordSection(values.buckets),
    values: recordSection('value', values.entries, ({ fact, data, terms }) => {
      const { first, count } = valueTerms.add(terms);
      const text = typeof data === 'string' ? find(data) : { offset: data, length: 0 };
      return {
        fact,
        reserved: 0,
        data: text.offset,
        length: text.length,
        termsFirst: first,
        termsCount: count,
      };
    }),
    valueTerms: wordSection(valueTerms.items),
    terms: recordSection('term', tables.terms, ({ selectors }) => {
      const { first, count } = postings.add(selectors);
      return { selectorsFirst: first, selectorsCount: count };
    }),
    postings: wordSection(postings.items),
    selectors: recordSection('selector', tables.selectors, ({ identity, terms }) => {
      const { first, count } = selectorTerms.add(terms);
      return { identity, termsFirst: first, termsCount: count };
    }),
    selectorTerms: wordSection(selectorTerms.items),
  };
}
