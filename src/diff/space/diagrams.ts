// SPDX-License-Identifier: Apache-2.0
// Functions of a connection, as multi-valued decision diagrams: ordered, reduced and shared. Each node tests one dimension, and each
// cell leads to the next node or to a value. A function has one diagram, however it was computed, so two functions are equal exactly
// when their numbers are.

import type { Budget } from '../budget.ts';
import { type Cells, cellsOf, rangesOf } from './cells.ts';

/** A number: of a node, or of a value. */
export type Diagram = number;

/** What a set has as its value: true inside, false outside. */
export const OUTSIDE = 0;
export const INSIDE = 1;
/** Where a function is undefined, so that another may define it. */
const SILENT = 2;
/** The first number that is free for other values. */
export const FIRST_VALUE = 3;

/** Cells for each dimension that is restricted: connections that have one of them in each. */
export type Box = readonly (Cells | undefined)[];

export interface Diagrams {
  readonly everything: Diagram;
  readonly nothing: Diagram;
  /** The function that has the same value everywhere. */
  readonly constant: (value: number) => Diagram;
  /** The value of a constant function. */
  readonly valueOf: (diagram: Diagram) => number | undefined;
  /** The first dimension that a function tests; Infinity for a constant. */
  readonly dimensionOf: (diagram: Diagram) => number;
  /** The functions that follow, with the cells that lead to each. */
  readonly branches: (diagram: Diagram) => readonly { readonly next: Diagram; readonly cells: Cells }[];
  /** The set of connections with one of these cells. */
  readonly inside: (dimension: number, cells: Cells) => Diagram;
  readonly and: (a: Diagram, b: Diagram) => Diagram;
  readonly or: (a: Diagram, b: Diagram) => Diagram;
  readonly except: (a: Diagram, b: Diagram) => Diagram;
  readonly unite: (sets: readonly Diagram[]) => Diagram;
  /** `yes` inside of the set, `no` outside. */
  readonly choose: (set: Diagram, yes: Diagram, no: Diagram) => Diagram;
  /** A function of the values of two functions. */
  readonly combineOnce: (of: (a: number, b: number) => number, a: Diagram, b: Diagram) => Diagram;
  /** The set where a function has a value that is wanted. */
  readonly where: (diagram: Diagram, isWanted: (value: number) => boolean) => Diagram;
  /** The set of connections that lead to this node before any dimension from `from` on is tested. */
  readonly leadingTo: (diagram: Diagram, target: Diagram, from: number) => Diagram;
  /** The nodes and values reached when only dimensions below `from` are tested, in order. */
  readonly reached: (diagram: Diagram, from: number) => readonly Diagram[];
  /** A set as boxes that do not overlap. */
  readonly boxes: (set: Diagram) => Iterable<Box>;
  /** Whether all of a small set is in a large one. */
  readonly isSubset: (small: Diagram, large: Diagram) => boolean;
}

interface Operation {
  readonly of: (a: number, b: number) => number;
  readonly known: Map<number, Diagram>;
}

/** More nodes than this are beyond any budget. */
const MOST_NODES = 2 ** 26;

