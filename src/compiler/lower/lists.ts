// SPDX-License-Identifier: Apache-2.0
// Many short lists of numbers. What is the same as before is the same object, so that one change in a large policy makes few new
// ones: to move objects that stay takes longer than all the rest.

/** Adds a number to one of the lists. */
export type AddNumber = (list: number, item: number) => void;

/**
 * `count` lists, filled by a function that is called twice and must do the same both times. A list that is equal to that of its index
 * in `before` is that list.
 */
export function numberLists(
  count: number,
  fill: (add: AddNumber) => void,
  before: readonly (readonly number[])[] = [],
): readonly (readonly number[])[] {
  const ends = new Uint32Array(count);
  fill((list) => {
    ends[list] = (ends[list] ?? 0) + 1;
  });
  let size = 0;
  for (let list = 0; list < count; list++) {
    const own = ends[list] ?? 0;
    ends[list] = size;
    size += own;
  }
  const items = new Uint32Array(size);
  fill((list, item) => {
    const end = ends[list] ?? 0;
    items[end] = item;
    ends[list] = end + 1;
  });
  const lists: (readonly number[])[] = [];
  let first = 0;
  for (let list = 0; list < count; list++) {
    const end = ends[list] ?? first;
    const old = before[list];
    lists.push(
      old !== undefined && isStretch(old, items, first, end) ? old : [...items.subarray(first, end)],
    );
    first = end;
  }
  return lists;
}

function isStretch(list: readonly number[], items: Uint32Array, first: number, end: number): boolean {
  if (list.length !== end - first) return false;
  for (let i = 0; i < list.length; i++) if (list[i] !== items[first + i]) return false;
  return true;
}

/** The object, or one before it that has the same fields. */
export function sameOr<T extends object>(now: T, before: T | undefined): T {
  if (before === undefined) return now;
  for (const field in now) if (now[field] !== before[field]) return now;
  return before;
}
