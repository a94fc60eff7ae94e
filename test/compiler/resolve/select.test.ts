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

test('10,000 selectors over 10,000 services look at few services each', () => {
  let looks = 0;
  const services = Array.from({ length: 10_000 }, (_, i) => ({
    get labels() {
      looks++;
      return { app: `app-${i}`, env: 'prod' };
    },
  }));
  const index = indexServices(services);
  let selected = 0;
  for (let i = 0; i < 10_000; i++) {
    selected += index.selectAny([{ env: ['prod'], app: [`app-${i}`] }]).length;
    selected += index.selectAny([{ env: ['prod'] }]).length;
  }
  expect(selected).toBe(10_000 + 10_000 * 10_000);
  expect(looks).toBeLessThan(50_000);
});

test('answers that together fit into no bundle are given up, not computed', () => {
  const common = 10_000;
  const services = Array.from({ length: common + 2000 }, (_, i) => ({
    labels: i < common ? { env: 'prod' } : { extra: `e${i}` },
  }));
  const index = indexServices(services);
  let asked = 0;
  while (!index.isOverfull() && asked < 2000) {
    index.selectAny([{ env: ['prod'] }, { extra: [`e${common + asked}`] }]);
    asked++;
  }
  // A bundle has room for 16,777,216 numbers of services.
  expect(asked).toBe(Math.ceil((2 ** 24 - common) / (common + 2)));
  expect(index.selectAny([{ extra: [`e${common + 1999}`] }])).toEqual([]);
}, 30_000);