/** Diagrams over dimensions with this many cells each. */
export function startDiagrams(counts: readonly number[], budget: Budget): Diagrams {
  const dimensions: number[] = [];
  /** Of each node: where runs of cells begin, and where each leads. Of a value: the value. */
  const starts: (readonly number[])[] = [];
  const nexts: (readonly Diagram[])[] = [];
  const numbers = new Map<string, Diagram>();

  function intern(dimension: number, own: readonly number[], next: readonly Diagram[]): Diagram {
    const key = `${dimension}:${own.join()}:${next.join()}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    budget.spend(own.length + 1);
    if (dimensions.length >= MOST_NODES) budget.spend(Infinity);
    numbers.set(key, dimensions.length);
    starts.push(own);
    nexts.push(next);
    return dimensions.push(dimension) - 1;
  }
  const constant = (value: number): Diagram => intern(Infinity, [], [value]);
  const isConstant = (diagram: Diagram): boolean => dimensions[diagram] === Infinity;
  const valueOf = (diagram: Diagram): number | undefined =>
    isConstant(diagram) ? nexts[diagram]?.[0] : undefined;

  /** A node, unless all cells lead to the same; adjacent runs with the same successor become one. */
  function node(dimension: number, own: readonly number[], next: readonly Diagram[]): Diagram {
    const [first] = next;
    if (first !== undefined && next.every((other) => other === first)) return first;
    const kept = own.filter((_, i) => i === 0 || next[i] !== next[i - 1]);
    return kept.length === own.length
      ? intern(dimension, own, next)
      : intern(
          dimension,
          kept,
          next.filter((other, i) => i === 0 || other !== next[i - 1]),
        );
  }

  const nothing = constant(OUTSIDE);
  const everything = constant(INSIDE);
  const silent = constant(SILENT);

  function inside(dimension: number, cells: Cells): Diagram {
    if (cells.length === 0) return nothing;
    const count = counts[dimension] ?? 0;
    const own: number[] = cells[0] === 0 ? [] : [0];
    for (const bound of cells) if (bound < count) own.push(bound);
    const first = cells[0] === 0;
    return node(
      dimension,
      own,
      own.map((_, i) => ((i % 2 === 0) === first ? everything : nothing)),
    );
  }

  const operation = (of: Operation['of']): Operation => ({ of, known: new Map() });

  function apply(op: Operation, a: Diagram, b: Diagram): Diagram {
    const key = a * MOST_NODES + b;
    const known = op.known.get(key);
    if (known !== undefined) return known;
    const result = applyAnew(op, a, b);
    op.known.set(key, result);
    return result;
  }

  function applyAnew(op: Operation, a: Diagram, b: Diagram): Diagram {
    const [x, y] = [valueOf(a), valueOf(b)];
    if (x !== undefined && y !== undefined) return constant(op.of(x, y));
    const dimension = Math.min(dimensions[a] ?? Infinity, dimensions[b] ?? Infinity);
    const [startsA, nextsA] = dimensions[a] === dimension ? [starts[a], nexts[a]] : [[0], [a]];
    const [startsB, nextsB] = dimensions[b] === dimension ? [starts[b], nexts[b]] : [[0], [b]];
    if (startsA === undefined || nextsA === undefined || startsB === undefined || nextsB === undefined)
      return nothing;
    budget.spend(startsA.length + startsB.length);
    const own: number[] = [];
    const next: Diagram[] = [];
    for (let i = 0, j = 0; i < startsA.length || j < startsB.length; ) {
      const at = Math.min(startsA[i] ?? Infinity, startsB[j] ?? Infinity);
      if (startsA[i] === at) i++;
      if (startsB[j] === at) j++;
      own.push(at);
      next.push(apply(op, nextsA[i - 1] ?? nothing, nextsB[j - 1] ?? nothing));
    }
    return node(dimension, own, next);
  }

  const conjunction = operation((a, b) => a & b);
  const disjunction = operation((a, b) => a | b);
  const difference = operation((a, b) => a & ~b);
  const given = operation((set, value) => (set === INSIDE ? value : SILENT));
  const completed = operation((a, b) => (a === SILENT ? b : a));

  function and(a: Diagram, b: Diagram): Diagram {
    if (a === nothing || b === nothing) return nothing;
    return a === everything ? b : b === everything || a === b ? a : apply(conjunction, a, b);
  }
  function or(a: Diagram, b: Diagram): Diagram {
    if (a === everything || b === everything) return everything;
    return a === nothing ? b : b === nothing || a === b ? a : apply(disjunction, a, b);
  }
  function except(a: Diagram, b: Diagram): Diagram {
    if (a === nothing || a === b) return nothing;
    return b === nothing ? a : apply(difference, a, b);
  }
  /** Pairwise, so that most of the work is on small sets. */
  function unite(sets: readonly Diagram[]): Diagram {
    let level = sets;
    while (level.length > 1)
      level = level.flatMap((set, i) => (i % 2 === 0 ? [or(set, level[i + 1] ?? nothing)] : []));
    return level[0] ?? nothing;
  }

  function map(diagram: Diagram, of: (leaf: Diagram) => Diagram | undefined): Diagram {
    const known = new Map<Diagram, Diagram>();
    const visit = (at: Diagram): Diagram => {
      const seen = known.get(at) ?? of(at);
      if (seen !== undefined) {
        known.set(at, seen);
        return seen;
      }
      const own = starts[at] ?? [];
      budget.spend(own.length);
      const result = node(dimensions[at] ?? 0, own, (nexts[at] ?? []).map(visit));
      known.set(at, result);
      return result;
    };
    return visit(diagram);
  }

  function branches(diagram: Diagram): readonly { next: Diagram; cells: Cells }[] {
    const own = starts[diagram] ?? [];
    const grouped = new Map<Diagram, (readonly [number, number])[]>();
    (nexts[diagram] ?? []).forEach((next, i) => {
      const range = [own[i] ?? 0, own[i + 1] ?? counts[dimensions[diagram] ?? 0] ?? 0] as const;
      const list = grouped.get(next);
      if (list === undefined) grouped.set(next, [range]);
      else list.push(range);
    });
    return Array.from(grouped, ([next, ranges]) => ({ next, cells: cellsOf(ranges) }));
  }

  function* boxes(set: Diagram): Iterable<Box> {
    if (isConstant(set)) {
      if (set === everything) yield [];
      return;
    }
    const dimension = dimensions[set] ?? 0;
    for (const { next, cells } of branches(set)) {
      for (const box of boxes(next)) {
        budget.spend(1);
        const own = [...box];
        own[dimension] = cells;
        yield own;
      }
    }
  }

  function isSubset(small: Diagram, large: Diagram): boolean {
    if (small === nothing || large === everything || small === large) return true;
    if (large === nothing || small === everything) return false;
    const [a, b] = [dimensions[small] ?? Infinity, dimensions[large] ?? Infinity];
    if (b < a) return branches(large).every(({ next }) => isSubset(small, next));
    const own = nexts[large] ?? [];
    const bounds = starts[large] ?? [];
    return branches(small).every(({ next, cells }) => {
      budget.spend(1);
      if (next === nothing) return true;
      if (a < b) return isSubset(next, large);
      return rangesOf(cells).every(([from, to]) => {
        for (let i = runAt(bounds, from); i < bounds.length && (bounds[i] ?? to) < to; i++) {
          if (!isSubset(next, own[i] ?? nothing)) return false;
        }
        return true;
      });
    });
  }

  return {
    everything,
    nothing,
    constant,
    valueOf,
    dimensionOf: (diagram) => dimensions[diagram] ?? Infinity,
    branches,
    inside,
    and,
    or,
    except,
    unite,
    choose: (set, yes, no) =>
      set === everything
        ? yes
        : set === nothing || yes === no
          ? no
          : apply(completed, set === nothing ? silent : apply(given, set, yes), no),
    combineOnce: (of, a, b) => apply(operation(of), a, b),
    where: (diagram, isWanted) =>
      map(diagram, (at) => {
        const value = valueOf(at);
        return value === undefined ? undefined : isWanted(value) ? everything : nothing;
      }),
    leadingTo: (diagram, target, from) =>
      map(diagram, (at) =>
        at === target ? everything : (dimensions[at] ?? Infinity) >= from ? nothing : undefined,
      ),
    reached(diagram, from) {
      const found = new Set<Diagram>();
      const seen = new Set<Diagram>();
      const visit = (at: Diagram): void => {
        if (seen.has(at)) return;
        seen.add(at);
        if ((dimensions[at] ?? Infinity) >= from) found.add(at);
        else (nexts[at] ?? []).forEach(visit);
      };
      visit(diagram);
      return [...found];
    },
    boxes,
    isSubset,
  };
}

/** The run that a cell is in. */
function runAt(bounds: readonly number[], cell: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] ?? 0) <= cell) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
