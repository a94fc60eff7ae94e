// SPDX-License-Identifier: Apache-2.0
// Times and durations, in nanoseconds. The engine's own are in milliseconds, without a range, and accept texts in other forms.

import type { Environment } from 'cel-js';
import { quoted } from '../../terminal/visible.ts';
import { ownName } from './names.ts';
import { failure } from './text.ts';

const SYNC = { async: false } as const;
const SECOND = 1_000_000_000n;

/** 64 bits of nanoseconds, as in the other implementations of CEL. */
const LONGEST = 2n ** 63n - 1n;
/** The years 1 to 9999. */
const EARLIEST = -62_135_596_800n * SECOND;
const LATEST = 253_402_300_800n * SECOND - 1n;

/** A length of time. */
export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    if (nanos > LONGEST || nanos < -LONGEST - 1n) throw failure('the duration is out of range');
    this.nanos = nanos;
  }
}

/** A moment, in nanoseconds since 1970, UTC. */
export class Timestamp {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    if (nanos < EARLIEST || nanos > LATEST) throw failure('the time is not in the years 1 to 9999');
    this.nanos = nanos;
  }
}

/** Adds duration(), timestamp(), what can be asked of both, and their operators. */
export function registerTime(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler, SYNC);
  };
  environment.registerType('Duration', { ctor: Duration, fields: {} });
  environment.registerType('Timestamp', { ctor: Timestamp, fields: {} });

  add(`${ownName('duration')}(Duration): Duration`, (value: Duration) => value);
  add(`${ownName('duration')}(string): Duration`, parseDuration);
  add(`${ownName('timestamp')}(Timestamp): Timestamp`, (value: Timestamp) => value);
  add(`${ownName('timestamp')}(int): Timestamp`, (seconds: bigint) => new Timestamp(seconds * SECOND));
  add(`${ownName('timestamp')}(string): Timestamp`, parseTimestamp);
  add(`${ownName('int')}(Timestamp): int`, ({ nanos }: Timestamp) => floorDivide(nanos, SECOND));
  add(`${ownName('string')}(Timestamp): string`, timestampText);
  add(`${ownName('string')}(Duration): string`, durationText);

  for (const [name, unit] of DURATION_PARTS)
    add(`Duration.${name}(): int`, ({ nanos }: Duration) => nanos / unit);
  add('Duration.getMilliseconds(): int', ({ nanos }: Duration) => (nanos % SECOND) / 1_000_000n);
  for (const [name, part] of CALENDAR) {
    add(`Timestamp.${name}(): int`, ({ nanos }: Timestamp) => BigInt(part(clock(nanos, 'UTC'))));
    add(`Timestamp.${name}(string): int`, ({ nanos }: Timestamp, zone: string) =>
      BigInt(part(clock(nanos, zone))),
    );
  }
  registerOperators(environment);
}

function registerOperators(environment: Environment): void {
  environment
    .registerOperator(
      'Duration + Duration: Duration',
      (a: Duration, b: Duration) => new Duration(a.nanos + b.nanos),
    )
    .registerOperator(
      'Duration - Duration: Duration',
      (a: Duration, b: Duration) => new Duration(a.nanos - b.nanos),
    )
    .registerOperator(
      'Timestamp + Duration: Timestamp',
      (a: Timestamp, b: Duration) => new Timestamp(a.nanos + b.nanos),
    )
    .registerOperator(
      'Duration + Timestamp: Timestamp',
      (a: Duration, b: Timestamp) => new Timestamp(a.nanos + b.nanos),
    )
    .registerOperator(
      'Timestamp - Duration: Timestamp',
      (a: Timestamp, b: Duration) => new Timestamp(a.nanos - b.nanos),
    )
    .registerOperator(
      'Timestamp - Timestamp: Duration',
      (a: Timestamp, b: Timestamp) => new Duration(a.nanos - b.nanos),
    );
  for (const type of ['Duration', 'Timestamp']) {
    environment
      .registerOperator(`${type} == ${type}`, (a: Duration, b: Duration) => a.nanos === b.nanos)
      .registerOperator(`${type} < ${type}`, (a: Duration, b: Duration) => a.nanos < b.nanos)
      .registerOperator(`${type} <= ${type}`, (a: Duration, b: Duration) => a.nanos <= b.nanos)
      .registerOperator(`${type} > ${type}`, (a: Duration, b: Duration) => a.nanos > b.nanos)
      .registerOperator(`${type} >= ${type}`, (a: Duration, b: Duration) => a.nanos >= b.nanos);
  }
}

