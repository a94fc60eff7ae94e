// SPDX-License-Identifier: Apache-2.0
// The time, the minute of the day and the minute of the week are three fields of one moment.

import { commonToAll, joinRanges, MOST_NUMBERS, type Ranges, turnRanges } from './ranges.ts';
import type { NumberField } from './types.ts';

const DAY = MOST_NUMBERS.dayMinute + 1;
const WEEK = MOST_NUMBERS.weekMinute + 1;
/** The minute of the week in which 1970 began, on a Thursday: a week begins on Monday. */
export const EPOCH_MINUTE = 3 * DAY;

/** Whether there is a moment whose fields are in these ranges; a field that is absent can be anything. */
export function hasMoment(ranges: ReadonlyMap<NumberField, Ranges>): boolean {
  const [times, days, weeks] = [ranges.get('time'), ranges.get('dayMinute'), ranges.get('weekMinute')];
  const sets = [
    ...(times === undefined ? [] : [weekMinutesOf(times)]),
    ...(days === undefined ? [] : [onEachDay(days)]),
    ...(weeks === undefined ? [] : [weeks]),
  ];
  return sets.length < 2 || commonToAll(sets, MOST_NUMBERS.weekMinute).length > 0;
}

/** The minutes of the week that some of the times are in. */
function weekMinutesOf(times: Ranges): Ranges {
  const minutes = times.map(({ low, high }) => ({ low: Math.floor(low / 60), high: Math.floor(high / 60) }));
  if (minutes.some(({ low, high }) => high - low >= WEEK - 1))
    return [{ low: 0, high: MOST_NUMBERS.weekMinute }];
  return turnRanges(minutes, EPOCH_MINUTE, WEEK);
}

function onEachDay(minutes: Ranges): Ranges {
  return joinRanges(
    Array.from({ length: WEEK / DAY }, (_, day) => day * DAY).flatMap((from) =>
      minutes.map(({ low, high }) => ({ low: low + from, high: high + from })),
    ),
    MOST_NUMBERS.weekMinute,
  );
}
