// SPDX-License-Identifier: Apache-2.0
// Where every value of a document stands, in a few numbers each. The nodes of the YAML parser know it too, but they take
// many times the memory, and to keep them all would cost more than to read the policy.

/** Numbers of one entry: see `addPosition`. */
const WIDTH = 5;

/** An entry for each value of one document or of all in a file, parents before children, in the order of the text. */
export interface Positions {
  readonly text: string;
  readonly numbers: Int32Array;
  /** The keys that are written otherwise than they are read. */
  readonly names: ReadonlyMap<number, string> | undefined;
  /** Entries that stand for another one. */
  readonly aliases: ReadonlyMap<number, number> | undefined;
}

/** A stretch of the text: offsets in UTF-16 code units. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Collects the entries of a document. */
export interface PositionsBuilder {
  readonly text: string;
  /** As many as there is room for. */
  numbers: Int32Array;
  /** Entries so far. */
  count: number;
  names: Map<number, string> | undefined;
  aliases: Map<number, number> | undefined;
}

/** @param expected how many entries there will be, roughly */
export function newPositions(text: string, expected: number): PositionsBuilder {
  const numbers = new Int32Array(Math.ceil(expected) * WIDTH);
  return { text, numbers, count: 0, names: undefined, aliases: undefined };
}

export function packPositions({ text, numbers, count, names, aliases }: PositionsBuilder): Positions {
  const used = count * WIDTH;
  // A copy costs more than a little room that stays empty.
  return { text, numbers: used * 2 < numbers.length ? numbers.slice(0, used) : numbers, names, aliases };
}

/**
 * Adds the entry of a value and gives its number. Where in the text the value ends may be said later, with `finishPosition`, and
 * which entries are below it, with `endPosition`.
 *
 * @param keyStart -1 where the value has no key
 */
export function addPosition(
  to: PositionsBuilder,
  start: number,
  end: number,
  keyStart: number,
  keyEnd: number,
  key: string | undefined,
): number {
  const entry = to.count++;
  const at = entry * WIDTH;
  if (at + WIDTH > to.numbers.length) to.numbers = withMoreRoom(to.numbers);
  const { numbers } = to;
  numbers[at] = start;
  numbers[at + 1] = end;
  numbers[at + 2] = keyStart;
  numbers[at + 3] = keyEnd;
  numbers[at + 4] = entry + 1;
  if (key !== undefined && !isWritten(to.text, keyStart, keyEnd, key))
    (to.names ??= new Map()).set(entry, key);
  return entry;
}

function withMoreRoom(numbers: Int32Array): Int32Array {
  const larger = new Int32Array(numbers.length * 2 + 8 * WIDTH);
  larger.set(numbers);
  return larger;
}

function isWritten(text: string, start: number, end: number, key: string): boolean {
  return end - start === key.length && text.startsWith(key, start);
}

/** Says where an entry's value ends. */
export function finishPosition(to: PositionsBuilder, entry: number, end: number): void {
  to.numbers[entry * WIDTH + 1] = end;
}

/** Says that all entries since an entry are below it. */
export function endPosition(to: PositionsBuilder, entry: number): void {
  to.numbers[entry * WIDTH + 4] = to.count;
}

/** Says that an entry is an alias of an earlier one. */
export function aliasPosition(to: PositionsBuilder, entry: number, target: number): void {
  (to.aliases ??= new Map()).set(entry, target);
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
export function followPosition({ aliases }: Positions, entry: number): number {
  return aliases?.get(entry) ?? entry;
}

/** How many values are below an entry, those below them included. */
export function valuesBelow(positions: Positions, entry: number): number {
  return nextPosition(positions, entry) - entry - 1;
}

/** The entry one step below an entry: by the key of a map, or by the index of a list. */
export function childPosition(
  positions: Positions,
  entry: number,
  step: string | number,
): number | undefined {
  const end = nextPosition(positions, entry);
  let index = 0;
  for (let child = entry + 1; child < end; child = nextPosition(positions, child)) {
    if (isStep(positions, child, index, step)) return child;
    index++;
  }
  return undefined;
}

/** All entries one step below an entry, by key or index; of equal keys the first. For parents that are asked many times. */
export function indexChildren(positions: Positions, entry: number): ReadonlyMap<string | number, number> {
  const end = nextPosition(positions, entry);
  const children = new Map<string | number, number>();
  let index = 0;
  for (let child = entry + 1; child < end; child = nextPosition(positions, child)) {
    const step = keyOf(positions, child) ?? index;
    if (!children.has(step)) children.set(step, child);
    index++;
  }
  return children;
}

/** The first entry that is neither an entry nor below it. */
function nextPosition({ numbers }: Positions, entry: number): number {
  return numbers[entry * WIDTH + 4] ?? 0;
}

function isStep(positions: Positions, entry: number, index: number, step: string | number): boolean {
  const { text, numbers, names } = positions;
  const start = numbers[entry * WIDTH + 2] ?? -1;
  if (start < 0) return index === step;
  if (typeof step === 'number') return false;
  const name = names?.get(entry);
  return name === undefined
    ? isWritten(text, start, numbers[entry * WIDTH + 3] ?? start, step)
    : name === step;
}

function keyOf(positions: Positions, entry: number): string | undefined {
  const key = keyStretch(positions, entry);
  return key && (positions.names?.get(entry) ?? positions.text.slice(key.start, key.end));
}
