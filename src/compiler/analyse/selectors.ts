// SPDX-License-Identifier: Apache-2.0
// Selectors of different identities between which only the order of workload IDs decides.

import { FACTS } from '../../bundle/generated.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { changesBetween, memoMap } from '../incremental.ts';
import type { Model, ModelTerm } from '../resolve/types.ts';
import { type At, type Described, selectorOf, type Selectors } from './described.ts';
import { coversNodes, nodesMeet } from './nodes.ts';
import { sharesValue } from './overlap.ts';

interface Located extends Described {
  readonly at: At;
}

/** Two selectors: the other one wins. */
export interface Rivals {
  readonly kind: 'same' | 'overlap';
  readonly at: At;
  readonly other: At;
}

/** Other selectors with a value in common that one selector is compared with; more would be a policy that the kernel refuses. */
const MOST_COMPARED = 64;

/** A selector that is looked at. */
interface Watched {
  readonly of: Described;
  /** For each term of which a value must stand in another selector, how often its values stand in selectors. */
  readonly uses: readonly (readonly Uses[])[];
}

interface Uses {
  count: number;
}

/**
 * Selectors that never win because another identity has the same, and those that overlap with one of equal rank. The function
 * remembers the last selectors, and counts only the values of those that have changed.
 */
export function createSelectorCheck(): (selectors: Selectors) => readonly Rivals[] {
  const byFact = new Map<string, Map<number | string, Uses>>();
  const usesOf = (fact: string, value: number | string): Uses => {
    const ofFact = byFact.get(fact) ?? new Map<number | string, Uses>();
    byFact.set(fact, ofFact);
    const uses = ofFact.get(value) ?? { count: 0 };
    ofFact.set(value, uses);
    return uses;
  };
  const count = (own: readonly Described[], more: 1 | -1): void => {
    for (const { fact, values } of own.flatMap(({ terms }) => terms)) {
      for (const value of values) {
        const uses = usesOf(fact, value);
        uses.count += more;
        if (uses.count === 0) byFact.get(fact)?.delete(value);
      }
    }
  };
  const watch = memoMap((own: readonly Described[]) =>
    own.map((of): Watched => {
      const exact = of.terms.filter(({ fact }) => FACTS[fact].match !== 'prefix');
      const decisive = exact.length > 0 ? exact : of.terms;
      return { of, uses: decisive.map(({ fact, values }) => values.map((value) => usesOf(fact, value))) };
    }),
  );
  let last: Selectors = [];
  return (selectors) => {
    const { gone, come } = changesBetween(last, selectors);
    for (const own of come) count(own, 1);
    for (const own of gone) count(own, -1);
    last = selectors;
    return findRivals(withCompany(watch(selectors)));
  };
}

/**
 * The selectors that could be equal to another or overlap with it: those of which every term has a value that stands in another
 * selector too. In most policies they are few. Identities come in ascending order of workload ID: of two equals the earlier wins.
 */
function withCompany(selectors: readonly (readonly Watched[])[]): readonly Located[] {
  const found: Located[] = [];
  for (const [identity, own] of selectors.entries()) {
    for (const [selector, { of, uses }] of own.entries()) {
      if (uses.every((values) => values.some(({ count }) => count > 1)))
        found.push({ ...of, at: { identity, selector } });
    }
  }
  return found;
}

function findRivals(selectors: readonly Located[]): readonly Rivals[] {
  const found: Rivals[] = [];
  const same = new Map<string, Map<string, Located>>();
  const byValue = new Map<string, Located[]>();
  const ranks = new Map<string, number>();
  for (const located of selectors) {
    const key = JSON.stringify(located.terms.map(({ fact, values }) => [fact, values]));
    const equals = same.get(key) ?? new Map<string, Located>();
    const equal = covering(equals, located);
    if (equal !== undefined) {
      if (equal.at.identity !== located.at.identity)
        found.push({ kind: 'same', at: located.at, other: equal.at });
      continue;
    }
    same.set(key, equals.set(scopeOf(located), located));
    const names = listsOf(located, ranks);
    const rivals = rarestLists(
      located,
      names.map((name) => byValue.get(name) ?? []),
    );
    const rival = rivals
      .slice(0, MOST_COMPARED)
      .find(
        (other) =>
          other.at.identity !== located.at.identity &&
          overlap(other.terms, located.terms) &&
          nodesMeet(other.nodes, located.nodes),
      );
    if (rival !== undefined) found.push({ kind: 'overlap', at: located.at, other: rival.at });
    for (const name of names) {
      const list = byValue.get(name);
      if (list === undefined) byValue.set(name, [located]);
      else list.push(located);
    }
  }
  return found;
}

const EVERY_NODE = '';

function scopeOf({ nodes }: Located): string {
  return nodes === undefined ? EVERY_NODE : nodes.join(' ');
}

/** Of equal selectors by their scopes, one that holds on all nodes of another. */
function covering(equals: ReadonlyMap<string, Located>, located: Located): Located | undefined {
  const likely = equals.get(EVERY_NODE) ?? equals.get(scopeOf(located));
  if (likely !== undefined || equals.size > MOST_COMPARED) return likely;
  return [...equals.values()].find(({ nodes }) => coversNodes(nodes, located.nodes));
}

/** One name for each value: of the rank, the fact and the value. Only selectors of one rank meet under a name. */
function listsOf({ terms, facts, rank }: Located, ranks: Map<string, number>): readonly string[] {
  // A rank has as many lengths as there are values: each value gets its number.
  const whole = `${facts.join()} ${rank}`;
  const number = ranks.get(whole) ?? ranks.size;
  ranks.set(whole, number);
  return terms.flatMap(({ fact, values }) => values.map((value) => `${number} ${fact}=${value}`));
}

/**
 * The selectors under the values of one term: of that which has the fewest. Prefixes can overlap without being equal, so their
 * term is asked only when there is no other.
 */
function rarestLists({ terms }: Located, lists: readonly (readonly Located[])[]): readonly Located[] {
  let rarest: readonly (readonly Located[])[] | undefined;
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
  return a.every((term, i) => {
    const other = b[i];
    return other !== undefined && sharesValue(term, other);
  });
}

/** Rivals as diagnostics. */
export function describeRivals(model: Model, { kind, at, other }: Rivals): readonly Diagnostic[] {
  const loser = selectorOf(model, at);
  const winner = selectorOf(model, other);
  if (loser === undefined || winner === undefined) return [];
  const nameOf = ({ identity }: At): string => model.identities[identity]?.workloadId ?? '';
  const found = { severity: 'warning', range: loser.source } as const;
  switch (kind) {
    case 'same':
      return [
        {
          ...found,
          code: 'RTP1403',
          message: `the selector never wins: "${nameOf(other)}" has the same one`,
          why: `of two equal selectors the one with the lower workload ID takes precedence, so no process becomes "${nameOf(at)}" through it`,
          fix: 'require another fact in one of them',
          related: [{ range: winner.source, message: 'this one wins' }],
        },
      ];
    case 'overlap':
      return [
        {
          ...found,
          code: 'RTP1404',
          message: `a process can satisfy this selector and one of "${nameOf(other)}"`,
          why: `neither selector requires more, so the lower workload ID takes precedence: "${nameOf(other)}"`,
          fix: 'require another fact in the one that should take precedence',
          related: [{ range: winner.source, message: 'the other selector' }],
        },
      ];
  }
}
