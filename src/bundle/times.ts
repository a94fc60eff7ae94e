// SPDX-License-Identifier: Apache-2.0
// Times for people: the kernel has minutes of the day and of the week, and seconds since 1970, all in UTC.

/** From a number to another one, both included. */
export type TimeRange = readonly [low: number, high: number];

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const DAY = 24 * 60;
const WEEK = 7 * DAY;
const LAST_TIME = 0xffff_ffff;

/**
 * Minutes of the week, ascending: `Mon-Fri 09:00-17:00`. Days that follow one another with the same hours stand together. After
 * Sunday comes Monday.
 */
export function weekWords(ranges: readonly TimeRange[]): readonly string[] {
  const parts: { from: number; until: number; hours: string }[] = [];
  for (const [low, high] of joinEnds(ranges, WEEK)) {
    const [from, until] = [Math.floor(low / DAY), Math.floor(high / DAY)];
    const hours = hoursWords(low, high);
    const last = parts.at(-1);
    // Several whole days are one range.
    if (hours === '') parts.push({ from, until, hours });
    else if (hours === undefined) parts.push({ from, until: from, hours: longWords(low, high) });
    else if (last?.until === from - 1 && last.hours === hours) last.until = from;
    else parts.push({ from, until: from, hours });
  }
  const [first, last] = [parts[0], parts.at(-1)];
  if (
    first !== undefined &&
    first !== last &&
    first.from === 0 &&
    last?.until === 6 &&
    first.hours === last.hours
  ) {
    last.until += first.until + 1;
    parts.shift();
  }
  return parts.map(({ from, until, hours }) => {
    const days = from === until ? dayName(from) : `${dayName(from)}-${dayName(until)}`;
    return `${days} ${hours}`.trimEnd();
  });
}

/** A range that ends where the time begins anew is one with that which begins there. */
function joinEnds(ranges: readonly TimeRange[], size: number): readonly TimeRange[] {
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (first === undefined || last === undefined || first === last) return ranges;
  if (first[0] !== 0 || last[1] !== size - 1) return ranges;
  return [...ranges.slice(1, -1), [last[0], size + first[1]]];
}

function dayName(day: number): string {
  return DAYS[day % DAYS.length] ?? '';
}

/** The hours of a range that begins on a day and ends on it or in the night after; empty for whole days. */
function hoursWords(low: number, high: number): string | undefined {
  const [start, end] = [low % DAY, (high % DAY) + 1];
  if (start === 0 && end === DAY) return '';
  const nights = Math.floor(high / DAY) - Math.floor(low / DAY);
  // As in a policy, hours that end before they begin end on the next day. A whole day and night would look like nothing.
  return nights === 0 || (nights === 1 && end < start) ? `${clock(start)}-${clock(end)}` : undefined;
}

function longWords(low: number, high: number): string {
  return `${clock(low % DAY)} until ${dayName(Math.floor(high / DAY))} ${clock((high % DAY) + 1)}`;
}

/** Minutes of the day, ascending: `09:00-17:00`, and `22:00-06:00` over midnight. */
export function dayWords(ranges: readonly TimeRange[]): readonly string[] {
  return joinEnds(ranges, DAY).map(([low, high]) => {
    const end = high + 1;
    return `${clock(low)}-${clock(end > DAY ? end - DAY : end)}`;
  });
}

function clock(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Seconds since 1970: `from 2026-11-23T17:00:00Z until 2026-11-24T05:00:00Z`. */
export function momentWords([low, high]: TimeRange): string {
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  if (low === 0) return `before ${at(high + 1)}`;
  return high === LAST_TIME ? `from ${at(low)}` : `from ${at(low)} until ${at(high + 1)}`;
}

/** Fields that are times of the clock. */
export type ClockField = 'dayMinute' | 'weekMinute';

export function isClockField(field: string): field is ClockField {
  return field === 'dayMinute' || field === 'weekMinute';
}

/**
 * That the time of a connection is in one of some ranges, `time in Mon-Fri 09:00-17:00 UTC`; or in none of them. Said the other way
 * round where that is shorter.
 */
export function clockWords(field: ClockField, ranges: readonly TimeRange[], holds = true): string {
  const [size, wordsOf] = field === 'weekMinute' ? [WEEK, weekWords] : ([DAY, dayWords] as const);
  const others = otherTimes(ranges, size);
  const [inside, outside] = [otherTimes(others, size), others].map(wordsOf);
  const [yes = [], no = []] = holds ? [inside, outside] : [outside, inside];
  const isShort = yes.length > 0 && (yes.length <= no.length || no.length === 0);
  return isShort ? `time in ${yes.join(', ')} UTC` : `not (time in ${no.join(', ')} UTC)`;
}

/** The times in none of the ranges, which may stand in any order. */
function otherTimes(ranges: readonly TimeRange[], size: number): readonly TimeRange[] {
  const others: TimeRange[] = [];
  let next = 0;
  for (const [low, high] of ranges.toSorted(([a], [b]) => a - b)) {
    if (low > next) others.push([next, low - 1]);
    next = Math.max(next, high + 1);
  }
  if (next < size) others.push([next, size - 1]);
  return others;
}
