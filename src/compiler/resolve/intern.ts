// SPDX-License-Identifier: Apache-2.0

/** Gives the same array for equal lists, so that equality is a comparison of references from then on. */
export interface ListInterner {
  readonly intern: (list: readonly number[]) => readonly number[];
  /** How many different lists it knows. */
  readonly size: () => number;
}

export function listInterner(): ListInterner {
  const known = new Set<readonly number[]>();
  const byHash = new Map<number, (readonly number[])[]>();
  return {
    intern(list) {
      if (known.has(list)) return list;
      let hash = list.length;
      for (const item of list) hash = (Math.imul(hash, 31) + item) | 0;
      const bucket = byHash.get(hash) ?? [];
      const same = bucket.find(
        (other) => other.length === list.length && other.every((item, i) => item === list[i]),
      );
      if (same !== undefined) return same;
      bucket.push(list);
      byHash.set(hash, bucket);
      known.add(list);
      return list;
    },
    size: () => known.size,
  };
}
