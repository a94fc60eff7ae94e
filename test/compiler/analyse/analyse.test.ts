// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { analyseModel } from '../../../src/compiler/analyse/analyse.ts';
import type { Model } from '../../../src/compiler/resolve/types.ts';
import { identity, model, selector, service } from '../models.ts';

function findings(policy: Model): readonly string[] {
  return analyseModel(policy).map(({ code, severity, range }) => `${severity} ${code} ${range.file}`);
}

function two(a: Parameters<typeof selector>[0], b: Parameters<typeof selector>[0]): readonly string[] {
  const codes = findings(model([identity('a', [selector(a)]), identity('b', [selector(b)])]));
  return codes.map((text) => text.split(' ')[1] ?? '');
}

describe('a warning is given for', () => {
  test('a service that nothing selects', () => {
    const services = [service('api'), service('old')];
    const web = identity('web', [selector({ 'process:uid': 1 })], { egress: [{ services: [0] }] });
    expect(findings(model([web], services))).toEqual(['warning RTP1401 old']);
  });

  test('a rule that grants what an earlier one of the identity grants', () => {
    const same = [0];
    const egress = [{ services: same }, { services: same, action: 'audit' as const }];
    const policy = model([identity('web', [selector({ 'process:uid': 1 })], { egress })], [service('api')]);
    expect(findings(policy)).toEqual(['warning RTP1402 web#1']);
  });

  test('a selector that another identity has too', () => {
    expect(two({ 'process:uid': 1 }, { 'process:uid': 1 })).toEqual(['RTP1403']);
  });

  const overlaps: readonly (readonly [
    string,
    Parameters<typeof selector>[0],
    Parameters<typeof selector>[0],
  ])[] = [
    ['lists of values that have one in common', { 'process:uid': [1, 2] }, { 'process:uid': [2, 3] }],
    [
      'lists of several facts that have one in common each',
      { 'process:uid': [1, 2], 'process:name': ['a', 'b'] },
      { 'process:uid': [2, 3], 'process:name': ['b', 'c'] },
    ],
    [
      'command lines of which one begins another',
      { 'process:cmdline': ['a', 'bcd'], 'process:uid': 1 },
      { 'process:cmdline': ['b', 'acd'], 'process:uid': 1 },
    ],
  ];
  for (const [title, a, b] of overlaps) {
    test(`selectors of equal rank that overlap: ${title}`, () => {
      expect(two(a, b)).toEqual(['RTP1404']);
    });
  }
});

describe('no warning is given for', () => {
  const apart: readonly (readonly [
    string,
    Parameters<typeof selector>[0],
    Parameters<typeof selector>[0],
  ])[] = [
    ['different values', { 'process:uid': 1 }, { 'process:uid': 2 }],
    ['one that demands more', { 'process:uid': 1 }, { 'process:uid': 1, 'process:name': 'a' }],
    ['one that accepts less', { 'process:uid': [1, 2] }, { 'process:uid': 1 }],
    ['one with a longer command line', { 'process:cmdline': 'node' }, { 'process:cmdline': 'node a' }],
    [
      'lists that overlap in one fact only',
      { 'process:uid': [1, 2], 'process:name': ['a', 'b'] },
      { 'process:uid': [2, 3], 'process:name': ['c', 'd'] },
    ],
  ];
  for (const [title, a, b] of apart) {
    test(`selectors with ${title}`, () => {
      expect(two(a, b)).toEqual([]);
    });
  }

  test('the same selector twice in one identity', () => {
    const one = selector({ 'process:uid': 1 });
    expect(findings(model([identity('a', [one, one])]))).toEqual([]);
  });
});

test('10,000 identities that share a value are not compared each with each', () => {
  let looks = 0;
  const identities = Array.from({ length: 10_000 }, (_, i) => {
    const name = {
      fact: 'process:name' as const,
      get values() {
        looks++;
        return [`a${i}`, `a${i + 1}`];
      },
    };
    const { terms, source } = selector({ 'process:uid': 0 });
    return identity(`w${String(i).padStart(5, '0')}`, [{ terms: [...terms, name], source }]);
  });
  expect(findings(model(identities)).length).toBe(9_999);
  expect(looks).toBeLessThan(300_000);
});
