// SPDX-License-Identifier: Apache-2.0
// What formatting changes, as a unified diff. Formatting changes little, and where it changes much nobody reads the diff: the search for the
// shortest one is bounded, and beyond the bound the differing part is replaced as a whole.

/** Lines removed and added beyond which no shortest diff is searched for. */
const MOST_EDITS = 1000;

/** Unchanged lines around a change. */
const CONTEXT = 3;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** A text, and the same one as it is to be shown, line by line. */
export interface DiffSide {
  readonly text: string;
  readonly shown: string;
}

/** The unified diff from one text to another, with a line break at its end; empty when they are the same. */
export function unifiedDiff(file: string, before: DiffSide, after: DiffSide): string {
  if (before.text === after.text) return '';
  const edits = show(compare(toLines(before.text), toLines(after.text)), before, after);
  return `--- ${file}\n+++ ${file} (formatted)\n${hunks(edits).join('')}`;
}

/** The edits with the lines that are to be shown. */
function show(edits: readonly Edit[], before: DiffSide, after: DiffSide): readonly Edit[] {
  const old = toLines(before.shown).values();
  const fresh = toLines(after.shown).values();
  return edits.map(({ sign }) => {
    const left = sign === '+' ? undefined : old.next().value;
    const right = sign === '-' ? undefined : fresh.next().value;
    return { sign, line: right ?? left ?? '' };
  });
}

function toLines(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') return lines.slice(0, -1);
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ''}\n\\ No newline at end of file`];
}

function compare(a: readonly string[], b: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const edit =
    (sign: Edit['sign']) =>
    (line: string): Edit => ({ sign, line });
  return [
    ...a.slice(0, start).map(edit(' ')),
    ...compareMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(edit(' ')),
  ];
}

/** Myers' greedy search, forwards: `reached[k]` is how far in `a` one comes on the diagonal `k` with so many edits. */
function compareMiddle(a: readonly string[], b: readonly string[]): readonly Edit[] {
  const rounds: Int32Array[] = [];
  let reached = new Int32Array(3);
  for (let edits = 0; edits <= Math.min(a.length + b.length, MOST_EDITS); edits++) {
    const next = new Int32Array(2 * edits + 3);
    for (let k = -edits; k <= edits; k += 2) {
      let x = step(reached, edits, k).x;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      next[k + edits + 1] = x;
      if (x >= a.length && x - k >= b.length) return trace(a, b, [...rounds, reached]);
    }
    rounds.push(reached);
    reached = next;
  }
  return [...a.map((line): Edit => ({ sign: '-', line })), ...b.map((line): Edit => ({ sign: '+', line }))];
}

/** Where the edit that leads to a diagonal ends, and the diagonal that it begins on. */
function step(reached: Int32Array, edits: number, k: number): { readonly x: number; readonly from: number } {
  if (edits === 0) return { x: 0, from: 0 };
  const before = (diagonal: number): number => reached[diagonal + edits] ?? -1;
  const isDown = k === -edits || (k !== edits && before(k - 1) < before(k + 1));
  return isDown ? { x: before(k + 1), from: k + 1 } : { x: before(k - 1) + 1, from: k - 1 };
}

/** The edits, found backwards from the end. */
function trace(a: readonly string[], b: readonly string[], rounds: readonly Int32Array[]): readonly Edit[] {
  const out: Edit[] = [];
  let x = a.length;
  let k = a.length - b.length;
  for (let edits = rounds.length - 1; edits >= 0; edits--) {
    const { x: begin, from } = step(rounds[edits] ?? new Int32Array(3), edits, k);
    while (x > begin) out.push({ sign: ' ', line: a[--x] ?? '' });
    if (edits === 0) break;
    if (from < k) out.push({ sign: '-', line: a[--x] ?? '' });
    else out.push({ sign: '+', line: b[x - k - 1] ?? '' });
    k = from;
  }
  return out.reverse();
}

function hunks(edits: readonly Edit[]): readonly string[] {
  const changed = edits.flatMap(({ sign }, i) => (sign === ' ' ? [] : [i]));
  const ranges: { from: number; to: number }[] = [];
  for (const i of changed) {
    const last = ranges.at(-1);
    if (last !== undefined && i - CONTEXT <= last.to) last.to = Math.min(edits.length, i + CONTEXT + 1);
    else ranges.push({ from: Math.max(0, i - CONTEXT), to: Math.min(edits.length, i + CONTEXT + 1) });
  }
  let position = { index: 0, old: 1, new: 1 };
  return ranges.map(({ from, to }) => {
    position = advance(position, edits.slice(position.index, from));
    const part = edits.slice(from, to);
    const old = part.filter(({ sign }) => sign !== '+').length;
    const fresh = part.filter(({ sign }) => sign !== '-').length;
    const header = `@@ -${old === 0 ? position.old - 1 : position.old},${old} +${fresh === 0 ? position.new - 1 : position.new},${fresh} @@\n`;
    position = advance(position, part);
    return header + part.map(({ sign, line }) => `${sign}${line}\n`).join('');
  });
}

interface LinePosition {
  readonly index: number;
  readonly old: number;
  readonly new: number;
}

function advance(position: LinePosition, edits: readonly Edit[]): LinePosition {
  return {
    index: position.index + edits.length,
    old: position.old + edits.filter(({ sign }) => sign !== '+').length,
    new: position.new + edits.filter(({ sign }) => sign !== '-').length,
  };
}
