// SPDX-License-Identifier: Apache-2.0
// The oracles compare as people do: windows with the clock on the wall, patterns letter by letter.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { peerCondition, portCondition, timeCondition } from '../../../src/compiler/resolve/conditions.ts';
import type { Condition } from '../../../src/conditions/types.ts';
import type { TimeWindow } from '../../../src/compiler/shape/types.ts';
import { cpuTime } from '../../cpu-time.ts';

type Fields = Readonly<Record<string, number | string>>;

function holds(condition: Condition | undefined, fields: Fields): boolean {
  switch (condition?.kind) {
    case undefined:
      return true;
    case 'constant':
      return condition.value;
    case 'not':
      return !holds(condition.of, fields);
    case 'all':
      return condition.of.every((part) => holds(part, fields));
    case 'any':
      return condition.of.some((part) => holds(part, fields));
    case 'number': {
      const value = Number(fields[condition.field]);
      return value >= condition.low && value <= condition.high;
    }
    case 'text': {
      const value = String(fields[condition.field]);
      if (condition.test === 'equal') return value === condition.text;
      return condition.test === 'starts' ? value.startsWith(condition.text) : value.endsWith(condition.text);
    }
    case 'address':
      throw new Error('not asked here');
  }
}

/** 1970-01-01 was a Thursday. */
function atTime(time: number): Fields {
  const minutes = Math.floor(time / 60);
  return { time, dayMinute: minutes % 1440, weekMinute: (minutes + 3 * 1440) % 10_080 };
}

/** Whether the clock on the wall shows a time of the window: today's, or one that began yesterday. */
function isOpen({ days, from, to, offset }: TimeWindow, time: number): boolean {
  const wall = new Date((time + offset * 60) * 1000);
  const day = (wall.getUTCDay() + 6) % 7;
  const minute = wall.getUTCHours() * 60 + wall.getUTCMinutes();
  const over = to <= from;
  if (days.includes(day) && minute >= from && (over || minute < to)) return true;
  return over && days.includes((day + 6) % 7) && minute < to;
}

const window: fc.Arbitrary<TimeWindow> = fc.record({
  days: fc.oneof(
    fc.constant([0, 1, 2, 3, 4, 5, 6]),
    fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 }),
  ),
  from: fc.integer({ min: 0, max: 1439 }),
  to: fc.integer({ min: 0, max: 1440 }),
  offset: fc.integer({ min: -840, max: 840 }),
});

describe('windows', () => {
  test('are open when the clock on the wall says so', () => {
    const time = fc.integer({ min: 0, max: 4_294_967_295 });
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        fc.array(time, { minLength: 20 }),
        (windows, times) => {
          const condition = timeCondition({ windows });
          const edges = windows.flatMap(({ from, to, offset }) =>
            [from, to].flatMap((minute) =>
              [-1, 0, 59, 60].map((s) => 864_000_000 + (minute - offset) * 60 + s),
            ),
          );
          for (const moment of [...times, ...edges]) {
            expect([moment, holds(condition, atTime(moment))]).toEqual([
              moment,
              windows.some((one) => isOpen(one, moment)),
            ]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  const all = [0, 1, 2, 3, 4, 5, 6];
  test('of every day take one test of the minute of the day, others one for each run of days', () => {
    expect(timeCondition({ windows: [{ days: all, from: 540, to: 1020, offset: 0 }] })).toEqual({
      kind: 'number',
      field: 'dayMinute',
      low: 540,
      high: 1019,
    });
    expect(timeCondition({ windows: [{ days: [5, 6], from: 0, to: 1440, offset: 0 }] })).toEqual({
      kind: 'number',
      field: 'weekMinute',
      low: 7200,
      high: 10_079,
    });
  });

  test('that are open all the time are no condition', () => {
    expect(timeCondition({ windows: [{ days: all, from: 0, to: 1440, offset: 90 }] })).toBeUndefined();
    expect(timeCondition({ windows: [{ days: all, from: 600, to: 600, offset: 0 }] })).toBeUndefined();
    expect(timeCondition({ windows: [] })).toBeUndefined();
  });
});

test('a beginning is included, an end is not', () => {
  const condition = timeCondition({ notBefore: 1000, notAfter: 2000, windows: [] });
  expect([999, 1000, 1999, 2000].map((time) => holds(condition, atTime(time)))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(timeCondition({ notBefore: 0, windows: [] })).toBeUndefined();
});

describe('peers', () => {
  test('are those that a pattern names, and no others', () => {
    const segment = fc.constantFrom('a', 'b', 'ab');
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const domain = fc.constantFrom('x.example', 'y.example', '{{.TrustDomain}}');
    const pattern = fc.tuple(
      domain,
      fc.oneof(
        path,
        path.map((text) => `${text}/*`),
        fc.constant('*'),
      ),
    );
    const peer = fc.tuple(fc.constantFrom('x.example', 'y.example', 'z.example'), path);
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 5 }), fc.array(peer), (patterns, peers) => {
        const texts = patterns.map(([name, rest]) => `spiffe://${name}/${rest}`);
        const condition = peerCondition(texts, 'x.example');
        for (const [name, rest] of peers) {
          const peerId = `spiffe://${name}/${rest}`;
          const expected = texts
            .map((text) => text.replace('{{.TrustDomain}}', 'x.example'))
            .some((text) => (text.endsWith('*') ? peerId.startsWith(text.slice(0, -1)) : peerId === text));
          expect([texts, peerId, holds(condition, { peerId })]).toEqual([texts, peerId, expected]);
        }
        expect(holds(condition, { peerId: '' })).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('that a shorter pattern admits take no test of their own', () => {
    expect(
      peerCondition(
        ['spiffe://x/a/b', 'spiffe://x/a/*', 'spiffe://x/a/c/*', 'spiffe://x/a', 'spiffe://x/a/*'],
        'x',
      ),
    ).toEqual({
      kind: 'any',
      of: [
        { kind: 'text', field: 'peerId', test: 'starts', text: 'spiffe://x/a/' },
        { kind: 'text', field: 'peerId', test: 'equal', text: 'spiffe://x/a' },
      ],
    });
  });

  test('of 100,000 patterns are looked through in a moment', () => {
    const patterns = Array.from({ length: 100_000 }, (_, i) => `spiffe://x/${i}/b${i % 2 === 0 ? '/*' : ''}`);
    const start = cpuTime();
    peerCondition(patterns, 'x');
    expect(cpuTime() - start).toBeLessThan(2000);
  });
});

test('ports may overlap and stand in any order', () => {
  const condition = portCondition([
    { low: 90, high: 100 },
    { low: 80, high: 80 },
    { low: 81, high: 95 },
  ]);
  expect(condition).toEqual({ kind: 'number', field: 'destinationPort', low: 80, high: 100 });
  expect(portCondition([])).toBeUndefined();
  expect(portCondition([{ low: 0, high: 65_535 }])).toEqual({ kind: 'constant', value: true });
});
