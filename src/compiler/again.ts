// SPDX-License-Identifier: Apache-2.0
// How a compiler that compiles again and again does anew what has changed, and no more. What has not changed is the same object
// as before, so that comparing references tells. Each of these keeps what it was given last, and what it gave for it.

/** Gives the last answer again when it is asked with the same arguments, compared as `Object.is` does. */
export function keepLast<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly result: R } | undefined;
  return (...args) => {
    if (last === undefined || !last.args.every((arg, i) => Object.is(arg, args[i])))
      last = { args, result: compute(...args) };
    return last.result;
  };
}

/**
 * Maps a list. What stood at the same place of the last list is not computed again. A result that is the `same` as the last one of
 * its place gives way to that, and a list of the same results to the last list.
 */
export function mapAgain<T, R>(
  compute: (item: T, place: number) => R,
  same: (now: R, before: R) => boolean = Object.is,
): (items: readonly T[]) => readonly R[] {
  let last: { readonly items: readonly T[]; readonly results: readonly R[] } = { items: [], results: [] };
  return (items) => {
    const before = last;
    let changed = items.length !== before.items.length;
    const results = items.map((item, place) => {
      const known = place < before.items.length;
      const old = before.results[place] as R;
      if (known && item === before.items[place]) return old;
      const now = compute(item, place);
      if (known && same(now, old)) return old;
      changed = true;
      return now;
    });
    last = { items, results: changed ? results : before.results };
    return last.results;
  };
}

/** What one list has and the other has not, each as often as it is missing. Costs little where most is at the same place. */
export function changesBetween<T>(
  before: readonly T[],
  now: readonly T[],
): { readonly gone: readonly T[]; readonly come: readonly T[] } {
  const gone: T[] = [];
  const come: T[] = [];
  const length = Math.max(before.length, now.length);
  for (let i = 0; i < length; i++) {
    if (before[i] === now[i] && i < before.length && i < now.length) continue;
    if (i < before.length) gone.push(before[i] as T);
    if (i < now.length) come.push(now[i] as T);
  }
  return { gone, come };
}

/** Items in order, each once however often it was added. */
export interface OrderedSet<T> {
  /** Whether it is new. */
  readonly add: (item: T) => boolean;
  /** Whether that was the last one of those that were added. */
  readonly remove: (item: T) => boolean;
  /** The same list as before if nothing came or went. */
  readonly list: () => readonly T[];
}

/** An empty set. Items of which neither comes before the other must not differ in anything that matters. */
export function orderedSet<T>(compare: (a: T, b: T) => number): OrderedSet<T> {
  const counts = new Map<T, number>();
  let list: readonly T[] = [];
  const come = new Set<T>();
  const gone = new Set<T>();
  return {
    add(item) {
      const count = counts.get(item) ?? 0;
      counts.set(item, count + 1);
      if (count === 0 && !gone.delete(item)) come.add(item);
      return count === 0;
    },
    remove(item) {
      const count = counts.get(item) ?? 0;
      if (count > 1) counts.set(item, count - 1);
      else if (counts.delete(item) && !come.delete(item)) gone.add(item);
      return count === 1;
    },
    list() {
      if (gone.size > 0) list = list.filter((item) => !gone.has(item));
      // Nearly all of it is in order already, of which a merge sort makes use.
      if (come.size > 0) list = [...list, ...come].sort(compare);
      gone.clear();
      come.clear();
      return list;
    },
  };
}

/** Objects that are told by their keys. */
export interface InternedSet<T> {
  /** The object with the key, made when there is none; counted once more. */
  readonly add: (key: string, make: (key: string) => T) => T;
  /** Counts it once less. Whether that was the last time: then it is forgotten. */
  readonly remove: (key: string) => boolean;
  readonly find: (key: string) => T | undefined;
  /** In order; the same list as before if nothing came or went. */
  readonly list: () => readonly T[];
}

/** An empty set. */
export function internedSet<T extends { readonly key: string }>(
  compare: (a: T, b: T) => number,
): InternedSet<T> {
  const known = new Map<string, T>();
  const set = orderedSet(compare);
  return {
    add(key, make) {
      let item = known.get(key);
      if (item === undefined) known.set(key, (item = make(key)));
      set.add(item);
      return item;
    },
    remove(key) {
      const item = known.get(key);
      const last = item !== undefined && set.remove(item);
      if (last) known.delete(key);
      return last;
    },
    find: (key) => known.get(key),
    list: set.list,
  };
}
