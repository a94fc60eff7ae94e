// SPDX-License-Identifier: Apache-2.0
// Sets of cells of one dimension.

/** Half-open ranges, ascending and not touching: from, to, from, to, … */
export type Cells = readonly number[];

/** All cells of a dimension that has `count` of them. */
export function allCells(count: number): Cells {
  return [0, count];
}

/** The cells of ranges in any order, which may overlap. */
export function cellsOf(ranges: readonly (readonly [number, number])[]): Cells {
  const sorted = ranges.filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0]);
  const cells: number[] = [];
  for (const [from, to] of sorted) {
    const end = cells.at(-1);
    if (end === undefined || from > end) cells.push(from, to);
    else if (to > end) cells[cells.length - 1] = to;
  }
  return cells;
}

/** The ranges of a set, as pairs. */
export function rangesOf(cells: Cells): readonly (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  for (let i = 0; i < cells.length; i += 2) ranges.push([cells[i] ?? 0, cells[i + 1] ?? 0]);
  return ranges;
}

export function hasCell(cells: Cells, cell: number): boolean {
  let low = 0;
  let high = cells.length;
  // How many bounds are not above the cell: an odd number means that it is inside.
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cells[middle] ?? 0) <= cell) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}

export function countCells(cells: Cells): number {
  return rangesOf(cells).reduce((sum, [from, to]) => sum + to - from, 0);
}

export function intersectCells(a: Cells, b: Cells): Cells {
  return merge(a, b, (inA, inB) => inA && inB);
}

export function subtractCells(a: Cells, b: Cells): Cells {
  return merge(a, b, (inA, inB) => inA && !inB);
}

/** Whether two sets have a cell in common. */
export function meetCells(a: Cells, b: Cells): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i] ?? 0, b[j] ?? 0);
    const [endA = 0, endB = 0] = [a[i + 1], b[j + 1]];
    if (from < Math.min(endA, endB)) return true;
    if (endA <= endB) i += 2;
    else j += 2;
  }
  return false;
}

/** Sweeps over the bounds of both; a point is inside a set when an odd number of its bounds is behind it. */
function merge(a: Cells, b: Cells, keep: (inA: boolean, inB: boolean) => boolean): Cells {
  const cells: number[] = [];
  let inside = false;
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const at = Math.min(a[i] ?? Infinity, b[j] ?? Infinity);
    if (a[i] === at) i++;
    if (b[j] === at) j++;
    const keeps = keep(i % 2 === 1, j % 2 === 1);
    if (keeps !== inside) cells.push(at);
    inside = keeps;
  }
  return cells;
}
