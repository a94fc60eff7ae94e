// SPDX-License-Identifier: Apache-2.0
// Limits of the tables that find an identity.

import { FACTS, LIMITS } from '../../../bundle/generated.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { SelectorTables } from '../selectors.ts';

/** A diagnostic at a selector, by its number. */
export type SelectorDiagnostic = Omit<Diagnostic, 'range'> & { readonly selector: number };

/** An error for each limit that selectors, their values and their prefixes exceed. */
export function checkSelectorLimits(who: SelectorTables): readonly SelectorDiagnostic[] {
  return [...checkSelectors(who), ...checkPrefixes(who)];
}

function checkSelectors(who: SelectorTables): readonly SelectorDiagnostic[] {
  const found: SelectorDiagnostic[] = [];
  who.selectors.forEach((selector, number) => {
    if (selector.terms.length <= LIMITS.selectorTerms) return;
    const message = `the selector names ${selector.terms.length} facts; ${LIMITS.selectorTerms} are allowed`;
    found.push({ code: 'RTP1505', severity: 'error', selector: number, message, fix: 'name fewer facts' });
  });
  let firstOfTerm: readonly (number | undefined)[] | undefined;
  for (const { fact, data, terms } of who.values) {
    const candidates = terms.reduce((sum, term) => sum + (who.terms[term]?.selectors.length ?? 0), 0);
    if (candidates <= LIMITS.candidates && terms.length <= LIMITS.valueTerms) continue;
    firstOfTerm ??= firstSelectors(who);
    const selector = terms.map((term) => firstOfTerm?.[term]).find((number) => number !== undefined);
    if (selector === undefined) continue;
    const value = `${factName(fact)}: ${data}`;
    if (candidates > LIMITS.candidates) {
      found.push({
        code: 'RTP1504',
        severity: 'error',
        selector,
        message: `${candidates} selectors must be looked at when ${value}; ${LIMITS.candidates} are allowed`,
        fix: 'add a rarer fact to these selectors, such as process:binary:path',
      });
    } else {
      found.push({
        code: 'RTP1510',
        severity: 'error',
        selector,
        message: `${value} stands in ${terms.length} different lists of values; ${LIMITS.valueTerms} are allowed`,
        fix: 'write the same list wherever the same is meant, or one value in each selector',
      });
    }
  }
  return found;
}

/** For each term the first selector that has it. */
export function firstSelectors(who: SelectorTables): readonly (number | undefined)[] {
  const first: (number | undefined)[] = [];
  who.selectors.forEach((selector, number) => {
    for (const term of selector.terms) first[term] ??= number;
  });
  return first;
}

function factName(number: number): string {
  return Object.entries(FACTS).find(([, fact]) => fact.number === number)?.[0] ?? `fact ${number}`;
}

function checkPrefixes(who: SelectorTables): readonly SelectorDiagnostic[] {
  const found: SelectorDiagnostic[] = [];
  const prefixFacts = new Set<number>();
  for (const fact of Object.values(FACTS)) if (fact.match === 'prefix') prefixFacts.add(fact.number);
  // Values stand in ascending order, so those that a value begins with are the ones still on the stack.
  let stack: string[] = [];
  let lastFact = 0;
  for (const { fact, data, terms } of who.values) {
    if (!prefixFacts.has(fact) || typeof data !== 'string') continue;
    if (fact !== lastFact) stack = [];
    lastFact = fact;
    while (stack.length > 0 && !data.startsWith(stack.at(-1) ?? '')) stack.pop();
    stack.push(data);
    if (stack.length === LIMITS.prefixHits + 1) {
      const selector = firstSelectors(who)[terms[0] ?? 0];
      if (selector === undefined) continue;
      found.push({
        code: 'RTP1502',
        severity: 'error',
        selector,
        message: `${stack.length} values of ${factName(fact)} are prefixes of one another, from "${stack[0]}" on; ${LIMITS.prefixHits} are allowed`,
        fix: 'use fewer steps, or select by process:binary:path',
      });
    }
  }
  if (who.prefixLengths.length > LIMITS.prefixLengths) {
    const value = who.values.find(({ fact }) => prefixFacts.has(fact));
    const selector = firstSelectors(who)[value?.terms[0] ?? 0];
    const message = `the values of process:cmdline have ${who.prefixLengths.length} different lengths; ${LIMITS.prefixLengths} are allowed`;
    const fix = 'cut the values to common lengths, or select by process:binary:path';
    if (selector !== undefined) found.push({ code: 'RTP1503', severity: 'error', selector, message, fix });
  }
  return found;
}
