// SPDX-License-Identifier: Apache-2.0
// Selectors in terms of dimensions, and which of them both sides have.

import { FACTS, type FactName } from '../../bundle/generated.ts';
import type { TermView } from '../../bundle/view.ts';
import { findFact } from '../../schema/facts/table.ts';
import { type Cells, cellsOf, intersectCells, rangesOf } from '../space/cells.ts';
import type { Direction } from '../what/tests.ts';
import type { Side } from '../sides/side.ts';
import { DIMENSION, type NumberName, type TextName, type Space, type SpaceParts } from '../space/space.ts';

/** A selector of one side. */
export interface PlainSelector {
  /** Its number: of all that match, the lowest wins. */
  readonly number: number;
  readonly workloadId: string;
  readonly terms: readonly TermView[];
  /** The same for selectors of either side with the same terms and workload ID. */
  readonly key: string;
}

/** A selector as it applies to connections of one direction. */
export interface Selector extends PlainSelector {
  readonly restricted: readonly { readonly dimension: number; readonly cells: Cells }[];
  /** The process must have one label of each list. */
  readonly labels: readonly (readonly string[])[];
}

/** The selectors of a side in order of precedence. */
export function plainSelectors({ view }: Side): readonly PlainSelector[] {
  return view.identities
    .flatMap(({ workloadId, selectors }) =>
      selectors.map(({ number, terms }) => ({
        number,
        workloadId,
        terms,
        key: JSON.stringify([
          workloadId,
          ...terms.map((term) => JSON.stringify([term.fact, term.values])).sort(),
        ]),
      })),
    )
    .sort((a, b) => a.number - b.number);
}

type Lookup =
  | { readonly kind: 'number'; readonly name: NumberName }
  | { readonly kind: 'text'; readonly name: TextName }
  | { readonly kind: 'address' }
  | { readonly kind: 'never' | 'direction' | 'label' };

/** Where a fact is looked up in a connection of this direction. */
function lookupOf(fact: FactName, direction: Direction): Lookup {
  const never = { kind: 'never' } as const;
  switch (fact) {
    case 'process:name':
      return { kind: 'text', name: 'name' };
    case 'process:binary:path':
      return { kind: 'text', name: 'path' };
    case 'process:cmdline':
      return { kind: 'text', name: 'cmdline' };
    case 'process:uid':
      return { kind: 'number', name: 'uid' };
    case 'process:gid':
      return { kind: 'number', name: 'gid' };
    case 'destination:port':
      return direction === 'out' ? { kind: 'number', name: 'port' } : never;
    case 'source:port':
      return direction === 'in' ? { kind: 'number', name: 'port' } : never;
    case 'destination:ip':
      return direction === 'out' ? { kind: 'address' } : never;
    case 'source:ip':
      return direction === 'in' ? { kind: 'address' } : never;
    case 'label':
    case 'direction':
      return { kind: fact };
  }
}

/** Partitions the space at the values of selectors. */
export function cutBySelectors(
  selectors: readonly PlainSelector[],
  direction: Direction,
  parts: SpaceParts,
): void {
  for (const { terms } of selectors) {
    for (const { fact, values } of terms) {
      const lookup = lookupOf(fact, direction);
      for (const value of values) {
        if (lookup.kind === 'number') parts[lookup.name].cut(Number(value), Number(value));
        else if (lookup.kind === 'text') parts[lookup.name].cut(testOf(fact), String(value));
        else if (lookup.kind === 'address') parts.address.cut(String(value), String(value));
      }
    }
  }
}

function testOf(fact: FactName): 'equal' | 'starts' {
  return FACTS[fact].match === 'prefix' ? 'starts' : 'equal';
}

/** Selectors in terms of a space partitioned by them, without those that never match in this direction. */
export function selectorsIn(
  space: Space,
  selectors: readonly PlainSelector[],
  direction: Direction,
): readonly Selector[] {
  const directionNumber = direction === 'out' ? 0 : 1;
  return selectors.flatMap((selector): readonly Selector[] => {
    const restricted = new Map<number, Cells>();
    const labels: (readonly string[])[] = [];
    const restrict = (dimension: number, ranges: readonly Cells[]): void => {
      const cells = cellsOf(ranges.flatMap(rangesOf));
      const before = restricted.get(dimension);
      restricted.set(dimension, before === undefined ? cells : intersectCells(before, cells));
    };
    for (const { fact, values } of selector.terms) {
      const lookup = lookupOf(fact, direction);
      switch (lookup.kind) {
        case 'never':
          return [];
        case 'direction':
          if (!values.includes(directionNumber)) return [];
          break;
        case 'label':
          labels.push(values.map(String));
          break;
        case 'number': {
          const { range } = space[lookup.name];
          restrict(
            DIMENSION[lookup.name],
            values.map((value) => range(Number(value), Number(value))),
          );
          break;
        }
        case 'text': {
          const { passing } = space[lookup.name];
          restrict(
            DIMENSION[lookup.name],
            values.map((value) => passing(testOf(fact), String(value))),
          );
          break;
        }
        case 'address':
          restrict(
            DIMENSION.address,
            values.map((value) => space.address.range(String(value), String(value))),
          );
      }
    }
    return [
      {
        ...selector,
        restricted: Array.from(restricted, ([dimension, cells]) => ({ dimension, cells })),
        labels,
      },
    ];
  });
}

/** The name in a label `name=value`, if a process has at most one value of that fact. */
export function singleName(label: string): string | undefined {
  const name = label.slice(0, label.indexOf('='));
  const fact = findFact(name);
  return fact === undefined || fact.many ? undefined : name;
}

/**
 * The keys of selectors that both sides have in the same order of precedence. Where only such selectors match, both sides choose
 * the same one.
 */
export function commonKeys(
  before: readonly PlainSelector[],
  after: readonly PlainSelector[],
): ReadonlySet<string> {
  const positions = new Map<string, number>();
  // Of two that are the same, the first always wins.
  after.forEach(({ key }, position) => positions.has(key) || positions.set(key, position));
  const shared = before.flatMap(({ key }) => {
    const position = positions.get(key);
    return position === undefined ? [] : [{ key, position }];
  });
  return new Set(longestRising(shared).map(({ key }) => key));
}

/** The longest subsequence with rising positions (patience sorting). */
function longestRising<T extends { readonly position: number }>(list: readonly T[]): readonly T[] {
  const ends: T[] = [];
  const previous = new Map<T, T>();
  for (const item of list) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle]?.position ?? 0) < item.position) low = middle + 1;
      else high = middle;
    }
    const before = ends[low - 1];
    if (before !== undefined) previous.set(item, before);
    ends[low] = item;
  }
  const rising: T[] = [];
  for (let item = ends.at(-1); item !== undefined; item = previous.get(item)) rising.push(item);
  return rising.reverse();
}
