// SPDX-License-Identifier: Apache-2.0

/** Choices that follow from a seed alone. */
export interface Random {
  /** A whole number from 0 to `below` − 1. */
  readonly below: (below: number) => number;
  /** True once in `times`. */
  readonly once: (times: number) => boolean;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
  /** Some of the items, each with the chance 1 in 2, at least one. */
  readonly some: <T>(items: readonly [T, ...T[]]) => readonly [T, ...T[]];
  readonly shuffle: <T>(items: readonly T[]) => readonly T[];
}

/** Weyl sequence with a 32-bit mixer: the same numbers on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let x = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return (x ^ (x >>> 15)) >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  const pick = <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0];
  return {
    below,
    pick,
    once: (times) => below(times) === 0,
    some: (items) => {
      const [first, ...rest] = items.filter(() => below(2) === 0);
      return first === undefined ? [pick(items)] : [first, ...rest];
    },
    shuffle: (items) =>
      items
        .map((item) => ({ item, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item),
  };
}
