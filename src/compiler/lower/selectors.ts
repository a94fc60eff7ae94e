// SPDX-License-Identifier: Apache-2.0
// Who: the identities' selectors to the tables that find an identity by its facts (docs/bundle-format.md, "Who").

import { FACTS, TERM_FLAGS } from '../../bundle/generated.ts';
import { isKernelLabel, labelName } from '../../bundle/labels.ts';
import { compareLists } from '../../bundle/text.ts';
import { changesBetween, orderedSet } from '../incremental.ts';
import type { ModelIdentity, ModelSelector, ModelTerm } from '../resolve/types.ts';
import { type AddNumber, numberLists, sameOr } from './lists.ts';
import { compareTerms, type Term, type TermTable, termTable } from './terms.ts';
import type { TableSelector, TableTerm, TableValue } from './types.ts';

/** What the selectors become. */
export interface SelectorTables {
  readonly values: readonly TableValue[];
  readonly terms: readonly TableTerm[];
  readonly selectors: readonly TableSelector[];
  readonly prefixLengths: readonly number[];
  /** Of each selector, which one of its identity it is. */
  readonly origins: readonly number[];
}

/** The terms of each selector of an identity. */
export type SelectorTerms = readonly (readonly ModelTerm[])[];

/** A selector whose terms have no numbers yet. */
interface PendingSelector {
  readonly owner: Owner;
  readonly origin: number;
  /** In their order. */
  readonly terms: readonly Term[];
  readonly lengths: readonly number[];
  /** Values of all terms. */
  readonly width: number;
}

/** The selectors of one identity. */
interface Owner {
  readonly number: number;
  readonly of: SelectorTerms;
  readonly drafts: readonly PendingSelector[];
}

/** The tables of a model's selectors. */
export function lowerSelectors({
  identities,
}: {
  readonly identities: readonly ModelIdentity[];
}): SelectorTables {
  return createSelectorLowering()(identities.map(termsOfSelectors));
}

/** The selector of a model that has a number in its tables. */
export function selectorAt(
  identities: readonly ModelIdentity[],
  { selectors, origins }: SelectorTables,
  number: number,
): ModelSelector | undefined {
  const identity = identities[selectors[number]?.identity ?? identities.length];
  return identity?.selectors[origins[number] ?? identity.selectors.length];
}

/** What of an identity its selectors' tables depend on. */
export function termsOfSelectors({ selectors }: ModelIdentity): SelectorTerms {
  return selectors.map(({ terms }) => terms);
}

/**
 * Numbers terms and selectors, and lists each selector under the rarest of its terms; for the selectors of all identities. The
 * function remembers the last ones: of an identity for which the same list is given, nothing is put in order again.
 */
export function createSelectorLowering(): (selectors: readonly SelectorTerms[]) => SelectorTables {
  const table = termTable();
  const drafts = orderedSet(comparePrecedence);
  let owners: readonly Owner[] = [];
  let last: SelectorTables | undefined;
  return (selectors) => {
    const before = owners;
    owners = selectors.map((of, number) => {
      const old = before[number];
      return old?.of === of ? old : makeOwner(number, of, table);
    });
    const { gone, come } = changesBetween(before, owners);
    for (const owner of gone) {
      for (const draft of owner.drafts) {
        drafts.remove(draft);
        for (const term of draft.terms) table.remove(term);
      }
    }
    for (const owner of come) for (const draft of owner.drafts) drafts.add(draft);
    last = numberTables(table, drafts.list(), last);
    return last;
  };
}

function makeOwner(number: number, of: SelectorTerms, table: TermTable): Owner {
  const drafts: PendingSelector[] = [];
  const owner: Owner = { number, of, drafts };
  for (const [origin, list] of of.entries()) {
    const terms = list.map(table.add).sort(compareTerms);
    let width = 0;
    let lengths: readonly number[] = [];
    for (const term of terms) {
      width += term.values.length;
      if (term.lengths.length > 0) lengths = [...lengths, ...term.lengths];
    }
    drafts.push({ owner, origin, terms, lengths, width });
  }
  return owner;
}

/**
 * More terms first; then longer prefixes; then fewer values; then the lower identity; then the lower terms. A selector that
 * demands strictly more than another always comes before it.
 */
function comparePrecedence(a: PendingSelector, b: PendingSelector): number {
  return (
    b.terms.length - a.terms.length ||
    // From the shortest prefix on, the longer one first: what demands strictly more then cannot come later.
    compareLists(a.lengths, b.lengths, (x, y) => y - x) ||
    a.width - b.width ||
    a.owner.number - b.owner.number ||
    compareLists(a.terms, b.terms, compareTerms)
  );
}

function numberTables(
  table: TermTable,
  ordered: readonly PendingSelector[],
  before: SelectorTables | undefined,
): SelectorTables {
  const terms = table.terms();
  const values = table.values();
  for (const [number, term] of terms.entries()) term.number = number;
  for (const [number, value] of values.entries()) value.number = number;
  // The same selector twice in one identity counts once.
  const drafts = ordered.filter((draft, i) => {
    const last = ordered[i - 1];
    return last === undefined || last.owner !== draft.owner || comparePrecedence(last, draft) !== 0;
  });
  const lengths = new Set(terms.flatMap(({ lengths: own }) => own));
  const postings = numberLists(
    terms.length,
    postingsOf(drafts, terms.length),
    before?.terms.map(({ selectors }) => selectors),
  );
  const termsOfValues = numberLists(
    values.length,
    (add) => {
      for (const { number, values: own } of terms) for (const value of own) add(value.number, number);
    },
    before?.values.map((value) => value.terms),
  );
  const termsOfDrafts = numberLists(
    drafts.length,
    (add) => {
      for (const [i, draft] of drafts.entries()) for (const { number } of draft.terms) add(i, number);
    },
    before?.selectors.map((selector) => selector.terms),
  );
  return {
    values: values.map(({ fact, data }, i) =>
      sameOr({ fact, data, terms: termsOfValues[i] ?? [] }, before?.values[i]),
    ),
    terms: postings.map((selectors, i) => {
      const fact = terms[i]?.fact ?? 'label';
      const flags = isOfAgent(terms[i]) ? TERM_FLAGS.agent : 0;
      return sameOr({ fact: FACTS[fact].number, flags, selectors }, before?.terms[i]);
    }),
    selectors: drafts.map(({ owner }, i) =>
      sameOr({ identity: owner.number, terms: termsOfDrafts[i] ?? [] }, before?.selectors[i]),
    ),
    prefixLengths: [...lengths].sort((a, b) => a - b),
    origins: drafts.map(({ origin }) => origin),
  };
}

/** Whether only the agent can tell whether a term holds. */
function isOfAgent(term: Term | undefined): boolean {
  return term?.fact === 'label' && term.values.some(({ data }) => !isKernelLabel(labelName(String(data))));
}

/** Adds each selector to the rarest of its terms. */
function postingsOf(drafts: readonly PendingSelector[], count: number): (add: AddNumber) => void {
  const uses = new Uint32Array(count);
  for (const { terms } of drafts) for (const { number } of terms) uses[number] = (uses[number] ?? 0) + 1;
  return (add) => {
    for (const [selector, { terms }] of drafts.entries()) {
      let rarest = terms[0]?.number;
      for (const { number } of terms) {
        if (rarest === undefined || (uses[number] ?? 0) < (uses[rarest] ?? 0)) rarest = number;
      }
      if (rarest !== undefined) add(rarest, selector);
    }
  };
}
