// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clockWords, dayWords, momentWords, type TimeRange, weekWords } from '../../src/bundle/times.ts';

const DAY = 24 * 60;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const at = (day: number, hour: number, minute = 0): number => day * DAY + hour * 60 + minute;

describe('times of the week', () => {
  const cases: readonly [string, readonly TimeRange[]][] = [
    ['Mon-Fri 09:00-17:00', [0, 1, 2, 3, 4].map((day) => [at(day, 9), at(day, 17) - 1])],
    ['Mon-Tue 09:00-17:00, Thu 09:00-17:00', [0, 1, 3].map((day) => [at(day, 9), at(day, 17) - 1])],
    ['Mon 09:00-17:00, Tue 10:00-17:00', [0, 1].map((day) => [at(day, 9 + day), at(day, 17) - 1])],
    ['Mon-Fri 21:00-03:00', [0, 1, 2, 3, 4].map((day) => [at(day, 21), at(day + 1, 3) - 1])],
    ['Sun 21:00-03:00', [[0, at(0, 3) - 1], [at(6, 21), 7 * DAY - 1]]],
    ['Tue 09:00-17:00, Sun 21:00-03:00', [[0, at(0, 3) - 1], [at(1, 9), at(1, 17) - 1], [at(6, 21), 7 * DAY - 1]]],
    ['Fri-Mon 20:00-04:00', [[0, at(0, 4) - 1], ...[0, 4, 5].map((day): TimeRange => [at(day, 20), at(day + 1, 4) - 1]), [at(6, 20), 7 * DAY - 1]]],
    ['Fri 17:00 until Mon 09:00', [[0, at(0, 9) - 1], [at(4, 17), 7 * DAY - 1]]],
    ['Sun-Mon', [[0, DAY - 1], [at(6, 0), 7 * DAY - 1]]],
    ['Mon-Sun', [[0, 7 * DAY - 1]]],
    ['Sat 09:00 until Sun 09:00', [[at(5, 9), at(6, 9) - 1]]],
    ['Sat-Sun', [[at(5, 0), 7 * DAY - 1]]],
    ['Wed', [[at(2, 0), at(3, 0) - 1]]],
    ['Fri 18:00 until Sun 06:00', [[at(4, 18), at(6, 6) - 1]]],
    ['Mon 09:00 until Tue 10:00', [[at(0, 9), at(1, 10) - 1]]],
    ['Mon 09:30-09:31', [[at(0, 9, 30), at(0, 9, 30)]]],
  ]; // prettier-ignore
  test.each(cases)('are %s', (words, ranges) => {
    expect(weekWords(ranges).join(', ')).toBe(words);
  });

  /** Reads the words back: the minutes that they say. */
  function minutesOf(words: readonly string[]): Set<number> {
    const minutes = new Set<number>();
    const clock = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
    for (const part of words) {
      const [, first = '', last = first, hours = ''] = /^(\w{3})(?:-(\w{3}))?(?: (.*))?$/.exec(part) ?? [];
      const [, start = '00:00', separator = '-', end = '24:00'] =
        /^(\d\d:\d\d)(-| until \w{3} )(\d\d:\d\d)/.exec(hours) ?? [];
      const untilDay = / until (\w{3})/.exec(separator)?.[1];
      const later = (name: string, than: number): number =>
        DAYS.indexOf(name) + (DAYS.indexOf(name) < than ? 7 : 0);
      const from = DAYS.indexOf(first);
      for (let day = from; day <= later(last, from); day++) {
        const endDay = untilDay === undefined ? day + (end < start ? 1 : 0) : later(untilDay, day);
        for (let m = day * DAY + clock(start); m < endDay * DAY + clock(end); m++) minutes.add(m % (7 * DAY));
      }
    }
    return minutes;
  }

  test('say exactly the minutes that are meant', () => {
    const bound = fc.oneof(
      fc.integer({ min: 0, max: 7 * DAY }),
      fc
        .tuple(fc.nat(7), fc.constantFrom(0, 9 * 60, 17 * 60))
        .map(([day, m]) => Math.min(day * DAY + m, 7 * DAY)),
    );
    fc.assert(
      fc.property(fc.uniqueArray(bound, { minLength: 2, maxLength: 10 }), (bounds) => {
        const sorted = bounds.toSorted((a, b) => a - b);
        const ranges: TimeRange[] = [];
        for (let i = 0; i + 1 < sorted.length; i += 2)
          ranges.push([sorted[i] ?? 0, (sorted[i + 1] ?? 0) - 1]);
        const meant = new Set<number>();
        for (const [low, high] of ranges) for (let m = low; m <= high; m++) meant.add(m);
        expect(minutesOf(weekWords(ranges))).toEqual(meant);
      }),
      { numRuns: 300 },
    );
  });
});

test('times of the day and moments end where they are no more', () => {
  expect(dayWords([[540, 1019], [1020, DAY - 1]])).toEqual(['09:00-17:00', '17:00-24:00']); // prettier-ignore
  expect(dayWords([[0, 359], [1320, DAY - 1]])).toEqual(['22:00-06:00']); // prettier-ignore
  expect(dayWords([[0, DAY - 1]])).toEqual(['00:00-24:00']);
  expect(clockWords('dayMinute', [[0, 59]])).toBe('time in 00:00-01:00 UTC');
  expect(momentWords([0, 59])).toBe('before 1970-01-01T00:01:00Z');
  expect(momentWords([60, 119])).toBe('from 1970-01-01T00:01:00Z until 1970-01-01T00:02:00Z');
  expect(momentWords([60, 0xffff_ffff])).toBe('from 1970-01-01T00:01:00Z');
});

test('times are said as what holds or what does not, whichever is shorter', () => {
  const day: TimeRange = [at(0, 6), at(0, 22) - 1];
  expect(clockWords('dayMinute', [day], false)).toBe('time in 22:00-06:00 UTC');
  const work = [0, 1, 2, 3, 4].map((n): TimeRange => [at(n, 9), at(n, 17) - 1]);
  expect(clockWords('weekMinute', work)).toBe('time in Mon-Fri 09:00-17:00 UTC');
  expect(clockWords('weekMinute', work.toReversed(), false)).toBe('not (time in Mon-Fri 09:00-17:00 UTC)');
  const weekend: TimeRange[] = [
    [at(0, 4), at(0, 20) - 1],
    [at(1, 4), at(4, 20) - 1],
    [at(5, 4), at(5, 20) - 1],
    [at(6, 4), at(6, 20) - 1],
  ];
  expect(clockWords('weekMinute', weekend, false)).toBe('time in Fri-Mon 20:00-04:00 UTC');
});
