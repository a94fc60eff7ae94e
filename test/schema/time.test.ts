// SPDX-License-Identifier: Apache-2.0
// Moments and times of the week, as they are written and as the compiler reads them.

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { moment, timeFields } from '../../src/schema/time.ts';

const windows = z.strictObject(timeFields);

function windowOf(window: unknown): unknown {
  const result = windows.safeParse({ windows: [window] });
  return result.success
    ? result.data.windows[0]
    : result.error.issues.map(({ path }) => path.slice(2).join('.'));
}

describe('a moment', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2026-03-01T08:00:00Z', 1_772_352_000],
    ['2026-03-01t08:00:00z', 1_772_352_000],
    ['2026-03-01T09:00:00+01:00', 1_772_352_000],
    ['2026-02-28T22:30:00-09:30', 1_772_352_000],
    ['2026-03-01T22:00:00+14:00', 1_772_352_000],
    ['2024-02-29T23:59:59Z', 1_709_251_199],
    ['2106-02-07T06:28:15Z', 4_294_967_295],
  ])('%s is a number of seconds', (text, seconds) => {
    expect(moment.parse(text)).toBe(seconds);
  });

  test.each([
    '2106-02-07T06:28:16Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+00:01',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+14:01',
    '2026-01-01T00:00:00+15:00',
    '2026-01-01T00:00:00+01:60',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00Z ',
    'x2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.5Z',
    '2026-01-01',
  ])('is not %s', (text) => {
    expect(moment.safeParse(text).success).toBe(false);
  });
});

describe('a time of the week', () => {
  const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

  test.each([
    [{ days: 'mon' }, { days: [0], from: 0, to: 1440, offset: 0 }],
    [{ days: 'mon-fri' }, { days: [0, 1, 2, 3, 4], from: 0, to: 1440, offset: 0 }],
    [{ days: 'sat-mon' }, { days: [0, 5, 6], from: 0, to: 1440, offset: 0 }],
    [{ days: ['sun', 'fri-sat', 'sat'] }, { days: [4, 5, 6], from: 0, to: 1440, offset: 0 }],
    [{ from: '09:05' }, { days: EVERY_DAY, from: 545, to: 1440, offset: 0 }],
    [
      { from: '23:59', to: '24:00' },
      { days: EVERY_DAY, from: 1439, to: 1440, offset: 0 },
    ],
    [{ to: '00:59' }, { days: EVERY_DAY, from: 0, to: 59, offset: 0 }],
    [{ timezone: 'UTC' }, { days: EVERY_DAY, from: 0, to: 1440, offset: 0 }],
    [{ timezone: '+02:30' }, { days: EVERY_DAY, from: 0, to: 1440, offset: 150 }],
    [{ timezone: '-14:00' }, { days: EVERY_DAY, from: 0, to: 1440, offset: -840 }],
  ])('is read in minutes: %j', (written, read) => {
    expect(windowOf(written)).toEqual(read);
  });

  test.each([
    [{ days: 'Mon' }, 'days'],
    [{ days: 'mon-' }, 'days'],
    [{ days: '-fri' }, 'days'],
    [{ days: 'mon-tue-wed' }, 'days'],
    [{ days: '' }, 'days'],
    [{ from: '24:00' }, 'from'],
    [{ from: '9:00' }, 'from'],
    [{ from: '09:60' }, 'from'],
    [{ to: '24:01' }, 'to'],
    [{ to: '25:00' }, 'to'],
    [{ to: 'x09:00' }, 'to'],
    [{ to: '09:000' }, 'to'],
    [{ timezone: '+14:01' }, 'timezone'],
    [{ timezone: '+02:60' }, 'timezone'],
    [{ timezone: 'x+02:00' }, 'timezone'],
    [{ timezone: '+02:000' }, 'timezone'],
    [{ timezone: 'z' }, 'timezone'],
    [{}, ''],
  ])('is not %j', (written, field) => {
    expect(windowOf(written)).toEqual([field]);
  });
});
