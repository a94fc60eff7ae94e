// SPDX-License-Identifier: Apache-2.0
// Times for people: the kernel has minutes of the day and of the week, and seconds since 1970, all in UTC.

/** From a number to another one, both included. */
export type TimeRange = readonly [low: number, high: number];

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const DAY = 24 * 60;
const LAST_TIME = 0xffff_ffff;

/** Minutes of the week: `Mon-Fri 09:00-17:00`. Days that follow one another with the same hours stand together. */
export function weekWords(ranges: readonly TimeRange[]): readonly string[] {
  const parts: { from: number; until: number; hours: string }[] = [];
  for (const [low, high] of ranges) {
    const [from, until] = [Math.floor(low / DAY), Math.floor(high / DAY)];
    const hours = hoursWords(low, high);
    const last = parts.at(-1);
    // Several whole days are one range.
    if (hours === '') parts.push({ from, until, hours });
    else if (hours === undefined) parts.push({ from, until: from, hours: longWords(low, high) });
    else if (last?.until === from - 1 && last.hours === hours) last.until = from;
    else parts.push({ from, until: from, hours });
  }
  return parts.map(({ from, until, hours }) => {
    const days = from === until ? DAYS[from] : `${DAYS[from]}-${DAYS[until]}`;
    return `${days} ${hours}`.trimEnd();
  });
}

/** The hours of a range that begins on a day and ends on it or in the night after; empty for whole days. */
function hoursWords(low: number, high: number): string | undefined {
  const [start, end] = [low % DAY, (high % DAY) + 1];
  if (start === 0 && end === DAY) return '';
  const nights = Math.floor(high / DAY) - Math.floor(low / DAY);
  // As in a policy, hours that end before they begin end on the next day.
  return nights === 0 || (nights === 1 && end <= start) ? `${clock(start)}-${clock(end)}` : undefined;
}

function longWords(low: number, high: number): string {
  return `${clock(low % DAY)} until ${DAYS[Math.floor(high / DAY)]} ${clock((high % DAY) + 1)}`;
}

/** Minutes of the day: `09:00-17:00`. */
export function dayWords(ranges: readonly TimeRange[]): readonly string[] {
  return ranges.map(([low, high]) => `${clock(low)}-${clock(high + 1)}`);
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

/** That the time of a connection is in one of some ranges: `time in Mon-Fri 09:00-17:00 UTC`. */
export function clockWords(field: ClockField, ranges: readonly TimeRange[]): string {
  const words = field === 'weekMinute' ? weekWords(ranges) : dayWords(ranges);
  return `time in ${words.join(', ')} UTC`;
}
