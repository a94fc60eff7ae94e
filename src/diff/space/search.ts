// SPDX-License-Identifier: Apache-2.0
// Is there a connection for which these selectors win? An exact search: the selectors that must not match are excluded one after the
// other. Most searches end at the first step, because a process need not have facts that no selector requires.

import type { Budget } from '../budget.ts';
import { allCells, type Cells, intersectCells, meetCells, subtractCells } from './cells.ts';
import type { Box } from './diagrams.ts';
import { singleName, type Selector } from '../who/selectors.ts';
import { DIMENSION, type Space } from './space.ts';

/** Connections with one of some cells in each dimension, of a process with these labels. */
export interface SearchResult {
  readonly cells: Box;
  readonly labels: readonly string[];
}

interface State {
  readonly cells: Box;
  /** The process has one label of each list. */
  readonly required: readonly (readonly string[])[];
  readonly forbidden: ReadonlySet<string>;
}

/** Facts that a process may lack, with the cell for that. */
function absentCells(space: Space): readonly (readonly [number, Cells])[] {
  const absent: (readonly [number, Cells])[] = [];
  for (const name of ['uid', 'gid'] as const) {
    const cell = space[name].absent;
    if (cell !== undefined) absent.push([DIMENSION[name], [cell, cell + 1]]);
  }
  for (const name of ['name', 'path', 'cmdline'] as const)
    absent.push([DIMENSION[name], space[name].passing('equal', '')]);
  return absent;
}

/** Searches a box for connections that match all of `holding` and none of `failing`. */
export function startSearching(space: Space, counts: readonly number[], budget: Budget) {
  const absent = absentCells(space);

  /** The first labels, one of each list, that a process can have together. */
  function chooseLabels({ required, forbidden }: State): readonly string[] | undefined {
    const chosen: string[] = [];
    const names = new Map<string, string>();
    const lists = required.toSorted((a, b) => a.length - b.length);
    const choose = (at: number): boolean => {
      const list = lists[at];
      if (list === undefined) return true;
      budget.spend(1);
      if (list.some((label) => chosen.includes(label))) return choose(at + 1);
      for (const label of list) {
        const name = singleName(label);
        if (forbidden.has(label) || (name !== undefined && names.has(name))) continue;
        chosen.push(label);
        if (name !== undefined) names.set(name, label);
        if (choose(at + 1)) return true;
        chosen.pop();
        if (name !== undefined) names.delete(name);
      }
      return false;
    };
    return choose(0) ? chosen : undefined;
  }

  const cellsAt = (state: State, dimension: number): Cells =>
    state.cells[dimension] ?? allCells(counts[dimension] ?? 0);

  function isPossible(state: State): boolean {
    return (
      state.cells.every((cells) => cells === undefined || cells.length > 0) &&
      (state.required.length === 0 || chooseLabels(state) !== undefined)
    );
  }

  function withCells(state: State, dimension: number, cells: Cells): State {
    const all = [...state.cells];
    all[dimension] = cells;
    return { ...state, cells: all };
  }

  function mayHold({ restricted, labels }: Selector, state: State): boolean {
    budget.spend(1);
    return (
      restricted.every(({ dimension, cells }) => meetCells(cells, cellsAt(state, dimension))) &&
      (labels.length === 0 ||
        chooseLabels({ ...state, required: [...state.required, ...labels] }) !== undefined)
    );
  }

  /** For each term of a selector: the connections of which it is the first that fails. */
  function* ways(selector: Selector, state: State): Iterable<State> {
    let rest = state;
    // Labels first: a process without a label is easily found.
    for (const list of selector.labels) {
      yield { ...rest, forbidden: new Set([...rest.forbidden, ...list]) };
      rest = { ...rest, required: [...rest.required, list] };
    }
    for (const { dimension, cells } of selector.restricted) {
      const now = cellsAt(rest, dimension);
      yield withCells(rest, dimension, subtractCells(now, cells));
      rest = withCells(rest, dimension, intersectCells(now, cells));
    }
  }

  function exclude(state: State, failing: readonly Selector[]): State | undefined {
    if (!isPossible(state)) return undefined;
    const live = failing.filter((selector) => mayHold(selector, state));
    const [first] = live.toSorted((a, b) => sizeOf(a) - sizeOf(b));
    if (first === undefined) return state;
    for (const next of ways(first, state)) {
      const found = exclude(next, live);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The same without facts that no selector requires: then most selectors that must not match do not. */
  function bare(state: State, failing: readonly Selector[]): State {
    const labels = new Set(chooseLabels(state));
    const others = failing
      .flatMap((selector) => selector.labels.flat())
      .filter((label) => !labels.has(label));
    let narrowed: State = { ...state, forbidden: new Set(others) };
    for (const [dimension, cells] of absent) {
      const left = intersectCells(cellsAt(narrowed, dimension), cells);
      if (left.length > 0) narrowed = withCells(narrowed, dimension, left);
    }
    return narrowed;
  }

  return (box: Box, holding: readonly Selector[], failing: readonly Selector[]): SearchResult | undefined => {
    let state: State = { cells: box, required: [], forbidden: new Set() };
    for (const { restricted, labels } of holding) {
      for (const { dimension, cells } of restricted)
        state = withCells(state, dimension, intersectCells(cellsAt(state, dimension), cells));
      state = { ...state, required: [...state.required, ...labels] };
    }
    if (!isPossible(state)) return undefined;
    const found = exclude(bare(state, failing), failing) ?? exclude(state, failing);
    return found === undefined ? undefined : { cells: found.cells, labels: chooseLabels(found) ?? [] };
  };
}

function sizeOf({ restricted, labels }: Selector): number {
  return restricted.length + labels.length;
}
