// SPDX-License-Identifier: Apache-2.0
// Describes sets of cells in terms of a policy: prefixes, ports, names and tests.

import { formatPrefix, isMapped } from '../../bundle/address.ts';
import { type Cells, rangesOf, subtractCells, allCells } from '../space/cells.ts';
import type { Box, Diagram, Diagrams } from '../space/diagrams.ts';
import type { AddressDimension, NumberDimension } from '../space/numbers.ts';
import type { Case, Endpoints, Test, TestField } from '../types.ts';
import { DIMENSION, type DimensionName, type Space } from '../space/space.ts';

/** Describes the endpoints in a set. */
export function endpointsIn(
  set: Diagram,
  diagrams: Diagrams,
  space: Space,
  direction: 'out' | 'in',
): readonly Endpoints[] {
  return Array.from(diagrams.boxes(set), (box) => {
    const names = cellsAt(box, 'hostName');
    const addresses = cellsAt(box, 'address');
    const ports = cellsAt(box, 'port');
    const localPorts = cellsAt(box, 'localPort');
    return {
      ...(names === undefined || direction === 'in' ? {} : { names: space.hostName.describe(names) }),
      ...(addresses === undefined ? {} : { addresses: addressList(addresses, space.address) }),
      ...(ports === undefined ? {} : { ports: rangesAt(ports, space.port).map(rangeWords) }),
      ...(localPorts === undefined
        ? {}
        : { localPorts: rangesAt(localPorts, space.localPort).map(rangeWords) }),
    };
  });
}

function cellsAt(box: Box, name: DimensionName): Cells | undefined {
  return box[DIMENSION[name]];
}

/** Ranges of numbers, those that touch as one. */
function rangesAt(cells: Cells, dimension: NumberDimension): readonly (readonly [number, number])[] {
  const { absent, bounds } = dimension;
  const known = absent === undefined ? cells : subtractCells(cells, [absent, absent + 1]);
  return rangesOf(known).map(([from, to]) => [bounds(from).low, bounds(to - 1).high]);
}

function rangeWords([low, high]: readonly [number, number]): string {
  return low === high ? String(low) : `${low}-${high}`;
}

/** As prefixes, or as all but some prefixes when that are fewer stretches of addresses. */
function addressList(cells: Cells, dimension: AddressDimension): NonNullable<Endpoints['addresses']> {
  const others = subtractCells(allCells(dimension.count), cells);
  return others.length < cells.length
    ? { except: prefixesOf(others, dimension) }
    : { only: prefixesOf(cells, dimension) };
}

function prefixesOf(cells: Cells, { bounds }: AddressDimension): readonly string[] {
  return rangesOf(cells).flatMap(([from, to]) =>
    coverRange(BigInt(`0x${bounds(from).low}`), BigInt(`0x${bounds(to - 1).high}`)),
  );
}

/** The fewest prefixes that make up a range of addresses. */
function coverRange(low: bigint, high: bigint): readonly string[] {
  const prefixes: string[] = [];
  for (let at = low; at <= high; ) {
    // As many as the start has zeros at its end, and as the range has room for.
    const bits = Math.min(at === 0n ? 128 : lengthOf(at & -at) - 1, lengthOf(high - at + 1n) - 1);
    prefixes.push(prefixWords(at, 128 - bits));
    at += 1n << BigInt(bits);
  }
  return prefixes;
}

/** Binary digits of a number. */
function lengthOf(value: bigint): number {
  return value.toString(2).length;
}

function prefixWords(start: bigint, prefixLength: number): string {
  const address = new Uint8Array(Buffer.from(start.toString(16).padStart(32, '0'), 'hex'));
  return isMapped(address) && prefixLength >= 96
    ? formatPrefix({ family: 4, address: address.subarray(12), prefixLength: prefixLength - 96 })
    : formatPrefix({ family: 6, address, prefixLength });
}

const FIELDS: readonly (readonly [DimensionName, TestField])[] = [
  ['peerDomain', 'peer:domain'],
  ['peerPath', 'peer:path'],
  ['uid', 'process:uid'],
  ['gid', 'process:gid'],
  ['name', 'process:name'],
  ['path', 'process:binary:path'],
  ['cmdline', 'process:cmdline'],
  ['time', 'time'],
  ['weekMinute', 'week-minute'],
];

/** A set over everything else, as cases: one of them must hold. */
export function casesIn(set: Diagram, diagrams: Diagrams, space: Space): readonly Case[] {
  return Array.from(diagrams.boxes(set), (box) =>
    FIELDS.flatMap(([name, field]): readonly Test[] => {
      const cells = cellsAt(box, name);
      if (cells === undefined) return [];
      const dimension = space[name];
      switch (dimension.kind) {
        case 'text':
          return [{ field, texts: dimension.describe(cells) }];
        case 'number': {
          const { absent } = dimension;
          const isAbsent = absent !== undefined && cells.at(-1) === absent + 1;
          return [{ field, ranges: rangesAt(cells, dimension), ...(isAbsent ? { absent: true } : {}) }];
        }
        case 'address':
          return [];
      }
    }),
  );
}
