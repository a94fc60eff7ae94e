// SPDX-License-Identifier: Apache-2.0
// Where every value of a document stands, in a few numbers each. The nodes of the YAML parser know it too, but they take
// many times the memory, and to keep them all would cost more than to read the policy.

/** Numbers of one entry: see `addPosition`. */
const WIDTH = 6;

/** An entry for each value, parents before children, in the order of the text. */
export interface Positions {
  readonly numbers: Int32Array;
  /** The key of each entry whose parent is a map. */
  readonly keys: readonly (string | undefined)[];
}

/** A stretch of the text: offsets in UTF-16 code units. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Collects the entries of a document. */
export interface PositionsBuilder {
  readonly numbers: number[];
  readonly keys: (string | undefined)[];
}

export function newPositions(): PositionsBuilder {
  return { numbers: [], keys: [] };
}

export function packPositions({ numbers, keys }: PositionsBuilder): Positions {
  return { numbers: Int32Array.from(numbers), keys };
}

/** Adds the entry of a value and gives its number. Its end is not known before its children are there: see `endPosition`. */
export function addPosition(
  to: PositionsBuilder,
  value: Stretch,
  key?: { readonly name: string } & Stretch,
): number {
  const entry = to.keys.length;
  to.numbers.push(value.start, value.end, key?.start ?? -1, key?.end ?? -1, entry + 1, -1);
  to.keys.push(key?.name);
  return entry;
}

/** Says that all entries since an entry are below it. */
export function endPosition(to: PositionsBuilder, entry: number): void {
  to.numbers[entry * WIDTH + 4] = to.keys.length;
}

/** Says that an entry is an alias of an earlier one. */
export function aliasPosition(to: PositionsBuilder, entry: number, target: number): void {
  to.numbers[entry * WIDTH + 5] = target;
}

/** The stretch of an entry's value. */
export function valueStretch({ numbers }: Positions, entry: number): Stretch {
  return { start: numbers[entry * WIDTH] ?? 0, end: numbers[entry * WIDTH + 1] ?? 0 };
}

/** The stretch of an entry's key; undefined for entries of lists and for the document itself. */
export function keyStretch({ numbers }: Positions, entry: number): Stretch | undefined {
  const start = numbers[entry * WIDTH + 2] ?? -1;
  return start < 0 ? undefined : { start, end: numbers[entry * WIDTH + 3] ?? start };
}

/** The entry that an entry stands for: itself, or what it is an alias of. */
export function followPosition({ numbers }: Positions, entry: number): number {
  const target = numbers[entry * WIDTH + 5] ?? -1;
  return target < 0 ? entry : target;
}

/** The entry one step below an entry: by the key of a map, or by the index of a list. */
export function childPosition(
  positions: Positions,
  entry: number,
  step: string | number,
): number | undefined {
  const { numbers, keys } = positions;
  const next = (of: number): number => numbers[of * WIDTH + 4] ?? 0;
  const end = next(entry);
  let index = 0;
  for (let child = entry + 1; child < end; child = next(child)) {
    if (keys[child] === undefined ? index === step : keys[child] === step) return child;
    index++;
  }
  return undefined;
}