const DURATION_PARTS: readonly (readonly [string, bigint])[] = [
  ['getHours', 3600n * SECOND],
  ['getMinutes', 60n * SECOND],
  ['getSeconds', SECOND],
];

const UNITS: Readonly<Record<string, bigint>> = {
  h: 3600n * SECOND,
  m: 60n * SECOND,
  s: SECOND,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};

/** Characters of a duration or time: a longer text is none, and is not looked at. */
const MOST_CHARACTERS = 64;

function parseDuration(text: string): Duration {
  const [, sign, rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (text.length > MOST_CHARACTERS || !/^(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/.test(rest))
    throw failure(`${quoted(text)} is not a duration such as 90s or 1h30m`);
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)\.?(\d*)(ns|us|µs|ms|s|m|h)/g)) {
    const size = UNITS[unit];
    if (size === undefined) throw failure(`${quoted(unit)} is not a unit of time`);
    nanos += BigInt(whole) * size + (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
  }
  return new Duration(sign === '-' ? -nanos : nanos);
}

function parseTimestamp(text: string): Timestamp {
  const form =
    text.length > MOST_CHARACTERS
      ? null
      : /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([-+])(\d\d):(\d\d))$/i.exec(text);
  const [, date = '', fraction = '', sign, hours = '0', minutes = '0'] = form ?? [];
  const milliseconds = Date.parse(`${date}Z`);
  // A 30th of February is moved on by Date; it is no time.
  if (
    Number.isNaN(milliseconds) ||
    new Date(milliseconds).toISOString().slice(0, 19) !== date.toUpperCase() ||
    Number(hours) > 23 ||
    Number(minutes) > 59
  )
    throw failure(`${quoted(text)} is not a time such as 2026-11-23T10:00:00Z`);
  const ahead = BigInt(Number(hours) * 60 + Number(minutes)) * 60n * SECOND;
  const local = BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  return new Timestamp(sign === '-' ? local + ahead : local - ahead);
}

/** A time as RFC 3339 writes it. */
export function timestampText({ nanos }: Timestamp): string {
  const seconds = floorDivide(nanos, SECOND);
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${date}${fractionText(nanos - seconds * SECOND)}Z`;
}

/** A duration in seconds. */
export function durationText({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? '-' : ''}${size / SECOND}${fractionText(size % SECOND)}s`;
}

function fractionText(nanos: bigint): string {
  return nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

/** What a clock and a calendar show, in UTC. */
type Clock = Date;

const CALENDAR: readonly (readonly [string, (clock: Clock) => number])[] = [
  ['getFullYear', (date) => date.getUTCFullYear()],
  ['getMonth', (date) => date.getUTCMonth()],
  ['getDate', (date) => date.getUTCDate()],
  ['getDayOfMonth', (date) => date.getUTCDate() - 1],
  ['getDayOfWeek', (date) => date.getUTCDay()],
  ['getDayOfYear', (date) => Math.floor((date.getTime() - startOfYear(date)) / 86_400_000)],
  ['getHours', (date) => date.getUTCHours()],
  ['getMinutes', (date) => date.getUTCMinutes()],
  ['getSeconds', (date) => date.getUTCSeconds()],
  ['getMilliseconds', (date) => date.getUTCMilliseconds()],
];

function startOfYear(date: Clock): number {
  return Date.parse(`${String(date.getUTCFullYear()).padStart(4, '0')}-01-01T00:00:00Z`);
}

function clock(nanos: bigint, zone: string): Clock {
  const milliseconds = Number(floorDivide(nanos, 1_000_000n));
  return new Date(milliseconds + offsetAt(milliseconds, zone));
}

/** Milliseconds by which a zone is ahead of UTC. A zone is a name of the time zone database, or a difference: 02:00, -05:30. */
function offsetAt(milliseconds: number, zone: string): number {
  const fixed = /^([-+]?)(\d\d):(\d\d)$/.exec(zone);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    return (fixed[1] === '-' ? -minutes : minutes) * 60_000;
  }
  if (zone === 'UTC') return 0;
  const name = formatOf(zone)
    .format(new Date(milliseconds))
    .replace(/^.*GMT/s, '');
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /^([-+])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -size : size;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();
/** Zones whose rules stay loaded. */
const MOST_ZONES = 64;

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(zone);
  if (known !== undefined) return known;
  if (FORMATS.size >= MOST_ZONES) FORMATS.clear();
  try {
    if (zone.length > MOST_CHARACTERS) throw new RangeError(zone);
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    FORMATS.set(zone, format);
    return format;
  } catch {
    throw failure(`there is no time zone ${quoted(zone)}`);
  }
}
