// SPDX-License-Identifier: Apache-2.0
// Overlapping ranges of ports of several services to disjoint ranges with the services of each.

import type { TablePorts } from './types.ts';

export interface ServicePorts {
  readonly low: number;
  readonly high: number;
  readonly service: number;
}

/** Disjoint ranges in ascending order that say the same; neighbours with the same services are one range. */
export function flattenPorts(ranges: readonly ServicePorts[]): readonly TablePorts[] {
  // Where ranges begin (+1) and where they have ended (-1), in the order of ports.
  const edges = ranges
    .flatMap(({ low, high, service }) => [
      { at: low, service, step: 1 },
      { at: high + 1, service, step: -1 },
    ])
    .sort((a, b) => a.at - b.at);
  const open = new Map<number, number>();
  const flat: { low: number; high: number; services: readonly number[] }[] = [];
  let low = 0;
  for (let i = 0; i < edges.length; ) {
    const at = edges[i]?.at ?? 0;
    if (open.size > 0) append(flat, { low, high: at - 1, services: [...open.keys()].sort((a, b) => a - b) });
    for (let edge = edges[i]; edge !== undefined && edge.at === at; edge = edges[++i]) {
      const count = (open.get(edge.service) ?? 0) + edge.step;
      if (count === 0) open.delete(edge.service);
      else open.set(edge.service, count);
    }
    low = at;
  }
  return flat;
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
