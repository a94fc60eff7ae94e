// SPDX-License-Identifier: Apache-2.0
// Overlapping ranges of ports of several services to disjoint ranges with the services of each.

import { type Listed, listServices } from './listing.ts';
import type { TablePorts } from './types.ts';

export interface ServicePorts extends Listed {
  readonly low: number;
  readonly high: number;
}

/** Disjoint ranges in ascending order that say the same; neighbours with the same services are one range. */
export function flattenPorts(ranges: readonly ServicePorts[]): readonly TablePorts[] {
  // Where ranges begin (+1) and where they have ended (-1), in the order of ports.
  const edges = ranges
    .flatMap((range) => [
      { at: range.low, range, step: 1 },
      { at: range.high + 1, range, step: -1 },
    ])
    .sort((a, b) => a.at - b.at);
  const open = new Set<ServicePorts>();
  const flat: { low: number; high: number; services: readonly number[] }[] = [];
  let low = 0;
  for (let i = 0; i < edges.length; ) {
    const at = edges[i]?.at ?? 0;
    if (open.size > 0) append(flat, { low, high: at - 1, services: listOpen(open) });
    for (let edge = edges[i]; edge !== undefined && edge.at === at; edge = edges[++i]) {
      if (edge.step > 0) open.add(edge.range);
      else open.delete(edge.range);
    }
    low = at;
  }
  return flat;
}

function listOpen(open: ReadonlySet<ServicePorts>): readonly number[] {
  return listServices([...open].sort((a, b) => a.service - b.service));
}

function append(flat: { low: number; high: number; services: readonly number[] }[], range: TablePorts): void {
  const last = flat.at(-1);
  if (last !== undefined && last.high + 1 === range.low && sameList(last.services, range.services)) {
    last.high = range.high;
  } else flat.push({ ...range });
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
