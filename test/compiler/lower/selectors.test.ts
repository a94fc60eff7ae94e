// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { lowerSelectors, selectorAt } from '../../../src/compiler/lower/selectors.ts';
import type { ModelSelector } from '../../../src/compiler/resolve/types.ts';
import { identity, model, selector } from '../models.ts';

/** Sources of the selectors in order of precedence, when each belongs to an identity of its own, in this order. */
function ranked(...selectors: readonly ModelSelector[]): readonly unknown[] {
  const identities = selectors.map((one, i) => identity(`w${i}`, [one]));
  const tables = lowerSelectors(model(identities));
  return tables.selectors.map(
    (_, number) => JSON.parse(selectorAt(identities, tables, number)?.source.file ?? '') as unknown,
  );
}

describe('precedence', () => {
  const cases: readonly { title: string; order: readonly Parameters<typeof selector>[0][] }[] = [
    {
      title: 'more facts come first',
      order: [{ 'process:uid': [1, 2, 3], 'process:gid': [1, 2] }, { 'process:uid': 1 }],
    },
    {
      title: 'fewer values come first among as many facts',
      order: [{ 'process:uid': 1 }, { 'process:uid': [1, 2] }, { 'process:uid': [1, 2, 3] }],
    },
    {
      title: 'a longer command line comes before a shorter one',
      order: [{ 'process:cmdline': 'node server.js' }, { 'process:cmdline': 'node' }],
    },
    {
      title: 'several longer command lines come before the one that they begin with',
      order: [{ 'process:cmdline': ['node a', 'node b'] }, { 'process:cmdline': 'node' }],
    },
    {
      title: 'a command line that adds nothing does not count',
      order: [{ 'process:cmdline': ['nodf'] }, { 'process:cmdline': ['node', 'node a', 'nodg'] }],
    },
    {
      title: 'fewer values decide where command lines are equally long',
      order: [
        { 'process:cmdline': 'node', 'process:uid': 1 },
        { 'process:cmdline': 'nodf', 'process:uid': [1, 2] },
      ],
    },
  ];
  for (const { title, order } of cases) {
    test(title, () => {
      expect(ranked(...order.map(selector))).toEqual(order);
      expect(ranked(...order.map(selector).reverse())).toEqual(order);
    });
  }

  test('the lower workload ID comes first among equals, and both stay', () => {
    const same = selector({ 'process:uid': 1 });
    const { selectors } = lowerSelectors(model([identity('a', [same]), identity('b', [same])]));
    expect(selectors).toEqual([
      { identity: 0, terms: [0] },
      { identity: 1, terms: [0] },
    ]);
  });

  test('the same selector twice in one identity counts once', () => {
    const spellings = [selector({ 'process:cmdline': ['a', 'ab'] }), selector({ 'process:cmdline': 'a' })];
    expect(lowerSelectors(model([identity('a', spellings)])).selectors).toHaveLength(1);
  });
});

describe('the tables of selectors', () => {
  const identities = ['a', 'b', 'c'].map((id, i) =>
    identity(id, [selector({ 'process:uid': 0, 'process:name': `p${i}` })]),
  );

  test('list a selector under its rarest term alone', () => {
    const { values, terms, selectors } = lowerSelectors(model(identities));
    expect(values.map(({ data }) => data)).toEqual(['p0', 'p1', 'p2', 0]);
    expect(terms.map((term) => term.selectors)).toEqual([[0], [1], [2], []]);
    expect(selectors.map(({ terms: list }) => list)).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
  });

  test('hold the lengths of prefixes in bytes', () => {
    const one = identity('a', [selector({ 'process:cmdline': ['é', 'ab', 'xyz'] })]);
    expect(lowerSelectors(model([one])).prefixLengths).toEqual([2, 3]);
  });
});
