// SPDX-License-Identifier: Apache-2.0
// Sets of services are numbers that the header counts, and nothing else: a small bundle may count billions.

import { NONE } from './generated.ts';
import type { SectionReader } from './reader-sections.ts';

export interface SetNumbers {
  readonly count: number;
  /** The number in the view of a set in the tables; NONE stays. */
  readonly of: (set: number) => number;
}

/** As they are, if a bundle of `size` bytes can use them all; else those in use, counted anew. */
export function numberSets(reader: SectionReader, size: number): SetNumbers {
  const { setCount } = reader.header();
  if (setCount <= size) return { count: setCount, of: (set) => set };
  const used = new Map<number, number>();
  const uses = [
    reader.words('serviceSets'),
    reader.records('rules', 'rule').map(({ set }) => set),
    reader.records('bindings', 'binding').map(({ set }) => set),
  ];
  for (const set of uses.flat()) if (set !== NONE && !used.has(set)) used.set(set, used.size);
  return { count: used.size, of: (set) => used.get(set) ?? NONE };
}
