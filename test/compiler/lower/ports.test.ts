// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { flattenPorts } from '../../../src/compiler/lower/ports.ts';

test('ranges are cut where others begin or end', () => {
  const ranges = [
    { low: 10, high: 20, service: 1 },
    { low: 15, high: 30, service: 0 },
    { low: 40, high: 40, service: 2 },
  ];
  expect(flattenPorts(ranges)).toEqual([
    { low: 10, high: 14, services: [1] },
    { low: 15, high: 20, services: [0, 1] },
    { low: 21, high: 30, services: [0] },
    { low: 40, high: 40, services: [2] },
  ]);
});

test('ranges of one service that touch or overlap are one range', () => {
  const ranges = [
    { low: 1, high: 5, service: 0 },
    { low: 6, high: 9, service: 0 },
    { low: 3, high: 4, service: 0 },
    { low: 11, high: 65535, service: 0 },
  ];
  expect(flattenPorts(ranges)).toEqual([
    { low: 1, high: 9, services: [0] },
    { low: 11, high: 65535, services: [0] },
  ]);
});

test('flat ranges say of every port what the ranges said, in ascending order and without overlap', () => {
  const port = fc.integer({ min: 0, max: 12 });
  const range = fc.record({ low: port, high: port, service: fc.integer({ min: 0, max: 3 }) });
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (list) => {
      const ranges = list.filter(({ low, high }) => low <= high);
      const flat = flattenPorts(ranges);
      flat.forEach(({ low, high, services }, i) => {
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThan(flat[i - 1]?.high ?? -1);
        expect(services.length).toBeGreaterThan(0);
      });
      for (let at = 0; at <= 13; at++) {
        const expected = ranges
          .filter(({ low, high }) => low <= at && at <= high)
          .map(({ service }) => service);
        const got = flat.find(({ low, high }) => low <= at && at <= high)?.services ?? [];
        expect(got).toEqual([...new Set(expected)].sort((a, b) => a - b));
      }
    }),
  );
});
