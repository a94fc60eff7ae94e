// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { indexServices } from '../../../src/compiler/resolve/select.ts';

const key = fc.constantFrom('app', 'tier', 'env');
const value = fc.constantFrom('a', 'b', 'c', 'a,b', '"');
const labels = fc.dictionary(key, value, { minKeys: 1 });
const selectors = fc.array(
  fc.dictionary(key, fc.array(value, { minLength: 1, maxLength: 3 }), { minKeys: 1 }),
  {
    minLength: 1,
    maxLength: 3,
  },
);

test('the index selects what comparing every selector with every service selects', () => {
  fc.assert(
    fc.property(
      fc.array(labels, { maxLength: 12 }),
      fc.array(selectors, { maxLength: 6 }),
      (all, questions) => {
        const index = indexServices(all.map((own) => ({ labels: own })));
        for (const question of questions) {
          const expected = all.flatMap((own, service) => {
            const matches = question.some((selector) =>
              Object.entries(selector).every(([name, values]) => values.some((one) => own[name] === one)),
            );
            return matches ? [service] : [];
          });
          expect(index.selectAny(question)).toEqual(expected);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('equal answers are one list', () => {
  const index = indexServices([{ labels: { app: 'a', tier: 'x' } }, { labels: { app: 'b' } }]);
  expect(index.selectAny([{ tier: ['x'] }])).toBe(index.selectAny([{ app: ['a'] }]));
});

test('10,000 selectors over 10,000 services do not compare each with each', () => {
  const services = Array.from({ length: 10_000 }, (_, i) => ({ labels: { app: `app-${i}`, env: 'prod' } }));
  const index = indexServices(services);
  const began = performance.now();
  for (let i = 0; i < 10_000; i++) {
    expect(index.selectAny([{ env: ['prod'], app: [`app-${i}`] }])).toHaveLength(1);
    expect(index.selectAny([{ env: ['prod'] }])).toHaveLength(10_000);
  }
  // 100 million comparisons would take some ten times as long.
  expect(performance.now() - began).toBeLessThan(3_000);
});
