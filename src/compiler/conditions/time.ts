// SPDX-License-Identifier: Apache-2.0
// The time of a connection: the kernel has seconds since 1970, minutes of the day and minutes of the week, all in UTC.

import type { NumberField } from '../../conditions/types.ts';
import { type Ranges, turnRanges } from '../../conditions/ranges.ts';

/** Parts of a time that follow from the minute of the day or of the week. */
export type ClockPart = 'hours' | 'minutes' | 'weekday';

/** The functions of CEL that give them. */
export const CLOCK_FUNCTIONS: Readonly<Record<string, ClockPart>> = {
  getHours: 'hours',
  getMinutes: 'minutes',
  getDayOfWeek: 'weekday',
};

/** The greatest number that a part can be; each begins at 0. */
export const MOST_CLOCK: Readonly<Record<ClockPart, number>> = { hours: 23, minutes: 59, weekday: 6 };

const HOUR = 60;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** Minutes that a fixed zone is ahead of UTC; undefined when the text is none. */
export function zoneOffset(zone: string): number | undefined {
  if (zone === 'UTC') return 0;
  const [, sign, hours, minutes] = /^([+-]?)([01]\d|2[0-3]):([0-5]\d)$/.exec(zone) ?? [];
  if (sign === undefined) return undefined;
  const offset = Number(hours) * HOUR + Number(minutes);
  return sign === '-' ? 0 - offset : offset;
}

/** When, in UTC, a part of the time of a zone is in these ranges. */
export function clockIn(
  part: ClockPart,
  ranges: Ranges,
  offset: number,
): { readonly field: NumberField; readonly ranges: Ranges } {
  switch (part) {
    case 'hours': {
      const minutes = ranges.map(({ low, high }) => ({ low: low * HOUR, high: high * HOUR + HOUR - 1 }));
      return { field: 'dayMinute', ranges: turnRanges(minutes, -offset, DAY) };
    }
    case 'minutes': {
      const minutes = Array.from({ length: 24 }, (_, hour) => hour * HOUR).flatMap((hour) =>
        ranges.map(({ low, high }) => ({ low: hour + low, high: hour + high })),
      );
      return { field: 'dayMinute', ranges: turnRanges(minutes, -offset, DAY) };
    }
    case 'weekday': {
      // CEL counts from Sunday, the kernel from Monday.
      const minutes = ranges.map(({ low, high }) => ({ low: low * DAY, high: high * DAY + DAY - 1 }));
      return { field: 'weekMinute', ranges: turnRanges(minutes, -DAY - offset, WEEK) };
    }
  }
}
