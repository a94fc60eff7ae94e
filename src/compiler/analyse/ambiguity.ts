// SPDX-License-Identifier: Apache-2.0
// Selectors by different facts between which only the order of workload IDs decides: a process may fulfil both, and neither
// demands more. Policies select by few sets of facts, so selectors are grouped by them and groups are compared.

import { FACTS } from '../../bundle/generated.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Model, ModelTerm } from '../resolve/types.ts';
import { type At, type Described, factOf, selectorOf, type Selectors } from './described.ts';
import { findFact } from '../../schema/facts/table.ts';
import { nodesMeet } from './nodes.ts';
import { canBothHold } from './overlap.ts';

/** Groups that are compared with each other; a policy with more is not looked at further. */
const MOST_GROUPS = 64;
/** Selectors of one group that are compared with those of another. */
const MOST_COMPARED = 256;

interface Located extends Described {
  readonly at: At;
}

/** Selectors by the same facts, and of the same rank. */
interface Group {
  readonly facts: readonly string[];
  /** What precedence is decided by before the workload ID. */
  readonly rank: string;
  readonly selectors: Located[];
}

/** For each two groups the first two selectors that meet. */
export function findAmbiguity(selectors: Selectors): readonly (readonly [At, At])[] {
  const groups = [...groupsOf(selectors).values()];
  if (groups.length > MOST_GROUPS) return [];
  return groups.flatMap((group, i) =>
    groups.slice(i + 1).flatMap((other): readonly (readonly [At, At])[] => {
      if (group.rank !== other.rank || group.facts.length !== other.facts.length) return [];
      const met = meeting(group, other);
      return met === undefined ? [] : [met];
    }),
  );
}

function groupsOf(selectors: Selectors): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  // Nearly all selectors are of the same group as the one before.
  let last: { readonly of: Described; readonly group: Group } | undefined;
  for (const [identity, own] of selectors.entries()) {
    for (const [selector, described] of own.entries()) {
      const group =
        last !== undefined && isSameGroup(last.of, described) ? last.group : groupOf(groups, described);
      last = { of: described, group };
      if (group.selectors.length < MOST_COMPARED)
        group.selectors.push({ ...described, at: { identity, selector } });
    }
  }
  return groups;
}

function isSameGroup(a: Described, b: Described): boolean {
  return (
    a.rank === b.rank && a.facts.length === b.facts.length && a.facts.every((fact, i) => fact === b.facts[i])
  );
}

function groupOf(groups: Map<string, Group>, { facts, rank }: Described): Group {
  const key = `${rank} ${facts.join()}`;
  const group = groups.get(key) ?? { facts, rank, selectors: [] };
  groups.set(key, group);
  return group;
}

/** The first two selectors, of different identities, that one process can fulfil. */
function meeting(group: Group, other: Group): readonly [At, At] | undefined {
  const shared = group.facts.filter((fact) => other.facts.includes(fact));
  const candidates = candidatesOf(
    other,
    shared.find((fact) => isExact(fact)),
  );
  for (const one of group.selectors) {
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

/** The selectors of a group that have a value of a fact in common with another; all of them without a fact. */
function candidatesOf(group: Group, fact: string | undefined): (other: Located) => readonly Located[] {
  if (fact === undefined) return () => group.selectors;
  const byValue = new Map<number | string, Located[]>();
  for (const located of group.selectors) {
    for (const value of termsOf(located, fact).flatMap(
      ({ values }): readonly (number | string)[] => values,
    )) {
      const list = byValue.get(value);
      if (list === undefined) byValue.set(value, [located]);
      else list.push(located);
    }
  }
  return (other) =>
    termsOf(other, fact)
      .flatMap(({ values }): readonly (number | string)[] => values)
      .flatMap((value) => byValue.get(value) ?? []);
}

function termsOf({ terms }: Located, fact: string): readonly ModelTerm[] {
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
      why: `they require different facts and neither requires more, so the lower workload ID takes precedence: "${name}"`,
      fix: 'require another fact in the one that should take precedence',
      related: [{ range: winner.source, message: 'the other selector' }],
    },
  ];
}
