// SPDX-License-Identifier: Apache-2.0
// Selectors by different facts between which only the order of workload IDs decides: a process may fulfil both, and neither
// demands more. Policies select in few ways, so ways are compared and not selectors.

import { FACTS } from '../../bundle/generated.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Model, ModelTerm } from '../resolve/types.ts';
import { type At, type Described, factOf, selectorOf, type Selectors } from './described.ts';
import { findFact } from '../../schema/facts/table.ts';
import { nodesMeet } from './nodes.ts';
import { canBothHold } from './overlap.ts';

/** Different ways to select that are compared with each other; a policy with more is not looked at further. */
const MOST_WAYS = 64;
/** Selectors of one way that are compared with those of another. */
const MOST_COMPARED = 256;

interface Placed extends Described {
  readonly at: At;
}

interface Way {
  readonly facts: readonly string[];
  /** What precedence is decided by before the workload ID. */
  readonly rank: string;
  readonly selectors: Placed[];
}

/** For each two ways to select the first two selectors that meet. */
export function findAmbiguity(selectors: Selectors): readonly (readonly [At, At])[] {
  const ways = [...waysOf(selectors).values()];
  if (ways.length > MOST_WAYS) return [];
  return ways.flatMap((way, i) =>
    ways.slice(i + 1).flatMap((other): readonly (readonly [At, At])[] => {
      if (way.rank !== other.rank || way.facts.length !== other.facts.length) return [];
      const met = meeting(way, other);
      return met === undefined ? [] : [met];
    }),
  );
}

function waysOf(selectors: Selectors): ReadonlyMap<string, Way> {
  const ways = new Map<string, Way>();
  // Nearly all selectors are of the same way as the one before.
  let last: { readonly of: Described; readonly way: Way } | undefined;
  for (const [identity, own] of selectors.entries()) {
    for (const [selector, described] of own.entries()) {
      const way = last !== undefined && isSameWay(last.of, described) ? last.way : wayOf(ways, described);
      last = { of: described, way };
      if (way.selectors.length < MOST_COMPARED)
        way.selectors.push({ ...described, at: { identity, selector } });
    }
  }
  return ways;
}

function isSameWay(a: Described, b: Described): boolean {
  return (
    a.rank === b.rank && a.facts.length === b.facts.length && a.facts.every((fact, i) => fact === b.facts[i])
  );
}

function wayOf(ways: Map<string, Way>, { facts, rank }: Described): Way {
  const key = `${rank} ${facts.join()}`;
  const way = ways.get(key) ?? { facts, rank, selectors: [] };
  ways.set(key, way);
  return way;
}

/** The first two selectors, of different identities, that one process can fulfil. */
function meeting(way: Way, other: Way): readonly [At, At] | undefined {
  const shared = way.facts.filter((fact) => other.facts.includes(fact));
  const candidates = candidatesOf(
    other,
    shared.find((fact) => isExact(fact)),
  );
  for (const one of way.selectors) {
    const rival = candidates(one).find(
      (two) =>
        two.at.identity !== one.at.identity &&
        canBothHold([...one.terms, ...two.terms]) &&
        shared.every((fact) => canBothHold([...termsOf(one, fact), ...termsOf(two, fact)])) &&
        nodesMeet(one.nodes, two.nodes),
    );
    if (rival !== undefined) return [one.at, rival.at];
  }
  return undefined;
}

/** Whether two selectors meet only if they have a value of the fact in common. */
function isExact(name: string): boolean {
  const fact = findFact(name);
  if (fact === undefined || fact.many) return false;
  return fact.native === undefined || FACTS[fact.native].match !== 'prefix';
}

/** The selectors of a way that have a value of a fact in common with another; all of them without a fact. */
function candidatesOf(way: Way, fact: string | undefined): (other: Placed) => readonly Placed[] {
  if (fact === undefined) return () => way.selectors;
  const byValue = new Map<number | string, Placed[]>();
  for (const placed of way.selectors) {
    for (const value of termsOf(placed, fact).flatMap(({ values }): readonly (number | string)[] => values)) {
      const list = byValue.get(value);
      if (list === undefined) byValue.set(value, [placed]);
      else list.push(placed);
    }
  }
  return (other) =>
    termsOf(other, fact)
      .flatMap(({ values }): readonly (number | string)[] => values)
      .flatMap((value) => byValue.get(value) ?? []);
}

function termsOf({ terms }: Placed, fact: string): readonly ModelTerm[] {
  return terms.filter((term) => factOf(term) === fact);
}

/** Two selectors that meet as a diagnostic. */
export function describeAmbiguity(model: Model, met: readonly [At, At]): readonly Diagnostic[] {
  // Identities come in ascending order of workload ID.
  const [win, lose] = met[0].identity < met[1].identity ? met : [met[1], met[0]];
  const winner = selectorOf(model, win);
  const loser = selectorOf(model, lose);
  if (winner === undefined || loser === undefined) return [];
  const name = model.identities[win.identity]?.workloadId ?? '';
  return [
    {
      code: 'RTP1404',
      severity: 'warning',
      range: loser.source,
      message: `a process can satisfy this selector and one of "${name}"`,
      why: `they ask for other facts and neither demands more, so the lower workload ID takes precedence: "${name}"`,
      fix: 'demand something more in the one that should win',
      related: [{ range: winner.source, message: 'the other selector' }],
    },
  ];
}
