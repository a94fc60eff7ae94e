// SPDX-License-Identifier: Apache-2.0
// What is remembered between two compilations, against doing everything anew: the answers must be the same, whatever came before.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  changesBetween,
  internedSet,
  memoCheck,
  memoFlatMap,
  memoFold,
  memoLast,
  memoMap,
  orderedSet,
} from '../../src/compiler/incremental.ts';
import { numberLists, sameOr } from '../../src/compiler/lower/lists.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { randomFrom } from '../oracle/random.ts';

interface Item {
  readonly value: number;
}

/** Lists that come from one another: items are replaced, put in, taken out, moved, or the whole list is another. */
function histories(length: number): fc.Arbitrary<readonly (readonly Item[])[]> {
  return fc.integer().map((seed) => {
    const random = randomFrom(seed);
    const item = (): Item => ({ value: random.below(50) });
    const fresh = (): readonly Item[] => Array.from({ length: random.below(length) }, item);
    const lists = [fresh()];
    for (let step = 0; step < 12; step++) {
      const before = lists.at(-1) ?? [];
      const place = random.below(before.length + 1);
      const next: readonly (() => readonly Item[])[] = [
        () => before.with(Math.min(place, before.length - 1), item()),
        () => before.toSpliced(place, 0, item()),
        () => before.toSpliced(place, 1),
        () => before.toSpliced(place, 2, item(), item(), item()),
        () => [...before],
        () => random.shuffle(before),
        fresh,
      ];
      const change = next[random.below(before.length === 0 ? 0 : next.length)] ?? fresh;
      lists.push(before.length === 0 ? fresh() : change());
    }
    return lists;
  });
}

