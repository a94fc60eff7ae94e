// SPDX-License-Identifier: Apache-2.0
// Numbers and addresses, partitioned where any range of either policy begins or ends.

import { type Cells, cellsOf } from './cells.ts';

/** A dimension of numbers: a cell is a range of them. */
export interface NumberDimension {
  readonly kind: 'number';
  readonly count: number;
  /** The cell of processes that do not have the fact; conditions see 4294967295 for it. */
  readonly absent: number | undefined;
  /** Both ends included; they must be boundaries. */
  readonly range: (low: number, high: number) => Cells;
  readonly bounds: (cell: number) => { readonly low: number; readonly high: number };
}

/** A dimension of addresses: 32 hexadecimal digits each, which are in order as texts. */
export interface AddressDimension {
  readonly kind: 'address';
  readonly count: number;
  readonly range: (low: string, high: string) => Cells;
  readonly bounds: (cell: number) => { readonly low: string; readonly high: string };
}

/** Collects the boundaries among numbers from 0 to `most`. */
export function startNumbers(
  most: number,
  hasAbsent: boolean,
): {
  readonly cut: (low: number, high: number) => void;
  readonly build: () => NumberDimension;
} {
  const cuts = new Set([0]);
  return {
    cut(low, high) {
      cuts.add(low);
      if (high < most) cuts.add(high + 1);
    },
    build() {
      const starts = [...cuts].sort((a, b) => a - b);
      const cellOf = new Map(starts.map((start, cell) => [start, cell]));
      const absent = hasAbsent ? starts.length : undefined;
      return {
        kind: 'number',
        count: starts.length + (hasAbsent ? 1 : 0),
        absent,
        range: (low, high) =>
          cellsOf([[cellOf.get(low) ?? 0, high >= most ? starts.length : (cellOf.get(high + 1) ?? 0)]]),
        bounds: (cell) => ({ low: starts[cell] ?? most, high: (starts[cell + 1] ?? most + 1) - 1 }),
      };
    },
  };
}

const LAST_ADDRESS = 'f'.repeat(32);

/** Collects the boundaries among addresses. */
export function startAddresses(): {
  readonly cut: (low: string, high: string) => void;
  readonly build: () => AddressDimension;
} {
  const cuts = new Set(['0'.repeat(32)]);
  return {
    cut(low, high) {
      cuts.add(low);
      if (high !== LAST_ADDRESS) cuts.add(addressAfter(high));
    },
    build() {
      const starts = [...cuts].sort();
      const cellOf = new Map(starts.map((start, cell) => [start, cell]));
      return {
        kind: 'address',
        count: starts.length,
        range: (low, high) =>
          cellsOf([
            [
              cellOf.get(low) ?? 0,
              high === LAST_ADDRESS ? starts.length : (cellOf.get(addressAfter(high)) ?? 0),
            ],
          ]),
        bounds: (cell) => {
          const next = starts[cell + 1];
          return {
            low: starts[cell] ?? LAST_ADDRESS,
            high: next === undefined ? LAST_ADDRESS : addressBefore(next),
          };
        },
      };
    },
  };
}

export function addressAfter(hex: string): string {
  return hexOf(BigInt(`0x${hex}`) + 1n);
}

function addressBefore(hex: string): string {
  return hexOf(BigInt(`0x${hex}`) - 1n);
}

/** A number as 32 hexadecimal digits. */
export function hexOf(value: bigint): string {
  return value.toString(16).padStart(32, '0');
}

/** The first and the last address of a prefix. Of an IPv4 address (4 bytes) the mapped form is meant. */
export function boundsOfPrefix(
  address: Uint8Array,
  prefixLength: number,
): { readonly low: string; readonly high: string } {
  const isFour = address.length === 4;
  const low = `${isFour ? MAPPED_START : ''}${Buffer.from(address).toString('hex')}`;
  const hosts = 128 - prefixLength - (isFour ? 96 : 0);
  return { low, high: hexOf(BigInt(`0x${low}`) | ((1n << BigInt(hosts)) - 1n)) };
}

const MAPPED_START = '00000000000000000000ffff';

/** The IPv4 addresses among all, in their mapped form. */
export const MAPPED = { low: `${MAPPED_START}00000000`, high: `${MAPPED_START}ffffffff` } as const;
