// SPDX-License-Identifier: Apache-2.0
// Selectors of different identities between which only the order of workload IDs decides.

import { FACTS } from '../../bundle/generated.ts';
import { compareText, textLength } from '../../bundle/text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Model, ModelIdentity, ModelSelector, ModelTerm } from '../resolve/types.ts';

interface Placed {
  readonly identity: ModelIdentity;
  readonly selector: ModelSelector;
  /** By fact. */
  readonly terms: readonly ModelTerm[];
}

/** Other selectors with a value in common that one selector is compared with; more would be a policy that the kernel refuses. */
const MOST_COMPARED = 64;

/** Selectors that never win because another identity has the same, and those that overlap with one of equal rank. */
export function checkSelectors(model: Model): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const same = new Map<string, Placed>();
  const byValue = new Map<string, Placed[]>();
  for (const placed of selectorsWithCompany(model)) {
    const key = JSON.stringify(placed.terms.map(({ fact, values }) => [fact, values]));
    const equal = same.get(key);
    if (equal !== undefined) {
      if (equal.identity !== placed.identity) diagnostics.push(neverWins(placed, equal));
      continue;
    }
    same.set(key, placed);
    const names = listsOf(placed);
    const rivals = rarestLists(
      placed,
      names.map((name) => byValue.get(name) ?? []),
    );
    const rival = rivals
      .slice(0, MOST_COMPARED)
      .find((other) => other.identity !== placed.identity && overlap(other.terms, placed.terms));
    if (rival !== undefined) diagnostics.push(overlaps(placed, rival));
    for (const name of names) {
      const list = byValue.get(name);
      if (list === undefined) byValue.set(name, [placed]);
      else list.push(placed);
    }
  }
  return diagnostics;
}

/**
 * The selectors that could be equal to another or overlap with it: those of which every term has a value that stands in another
 * selector too. In most policies they are few. Identities come in ascending order of workload ID: of two equals the earlier wins.
 */
function selectorsWithCompany({ identities }: Model): readonly Placed[] {
  const uses = new Map<string, Map<number | string, number>>();
  for (const { fact, values } of identities.flatMap(({ selectors }) =>
    selectors.flatMap(({ terms }) => terms),
  )) {
    const ofFact = uses.get(fact) ?? new Map<number | string, number>();
    uses.set(fact, ofFact);
    for (const value of values) ofFact.set(value, (ofFact.get(value) ?? 0) + 1);
  }
  const isShared = ({ fact, values }: ModelTerm): boolean => {
    const ofFact = uses.get(fact);
    return values.some((value) => (ofFact?.get(value) ?? 0) > 1);
  };
  return identities.flatMap((identity) =>
    identity.selectors.flatMap((selector): readonly Placed[] => {
      const exact = selector.terms.filter(({ fact }) => FACTS[fact].match !== 'prefix');
      if (!(exact.length > 0 ? exact : selector.terms).every(isShared)) return [];
      return [{ identity, selector, terms: sortTerms(selector.terms) }];
    }),
  );
}

/** By fact; labels by their names. */
export function sortTerms(terms: readonly ModelTerm[]): readonly ModelTerm[] {
  return terms.toSorted(
    (a, b) => FACTS[a.fact].number - FACTS[b.fact].number || compareText(factOf(a), factOf(b)),
  );
}

/** The name of the fact as a policy has it. */
export function factOf({ fact, values }: ModelTerm): string {
  if (fact !== 'label') return fact;
  const [first = ''] = values;
  return String(first).split('=', 1)[0] ?? '';
}

/** One name for each value: of the rank, the fact and the value. Only selectors of one rank meet under a name. */
function listsOf({ terms }: Placed): readonly string[] {
  const rank = rankOf(terms);
  return terms.flatMap(({ fact, values }) => values.map((value) => `${rank} ${fact}=${value}`));
}

/** The same for selectors of which neither takes precedence but by the workload ID: the facts, and how many values they have. */
function rankOf(terms: readonly ModelTerm[]): string {
  const lengths = terms.flatMap(({ fact, values }) =>
    FACTS[fact].match === 'prefix' ? values.map((value) => textLength(String(value))) : [],
  );
  const width = terms.reduce((sum, { values }) => sum + values.length, 0);
  return `${terms.map(factOf).join()} ${lengths.sort((a, b) => a - b).join()} ${width}`;
}

/**
 * The selectors under the values of one term: of that which has the fewest. Prefixes can overlap without being equal, so their
 * term is asked only when there is no other.
 */
function rarestLists({ terms }: Placed, lists: readonly (readonly Placed[])[]): readonly Placed[] {
  let rarest: readonly (readonly Placed[])[] | undefined;
  let fewest = Infinity;
  let first = 0;
  const exact = terms.some(({ fact }) => FACTS[fact].match !== 'prefix');
  for (const { fact, values } of terms) {
    const own = lists.slice(first, first + values.length);
    first += values.length;
    if (exact && FACTS[fact].match === 'prefix') continue;
    const count = own.reduce((sum, list) => sum + list.length, 0);
    if (count < fewest) {
      fewest = count;
      rarest = own;
    }
  }
  return (rarest ?? []).flatMap((list) => list.slice(0, MOST_COMPARED));
}

/** Whether one process can satisfy both. The terms are of the same facts. */
function overlap(a: readonly ModelTerm[], b: readonly ModelTerm[]): boolean {
  return a.every(({ fact, values }, i) => {
    const others = b[i]?.values ?? [];
    if (FACTS[fact].match !== 'prefix') {
      const known = new Set<number | string>(others);
      return values.some((value) => known.has(value));
    }
    return values.some((value) =>
      others.some(
        (other) => String(value).startsWith(String(other)) || String(other).startsWith(String(value)),
      ),
    );
  });
}

function neverWins({ identity, selector }: Placed, other: Placed): Diagnostic {
  return {
    code: 'RTP1403',
    severity: 'warning',
    range: selector.source,
    message: `the selector never wins: "${other.identity.workloadId}" has the same one`,
    why: `of two equals the lower workload ID takes precedence, so no process becomes "${identity.workloadId}" by it`,
    fix: 'demand something more in one of them',
    related: [{ range: other.selector.source, message: 'this one wins' }],
  };
}

function overlaps({ selector }: Placed, other: Placed): Diagnostic {
  return {
    code: 'RTP1404',
    severity: 'warning',
    range: selector.source,
    message: `a process can satisfy this selector and one of "${other.identity.workloadId}"`,
    why: `neither selector demands more, so the lower workload ID takes precedence: "${other.identity.workloadId}"`,
    fix: 'demand something more in the one that should win',
    related: [{ range: other.selector.source, message: 'the other selector' }],
  };
}