describe('what is mapped again', () => {
  test('has the same results as if it were the first time, and the same list when they are the same', () => {
    fc.assert(
      fc.property(histories(20), (lists) => {
        const map = memoMap(({ value }: Item) => value % 7);
        let before: readonly number[] = [];
        for (const list of lists) {
          const now = map(list);
          expect(now).toEqual(list.map(({ value }) => value % 7));
          if (now.length === before.length && now.every((one, i) => one === before[i]))
            expect(now.length === list.length && (now === before || list.length === 0)).toBe(true);
          before = now;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('looks only at what is new', () => {
    const seen: number[] = [];
    const map = memoMap(({ value }: Item) => seen.push(value));
    const items = [1, 2, 3, 4].map((value) => ({ value }));
    map(items);
    map(items.with(1, { value: 9 }));
    map(items.with(1, { value: 9 }).toSpliced(2, 0, { value: 8 }));
    expect(seen).toEqual([1, 2, 3, 4, 9, 9, 8]);
  });

  test('keeps the result before where it is the same', () => {
    const first = { value: 1 };
    const map = memoMap(
      ({ value }: Item) => [value % 2],
      (a, b) => a[0] === b[0],
    );
    const before = map([first, { value: 2 }]);
    expect(map([{ value: 3 }, { value: 4 }])).toBe(before);
    expect(map([{ value: 3 }, { value: 5 }])).toEqual([[1], [1]]);
  });

  test('joins lists as flatMap does, over many stretches', () => {
    const expand = ({ value }: Item): readonly number[] => Array.from({ length: value % 4 }, () => value % 9);
    fc.assert(
      fc.property(histories(1200), (lists) => {
        const map = memoFlatMap(expand);
        for (const list of lists) expect(map(list)).toEqual(list.flatMap(expand));
      }),
      { numRuns: 60 },
    );
  });

  test('joins lists that are the same to the same list', () => {
    const map = memoFlatMap(({ value }: Item) => (value > 100 ? [] : [value % 2]));
    const items = Array.from({ length: 1000 }, (_, value) => ({ value }));
    const before = map(items);
    expect(map(items.with(500, { value: 777 }))).toBe(before);
    expect(map(items.with(3, { value: 5 }))).toBe(before);
    expect(map(items.with(3, { value: 4 }))).not.toBe(before);
  });

  test('looks only at stretches in which something has changed', () => {
    let seen = 0;
    const map = memoFlatMap((item: Item) => {
      seen++;
      return [item];
    });
    const fold = memoFold(
      (items: readonly Item[]) => {
        seen += items.length;
        return items.length;
      },
      (a, b) => a + b,
      0,
    );
    const count = (work: () => unknown): number => {
      seen = 0;
      work();
      return seen;
    };
    const items = Array.from({ length: 1000 }, (_, value) => ({ value }));
    const changed = items.with(700, { value: 0 });
    for (const again of [map, fold]) {
      expect(count(() => again(items))).toBe(1000);
      expect(count(() => again(items))).toBe(0);
      expect(count(() => again([...items]))).toBe(0);
      expect(count(() => again(changed))).toBeLessThan(400);
      expect(count(() => again([...changed, { value: 1 }]))).toBeLessThan(400);
    }
  });

  test('folds as it would from the start, over many stretches', () => {
    const most = (a: number, b: number): number => Math.max(a, b);
    const compute = (items: readonly Item[]): number => items.map(({ value }) => value).reduce(most, -1);
    fc.assert(
      fc.property(histories(1200), (lists) => {
        const fold = memoFold(compute, most, -1);
        for (const list of lists) expect(fold(list)).toBe(compute(list));
      }),
      { numRuns: 60 },
    );
  });

  test('reports the findings of all, in their order', () => {
    const finding = ({ value }: Item): Diagnostic => {
      const start = { line: 1, column: 1 };
      const range = { file: 'a', start, end: start };
      return { code: 'RTP1001', severity: 'warning', range, message: String(value), fix: '' };
    };
    fc.assert(
      fc.property(histories(20), (lists) => {
        const check = memoCheck((item: Item, { diagnostics }: { readonly diagnostics: Diagnostic[] }) => {
          if (item.value % 3 === 0) diagnostics.push(finding(item));
          return item.value;
        });
        for (const list of lists) {
          const diagnostics = [finding({ value: -1 })];
          expect(check(list, { diagnostics })).toEqual(list.map(({ value }) => value));
          const expected = [-1, ...list.map(({ value }) => value).filter((value) => value % 3 === 0)];
          expect(diagnostics.map(({ message }) => Number(message))).toEqual(expected);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('the last answer is given again for the same arguments, and for no others', () => {
  let asked = 0;
  const ask = memoLast((a: number, b: object) => ({ a, b, asked: ++asked }));
  const one = {};
  const first = ask(NaN, one);
  expect(ask(NaN, one)).toBe(first);
  expect(ask(1, one)).toEqual({ a: 1, b: one, asked: 2 });
  expect(ask(1, {}).asked).toBe(3);
  expect(ask(NaN, one).asked).toBe(4);
});

test('what two lists have not in common is counted as often as it is missing', () => {
  fc.assert(
    fc.property(histories(12), (lists) => {
      lists.forEach((now, i) => {
        const before = lists[i - 1] ?? [];
        const { gone, come } = changesBetween(before, now);
        const count = (list: readonly Item[], item: Item): number =>
          list.filter((other) => other === item).length;
        for (const item of [...before, ...now])
          expect(count(before, item) - count(gone, item) + count(come, item)).toBe(count(now, item));
      });
    }),
    { numRuns: 200 },
  );
  const same = [{ value: 1 }];
  expect(changesBetween(same, [...same])).toEqual({ gone: [], come: [] });
});

describe('a set that stays in order', () => {
  test('holds each item once, as long as it was added more often than removed', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(40), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (all) => {
        const set = orderedSet((a: number, b: number) => a - b);
        const counts = new Map<number, number>();
        for (const [isAdded, item, isListed] of all) {
          const count = counts.get(item) ?? 0;
          if (isAdded) {
            expect(set.add(item)).toBe(count === 0);
            counts.set(item, count + 1);
          } else if (count > 0) {
            expect(set.remove(item)).toBe(count === 1);
            counts.set(item, count - 1);
          }
          const expected = [...counts].filter(([, n]) => n > 0).map(([n]) => n);
          if (isListed) expect(set.list()).toEqual(expected.sort((a, b) => a - b));
        }
        expect(set.list()).toBe(set.list());
      }),
      { numRuns: 300 },
    );
  });

  test('forgets an object with its last use, and makes another one for the same key', () => {
    const set = internedSet<{ readonly key: string; readonly made: number }>((a, b) =>
      a.key < b.key ? -1 : 1,
    );
    let made = 0;
    const add = (key: string) => set.add(key, (own) => ({ key: own, made: ++made }));
    const first = add('a');
    expect(add('a')).toBe(first);
    expect(set.remove('a')).toBe(false);
    expect(set.find('a')).toBe(first);
    expect(set.remove('a')).toBe(true);
    expect(set.find('a')).toBeUndefined();
    expect(set.remove('a')).toBe(false);
    expect(add('a')).toEqual({ key: 'a', made: 2 });
    expect(set.list()).toEqual([{ key: 'a', made: 2 }]);
  });
});

describe('lists of numbers', () => {
  test('are those that were filled, and the lists before where they are the same', () => {
    const pairs = fc.array(fc.tuple(fc.nat(9), fc.nat(3)), { maxLength: 30 });
    fc.assert(
      fc.property(pairs, pairs, (one, two) => {
        const fillWith = (all: readonly (readonly [number, number])[]) =>
          numberLists(10, (add) => all.forEach(([list, item]) => add(list, item)));
        const before = fillWith(one);
        const now = numberLists(10, (add) => two.forEach(([list, item]) => add(list, item)), before);
        const expected = Array.from({ length: 10 }, (_, list) =>
          two.filter(([of]) => of === list).map(([, item]) => item),
        );
        expect(now).toEqual(expected);
        now.forEach((list, i) => {
          expect(list === before[i]).toBe(JSON.stringify(list) === JSON.stringify(before[i]));
        });
      }),
      { numRuns: 300 },
    );
  });

  test('an object gives way to one before it with the same fields', () => {
    const before = { a: 1, b: 'x' };
    expect(sameOr({ a: 1, b: 'x' }, before)).toBe(before);
    expect(sameOr({ a: 2, b: 'x' }, before)).toEqual({ a: 2, b: 'x' });
    expect(sameOr({ a: 1, b: 'x' }, undefined)).toEqual(before);
  });
});
