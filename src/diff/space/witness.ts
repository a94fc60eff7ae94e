// SPDX-License-Identifier: Apache-2.0
// From cells to a connection that can be evaluated. Of several candidates a typical one is chosen.

import { parseAddress } from '../../bundle/address.ts';
import type { Connection, Facts } from '../../bundle/core.ts';
import { LIMITS } from '../../bundle/generated.ts';
import { textLength } from '../../bundle/text.ts';
import { allCells, type Cells, hasCell, rangesOf } from './cells.ts';
import { hexOf, MAPPED, type AddressDimension, type NumberDimension } from './numbers.ts';
import type { SearchResult } from './search.ts';
import type { TextDimension } from './texts.ts';
import { DIMENSION, type DimensionName, MINUTES_OF_WEEK, type Space } from './space.ts';

/** A process and one of its connections. */
export interface Question {
  readonly facts: Facts;
  readonly connection: Connection;
}

const USUAL_PORTS = [443, 80, 8080, 22] as const;
/** Set aside for examples (RFC 5737, RFC 3849): no policy has a reason to name them. */
const USUAL_ADDRESSES = ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1'] as const;
/** The source port of an accepted connection: the first ephemeral one. */
const USUAL_SOURCE_PORT = 49152;
/** Noon of a Wednesday. */
const USUAL_TIME = Date.UTC(2026, 0, 7, 12) / 1000;
const MONDAY_TO_1970 = 3 * 24 * 60;
const NOT_KNOWN = 4294967295;

/** A connection in these cells; undefined when two dimensions that depend on each other rule it out. */
export function askFor(
  { cells, labels }: SearchResult,
  space: Space,
  direction: 'out' | 'in',
): Question | undefined {
  const at = (name: DimensionName): Cells => cells[DIMENSION[name]] ?? allCells(space[name].count);
  const time = pickTime(at('time'), at('weekMinute'), space);
  const peer = direction === 'in' ? pickPeer(at('peerDomain'), at('peerPath'), space) : '';
  if (time === undefined || peer === undefined) return undefined;
  const address = pickAddress(at('address'), space.address);
  const name = direction === 'out' ? pickText(at('hostName'), space.hostName) : '';
  const fact = (
    key: string,
    value: string | number | undefined,
  ): Readonly<Record<string, string | number>> =>
    value === undefined || value === '' ? {} : { [key]: value };
  return {
    facts: {
      ...fact('process:uid', pickId(at('uid'), space.uid)),
      ...fact('process:gid', pickId(at('gid'), space.gid)),
      ...fact('process:name', pickText(at('name'), space.name)),
      ...fact('process:binary:path', pickText(at('path'), space.path)),
      ...fact('process:cmdline', pickText(at('cmdline'), space.cmdline)),
      ...(labels.length === 0 ? {} : { labels }),
    },
    connection: {
      remote: {
        address,
        port: pickNumber(at('port'), space.port, direction === 'out' ? USUAL_PORTS : [USUAL_SOURCE_PORT]),
      },
      ...(direction === 'in' ? { localPort: pickNumber(at('localPort'), space.localPort, USUAL_PORTS) } : {}),
      time,
      ...(name === '' ? {} : { name }),
      ...(peer === '' ? {} : { peer }),
    },
  };
}

function inCells({ low, high }: { low: number; high: number }, value: number): boolean {
  return low <= value && value <= high;
}

/** One of the usual numbers, or the first that is not 0 if there is one. */
function pickNumber(cells: Cells, { bounds }: NumberDimension, usual: readonly number[]): number {
  let first: number | undefined;
  for (const [from, to] of rangesOf(cells)) {
    const [low, high] = [bounds(from).low, bounds(to - 1).high];
    const found = usual.find((value) => inCells({ low, high }, value));
    if (found !== undefined) return found;
    first ??= low === 0 && high > 0 ? 1 : low === 0 ? undefined : low;
  }
  return first ?? 0;
}

/** A user or group id; undefined: none is known. */
function pickId(cells: Cells, dimension: NumberDimension): number | undefined {
  const { absent } = dimension;
  if (absent !== undefined && hasCell(cells, absent)) return undefined;
  const { low, high } = dimension.bounds(rangesOf(cells)[0]?.[0] ?? 0);
  return low === 0 && high > 1000 ? 1000 : Math.min(low, NOT_KNOWN);
}

function pickText(cells: Cells, dimension: TextDimension): string {
  const [none] = dimension.passing('equal', '');
  if (none !== undefined && hasCell(cells, none)) return '';
  return dimension.sample(rangesOf(cells)[0]?.[0] ?? 0);
}

function pickAddress(cells: Cells, { bounds }: AddressDimension): Uint8Array {
  const ranges = rangesOf(cells).map(([from, to]) => ({ low: bounds(from).low, high: bounds(to - 1).high }));
  for (const text of USUAL_ADDRESSES) {
    const hex = Buffer.from(parseAddress(text) ?? []).toString('hex');
    if (ranges.some(({ low, high }) => low <= hex && hex <= high)) return bytesOf(hex);
  }
  const chosen = ranges.find(({ low, high }) => MAPPED.low <= low && high <= MAPPED.high) ?? ranges[0];
  const { low, high } = chosen ?? { low: hexOf(0n), high: hexOf(0n) };
  // The first address of a network is seldom a host's.
  return bytesOf(low !== high && low.endsWith('0') ? hexOf(BigInt(`0x${low}`) + 1n) : low);
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** A second within one of the time ranges and one of the minutes of the week. */
function pickTime(times: Cells, minutes: Cells, space: Space): number | undefined {
  const { time, weekMinute } = space;
  const wanted = rangesOf(minutes).map(([from, to]) => ({
    low: weekMinute.bounds(from).low,
    high: weekMinute.bounds(to - 1).high,
  }));
  let first: number | undefined;
  for (const [from, to] of rangesOf(times)) {
    const { low, high } = { low: time.bounds(from).low, high: time.bounds(to - 1).high };
    for (const start of [USUAL_TIME, low]) {
      if (!inCells({ low, high }, start)) continue;
      for (const range of wanted) {
        const second = nextInMinutes(start, range);
        if (second <= high && (first === undefined || start === USUAL_TIME)) first = second;
        if (first !== undefined) return first;
      }
    }
  }
  return first;
}

/** The first second from `start` on that is in these minutes of a week. */
function nextInMinutes(start: number, { low, high }: { low: number; high: number }): number {
  const minute = Math.floor(start / 60);
  const ofWeek = (minute + MONDAY_TO_1970) % MINUTES_OF_WEEK;
  if (inCells({ low, high }, ofWeek)) return start;
  const wait = (low - ofWeek + MINUTES_OF_WEEK) % MINUTES_OF_WEEK;
  return (minute + wait) * 60;
}

/** A peer's SPIFFE ID, or an empty text for one that is not known; it has both parts or none. */
function pickPeer(domains: Cells, paths: Cells, { peerDomain, peerPath }: Space): string | undefined {
  const [unknown = -1] = peerDomain.passing('equal', '');
  const [empty = -1] = peerPath.passing('equal', '');
  if (hasCell(domains, unknown) && hasCell(paths, empty)) return '';
  for (const [from, to] of rangesOf(domains)) {
    for (let cell = from; cell < to; cell++) {
      if (cell === unknown) continue;
      const id = `spiffe://${peerDomain.sample(cell)}${peerPath.sample(rangesOf(paths)[0]?.[0] ?? 0)}`;
      if (textLength(id) <= LIMITS.spiffeIdLength) return id;
    }
  }
  return undefined;
}
