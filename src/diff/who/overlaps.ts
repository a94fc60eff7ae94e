// SPDX-License-Identifier: Apache-2.0
// Which selectors may match the same process: an index, so that not every pair is compared.

import { countCells, meetCells, rangesOf } from '../space/cells.ts';
import { type Selector, singleName } from './selectors.ts';

/** What makes two selectors disjoint: values of a dimension, or of a fact with at most one value. */
interface Facet {
  readonly name: string;
  readonly values: readonly string[];
}

/** A selector with more values than this is not indexed by them. */
const FEW_VALUES = 64;

/** Facets of a selector; one with too many values has none. */
function facetsOf({ restricted, labels }: Pick<Selector, 'restricted' | 'labels'>): readonly Facet[] {
  const facets: Facet[] = restricted.flatMap(({ dimension, cells }) =>
    countCells(cells) > FEW_VALUES
      ? []
      : [
          {
            name: String(dimension),
            values: rangesOf(cells).flatMap(([from, to]) =>
              Array.from({ length: to - from }, (_, i) => String(from + i)),
            ),
          },
        ],
  );
  for (const values of labels) {
    const names = new Set(values.map(singleName));
    const [name] = names;
    if (names.size === 1 && name !== undefined && values.length <= FEW_VALUES) facets.push({ name, values });
  }
  return facets;
}

/** Finds the selectors that may match together with another one, in time proportional to their number. */
export type FindOverlaps = (with_: Pick<Selector, 'restricted' | 'labels'>) => readonly Selector[];

export function startFindingOverlaps(selectors: readonly Selector[]): FindOverlaps {
  const byValue = new Map<string, Map<string, Selector[]>>();
  const having = new Map<string, Set<Selector>>();
  for (const selector of selectors) {
    for (const { name, values } of facetsOf(selector)) {
      const own = byValue.get(name) ?? new Map<string, Selector[]>();
      byValue.set(name, own);
      for (const value of values) {
        const list = own.get(value);
        if (list === undefined) own.set(value, [selector]);
        else list.push(selector);
      }
      const set = having.get(name) ?? new Set();
      having.set(name, set.add(selector));
    }
  }
  const without = new Map<string, readonly Selector[]>();
  const lacking = (name: string): readonly Selector[] => {
    const known = without.get(name);
    if (known !== undefined) return known;
    const set = having.get(name);
    const list = set === undefined ? selectors : selectors.filter((selector) => !set.has(selector));
    without.set(name, list);
    return list;
  };
  return (other) => {
    let best: readonly (readonly Selector[])[] = [selectors];
    let fewest = selectors.length;
    for (const { name, values } of facetsOf(other)) {
      const lists = [lacking(name), ...values.map((value) => byValue.get(name)?.get(value) ?? [])];
      const count = lists.reduce((sum, list) => sum + list.length, 0);
      if (count < fewest) [best, fewest] = [lists, count];
    }
    const found = new Set(best.flat().filter((selector) => mayMeet(selector, other)));
    return [...found].sort((a, b) => a.number - b.number);
  };
}

function mayMeet(
  a: Pick<Selector, 'restricted' | 'labels'>,
  b: Pick<Selector, 'restricted' | 'labels'>,
): boolean {
  return a.restricted.every(({ dimension, cells }) => {
    const other = b.restricted.find((term) => term.dimension === dimension);
    return other === undefined || meetCells(cells, other.cells);
  });
}
