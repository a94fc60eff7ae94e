// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasMoment } from '../../src/conditions/clock.ts';
import { holdsOf } from '../../src/conditions/holds.ts';
import { joinRanges, type Ranges } from '../../src/conditions/ranges.ts';
import type { NumberField } from '../../src/conditions/types.ts';

const DAY = 24 * 60;
const START = Date.UTC(2026, 11, 1) / 1000;

/** At most two ranges, in the coarse steps of which brute force tries each. */
function ranges(most: number, step: number, from = 0) {
  return fc.array(fc.tuple(fc.nat(most / step), fc.nat(6)), { maxLength: 2 }).map((pairs) =>
    joinRanges(
      pairs.map(([low, steps]) => ({ low: from + low * step, high: from + (low + steps + 1) * step - 1 })),
      0xffff_ffff,
    ),
  );
}

test('a moment is found exactly where some second is in all ranges', () => {
  fc.assert(
    fc.property(
      ranges(8 * DAY * 60, 6 * 3600, START),
      ranges(DAY - 7 * 60, 60),
      ranges(7 * DAY - 42 * 60, 6 * 60),
      (time, dayMinute, weekMinute) => {
        const fields = (
          [
            ['time', time],
            ['dayMinute', dayMinute],
            ['weekMinute', weekMinute],
          ] as const
        ).filter(([, of]) => of.length > 0);
        const isIn = (second: number): boolean =>
          fields.every(([field, of]) =>
            of.some(({ low, high }) =>
              holdsOf(
                { kind: 'number', field, low, high },
                {
                  direction: 'output',
                  facts: {},
                  connection: { remote: { address: new Uint8Array(4), port: 1 }, time: second },
                },
              ),
            ),
          );
        let found = false;
        for (let second = START; !found && second < START + 10 * DAY * 60; second += 3600)
          found = isIn(second);
        const sets = new Map<NumberField, Ranges>(fields);
        expect(hasMoment(sets)).toBe(found);
      },
    ),
    { numRuns: 500 },
  );
});

test('a time that lasts a week has every minute of it', () => {
  const weekMinute = [{ low: 5, high: 5 }];
  const lasting = (seconds: number) =>
    new Map([
      ['time', [{ low: START, high: START + seconds - 1 }]],
      ['weekMinute', weekMinute],
    ] as const);
  expect(hasMoment(lasting(7 * DAY * 60))).toBe(true);
  expect(hasMoment(lasting(DAY * 60))).toBe(false);
  expect(
    hasMoment(
      new Map([
        ['time', [{ low: 0, high: 0xffff_ffff }]],
        ['weekMinute', weekMinute],
      ] as const),
    ),
  ).toBe(true);
});
