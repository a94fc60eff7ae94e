// SPDX-License-Identifier: Apache-2.0
// How a compiler that compiles again and again does anew what has changed, and no more. What has not changed is the same object
// as before, so that comparing references tells. Each of these keeps what it was given last, and what it gave for it.
//
// Items and results can be anything, undefined too. Where an index is known to be in a list, a cast says so.

import type { Diagnostic } from '../diagnostics/diagnostic.ts';

/** Gives the last answer again when it is asked with the same arguments, compared as `Object.is` does. */
export function memoLast<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly result: R } | undefined;
  return (...args) => {
    if (last === undefined || !last.args.every((arg, i) => Object.is(arg, args[i])))
      last = { args, result: compute(...args) };
    return last.result;
  };
}

/**
 * Maps a list. What stood at the same index of the last list, counted from its start or from its end, is not computed again. A
 * result that is the `same` as the last one of its index gives way to that, and a list of the same results to the last list.
 */
export function memoMap<T extends object, R>(
  compute: (item: T) => R,
  same: (now: R, before: R) => boolean = Object.is,
): (items: readonly T[]) => readonly R[] {
  let last: { readonly items: readonly T[]; readonly results: readonly R[] } = { items: [], results: [] };
  return (items) => {
    const { items: before, results: known } = last;
    if (items === before) return known;
    const longer = items.length - before.length;
    let results: R[] | undefined = longer === 0 ? undefined : [];
    for (let index = 0; index < items.length; index++) {
      const item = items[index] as T;
      if (longer === 0) {
        if (item === before[index]) continue;
        const now = compute(item);
        if (same(now, known[index] as R)) continue;
        results ??= known.slice();
        results[index] = now;
      } else {
        const from = item === before[index] ? index : index - longer;
        results?.push(item === before[from] ? (known[from] as R) : compute(item));
      }
    }
    last = { items, results: results ?? known };
    return last.results;
  };
}

/** How many items share the answer to whether anything has changed. */
const STRETCH = 256;

interface Flat<T, R> {
  readonly items: readonly T[];
  /** Of each stretch. */
  readonly parts: readonly (readonly R[])[];
  readonly results: readonly R[];
}

/** Maps each item to a list, and joins the lists. Stretches in which nothing has changed are not computed again. */
export function memoFlatMap<T extends object, R>(
  compute: (item: T) => readonly R[],
): (items: readonly T[]) => readonly R[] {
  let last: Flat<T, R> = { items: [], parts: [], results: [] };
  return (items) => {
    if (items === last.items) return last.results;
    const before = last.items;
    const parts: (readonly R[])[] = [];
    for (let from = 0; from < items.length; from += STRETCH) {
      const old = last.parts[parts.length];
      const to = Math.min(from + STRETCH, items.length);
      if (old !== undefined && isKnownStretch(items, before, from, to)) parts.push(old);
      else {
        const part = items.slice(from, to).flatMap(compute);
        const stays = part.length === old?.length && isSameStretch(part, old, 0, part.length);
        parts.push(stays ? old : part);
      }
    }
    last = { items, parts, results: joinParts(parts, last) };
    return last.results;
  };
}

/** One answer about a whole list, joined from those about its stretches; `empty` is that about no items. */
export function memoFold<T extends object, R>(
  compute: (items: readonly T[]) => R,
  join: (a: R, b: R) => R,
  empty: R,
): (items: readonly T[]) => R {
  let last: { readonly items: readonly T[]; readonly parts: readonly R[]; readonly result: R } = {
    items: [],
    parts: [],
    result: empty,
  };
  return (items) => {
    if (items === last.items) return last.result;
    const parts: R[] = [];
    for (let from = 0; from < items.length; from += STRETCH) {
      const to = Math.min(from + STRETCH, items.length);
      const same = isKnownStretch(items, last.items, from, to);
      parts.push(same ? (last.parts[parts.length] as R) : compute(items.slice(from, to)));
    }
    last = { items, parts, result: parts.reduce(join, empty) };
    return last.result;
  };
}

/** All parts as one list; where no length has changed it is a copy in which little is written. */
function joinParts<T, R>(parts: readonly (readonly R[])[], last: Flat<T, R>): readonly R[] {
  if (parts.length !== last.parts.length) return ([] as R[]).concat(...parts);
  let results: R[] | undefined;
  let index = 0;
  for (const [i, part] of parts.entries()) {
    const old = last.parts[i];
    if (part !== old) {
      if (part.length !== old?.length) return ([] as R[]).concat(...parts);
      results ??= last.results.slice();
      for (const [k, result] of part.entries()) results[index + k] = result;
    }
    index += part.length;
  }
  return results ?? last.results;
}

/** Whether a stretch is one of the list before: that may have ended elsewhere. */
function isKnownStretch(
  now: readonly unknown[],
  before: readonly unknown[],
  from: number,
  to: number,
): boolean {
  return Math.min(from + STRETCH, before.length) === to && isSameStretch(now, before, from, to);
}

/** Whether two lists have the same items from one index to another. */
function isSameStretch(a: readonly unknown[], b: readonly unknown[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `memoMap` for what reports diagnostics: those of an item that is not looked at again are reported again. */
export function memoCheck<T extends object, R, C extends { readonly diagnostics: Diagnostic[] }>(
  compute: (item: T, context: C) => R,
): (items: readonly T[], context: C) => readonly R[] {
  let context: C | undefined;
  const check = memoMap((item: T): { readonly value: R; readonly found: readonly Diagnostic[] } => {
    if (context === undefined) throw new Error('nothing is looked at between two calls');
    const from = context.diagnostics.length;
    const value = compute(item, context);
    return { value, found: context.diagnostics.slice(from) };
  });
  const valuesOf = memoMap(({ value }: ReturnType<typeof check>[number]) => value);
  const diagnosticsOf = memoFlatMap(({ found }: ReturnType<typeof check>[number]) => found);
  return (items, within) => {
    context = within;
    const from = within.diagnostics.length;
    const results = check(items);
    // While it ran, there were only those of what was looked at.
    within.diagnostics.length = from;
    for (const diagnostic of diagnosticsOf(results)) within.diagnostics.push(diagnostic);
    return valuesOf(results);
  };
}

/** What one list has and the other has not, each as often as it is missing. Costs little where most is at the same index. */
export function changesBetween<T>(
  before: readonly T[],
  now: readonly T[],
): { readonly gone: readonly T[]; readonly come: readonly T[] } {
  if (before === now) return { gone: [], come: [] };
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
      if (come.size > FEW) list = [...list, ...come].sort(compare);
      else if (come.size > 0) list = insert(list, come, compare);
      gone.clear();
      come.clear();
      return list;
    },
  };
}

/** So many items are inserted one by one; of more, the whole list is put in order. */
const FEW = 32;

function insert<T>(list: readonly T[], items: Iterable<T>, compare: (a: T, b: T) => number): readonly T[] {
  const longer = list.slice();
  for (const item of items) {
    let low = 0;
    let high = longer.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(longer[middle] as T, item) <= 0) low = middle + 1;
      else high = middle;
    }
    longer.splice(low, 0, item);
  }
  return longer;
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
