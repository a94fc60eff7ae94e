// SPDX-License-Identifier: Apache-2.0
// Who: the identities' selectors to the tables that find an identity by its facts (docs/bundle-format.md, "Who").

import { FACTS, type FactName } from '../../bundle/generated.ts';
import { compareLists, compareText, textLength } from '../../bundle/text.ts';
import type { SourceRange } from '../../diagnostics/diagnostic.ts';
import type { Model, ModelSelector, ModelTerm } from '../resolve/types.ts';
import type { TableSelector, TableTerm, TableValue } from './types.ts';

/** What the selectors become. `sources` says where each selector is written. */
export interface SelectorTables {
  readonly values: readonly TableValue[];
  readonly terms: readonly TableTerm[];
  readonly selectors: readonly TableSelector[];
  readonly prefixLengths: readonly number[];
  readonly sources: readonly SourceRange[];
}

/** A term in the one form that all of its spellings have. */
interface Term {
  readonly fact: FactName;
  readonly values: readonly (number | string)[];
  /** Lengths of the values of a prefix fact, ascending; empty for others. */
  readonly lengths: readonly number[];
}

interface Draft {
  readonly identity: number;
  readonly terms: readonly number[];
  readonly lengths: readonly number[];
  readonly width: number;
  readonly source: SourceRange;
}

/** Numbers terms and selectors, and lists each selector under the rarest of its terms. */
export function lowerSelectors(model: Model): SelectorTables {
  const terms = internTerms(model);
  const drafts = rankSelectors(model, terms);
  const uses = new Uint32Array(terms.list.length);
  for (const draft of drafts) for (const term of draft.terms) uses[term] = (uses[term] ?? 0) + 1;

  const postings: number[][] = terms.list.map(() => []);
  drafts.forEach((draft, number) => {
    let rarest = draft.terms[0];
    for (const term of draft.terms) {
      if (rarest === undefined || (uses[term] ?? 0) < (uses[rarest] ?? 0)) rarest = term;
    }
    if (rarest !== undefined) postings[rarest]?.push(number);
  });
  return {
    ...listValues(terms.list),
    terms: postings.map((selectors) => ({ selectors })),
    selectors: drafts.map(({ identity, terms: list }) => ({ identity, terms: list })),
    sources: drafts.map((draft) => draft.source),
  };
}

interface Terms {
  readonly list: readonly Term[];
  /** The numbers of a selector's terms, ascending. */
  readonly numbersOf: (selector: ModelSelector) => readonly number[];
}

/** All terms of all selectors, each once, by fact and then by values. */
function internTerms(model: Model): Terms {
  const found = new Map<string, Term>();
  const keys = new Map<ModelSelector, readonly string[]>();
  for (const identity of model.identities) {
    for (const selector of identity.selectors) {
      const own = selector.terms.map(termKey);
      keys.set(selector, own);
      selector.terms.forEach((term, i) => {
        const key = own[i] ?? '';
        if (!found.has(key)) found.set(key, canonicalTerm(term));
      });
    }
  }
  const entries = [...found].sort(([, a], [, b]) => compareTerms(a, b));
  // Spellings of one term (a prefix and the longer ones that it covers) meet here: they compare equal.
  const list: Term[] = [];
  const numbers = new Map<string, number>();
  for (const [key, term] of entries) {
    const last = list.at(-1);
    if (last === undefined || compareTerms(last, term) !== 0) list.push(term);
    numbers.set(key, list.length - 1);
  }
  return {
    list,
    numbersOf: (selector) =>
      (keys.get(selector) ?? []).map((key) => numbers.get(key) ?? 0).sort((a, b) => a - b),
  };
}

function termKey({ fact, values }: ModelTerm): string {
  return `${fact}\0${values.length === 1 ? values[0] : values.join('\0')}`;
}

function canonicalTerm(term: ModelTerm): Term {
  if (FACTS[term.fact].match !== 'prefix') return { fact: term.fact, values: term.values, lengths: [] };
  const values: string[] = [];
  // In ascending order what begins with a value follows it directly.
  for (const value of term.values.map(String).sort(compareText)) {
    const last = values.at(-1);
    if (last === undefined || !value.startsWith(last)) values.push(value);
  }
  return { fact: term.fact, values, lengths: values.map(textLength).sort((a, b) => a - b) };
}

function compareTerms(a: Term, b: Term): number {
  return FACTS[a.fact].number - FACTS[b.fact].number || compareLists(a.values, b.values, compareValues);
}

function compareValues(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));
}

/** The selectors in order of precedence; the same selector twice in one identity counts once. */
function rankSelectors(model: Model, terms: Terms): readonly Draft[] {
  const drafts: Draft[] = [];
  model.identities.forEach(({ selectors }, identity) => {
    for (const selector of selectors) {
      const list = terms.numbersOf(selector);
      let width = 0;
      let lengths: readonly number[] = [];
      for (const number of list) {
        const term = terms.list[number];
        width += term?.values.length ?? 0;
        if (term !== undefined && term.lengths.length > 0) lengths = [...lengths, ...term.lengths];
      }
      drafts.push({ identity, terms: list, lengths, width, source: selector.source });
    }
  });
  drafts.sort(comparePrecedence);
  return drafts.filter((draft, i) => {
    const before = drafts[i - 1];
    return before === undefined || comparePrecedence(before, draft) !== 0;
  });
}

/**
 * More terms first; then longer prefixes; then fewer values; then the lower identity; then the lower terms. A selector that
 * demands strictly more than another always comes before it.
 */
function comparePrecedence(a: Draft, b: Draft): number {
  return (
    b.terms.length - a.terms.length ||
    // From the shortest prefix on, the longer one first: what demands strictly more then cannot come later.
    compareLists(a.lengths, b.lengths, (x, y) => y - x) ||
    a.width - b.width ||
    a.identity - b.identity ||
    compareLists(a.terms, b.terms, (x, y) => x - y)
  );
}

function listValues(terms: readonly Term[]): Pick<SelectorTables, 'values' | 'prefixLengths'> {
  const found = new Map<string, { fact: number; data: number | string; terms: number[] }>();
  const lengths = new Set<number>();
  terms.forEach((term, number) => {
    const fact = FACTS[term.fact].number;
    for (const length of term.lengths) lengths.add(length);
    for (const data of term.values) {
      const key = `${fact}\0${data}`;
      const entry = found.get(key);
      if (entry === undefined) found.set(key, { fact, data, terms: [number] });
      else entry.terms.push(number);
    }
  });
  const values = [...found.values()].sort((a, b) => a.fact - b.fact || compareValues(a.data, b.data));
  return { values, prefixLengths: [...lengths].sort((a, b) => a - b) };
}
