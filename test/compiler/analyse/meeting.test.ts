// SPDX-License-Identifier: Apache-2.0
// Which selectors of different identities meet, and which of the two is told of.

import { describe, expect, test } from '@jest/globals';
import { analyseModel } from '../../../src/compiler/analyse/analyse.ts';
import type { ModelIdentity } from '../../../src/compiler/resolve/types.ts';
import { identity, model, selector } from '../models.ts';

type Facts = Parameters<typeof selector>[0];

/** An identity for each of the facts, named a, b, c and so on. */
function policy(...all: readonly Facts[]): readonly ModelIdentity[] {
  return all.map((facts, i) => identity(String.fromCodePoint(97 + i), [selector(facts)]));
}

/** Findings as "code facts of the selector > the selector that wins". */
function findings(identities: readonly ModelIdentity[]): readonly string[] {
  return analyseModel(model(identities)).map(
    ({ code, range, related = [] }) =>
      `${code} ${range.file} > ${related.map((each) => each.range.file).join()}`,
  );
}

function meets(one: Facts, two: Facts): string {
  return `RTP1404 ${JSON.stringify(two)} > ${JSON.stringify(one)}`;
}

describe('selectors by the same facts', () => {
  const cmdline = (...values: readonly string[]): Facts => ({ 'process:uid': 1, 'process:cmdline': values });

  test.each<[Facts, Facts]>([
    [cmdline('ab', 'xyz'), cmdline('abc', 'qq')],
    [cmdline('abc', 'qq'), cmdline('ab', 'xyz')],
    [{ 'process:cmdline': ['ab', 'cde'] }, { 'process:cmdline': ['ab', 'xyz'] }],
    [{ label: ['k8s:label:a=x', 'k8s:label:a=y'] }, { label: ['k8s:label:a=y', 'k8s:label:a=z'] }],
  ])('meet where a value begins one of the other: %j and %j', (one, two) => {
    expect(findings(policy(one, two))).toEqual([meets(one, two)]);
  });

  test.each<[Facts, Facts]>([
    [cmdline('ab', 'xyz'), cmdline('zab', 'qq')],
    [cmdline('ab'), cmdline('abc')],
    [{ 'process:cmdline': ['ab', 'c'] }, { 'process:cmdline': ['abc', 'x'] }],
    [{ 'process:uid': [1, 2] }, { 'process:uid': 2 }],
  ])('do not meet, or one of them demands more: %j and %j', (one, two) => {
    expect(findings(policy(one, two))).toEqual([]);
  });

  test('are told of with the first that takes precedence', () => {
    const facts: readonly Facts[] = [
      { 'process:uid': [1, 2] },
      { 'process:uid': [1, 3] },
      { 'process:uid': [1, 4] },
    ];
    const [a = {}, b = {}, c = {}] = facts;
    expect(findings(policy(a, b, c))).toEqual([meets(a, b), meets(a, c)]);
  });

  test('are those of one value, whoever else has the others', () => {
    const lists: readonly Facts[] = [
      { 'process:uid': [1, 2], 'process:name': ['a', 'b'] },
      { 'process:uid': [2, 3], 'process:name': ['c', 'd'] },
      { 'process:uid': [7, 8], 'process:name': ['a', 'c'] },
    ];
    expect(findings(policy(...lists))).toEqual([]);
  });

  test('are the same in whatever order their facts stand', () => {
    const one: Facts = { 'process:uid': 1, 'process:name': 'x' };
    const two: Facts = { 'process:name': 'x', 'process:uid': 1 };
    expect(findings(policy(one, two))).toEqual([`RTP1403 ${JSON.stringify(two)} > ${JSON.stringify(one)}`]);
  });

  test('are compared by the names of their labels, in any order', () => {
    const label = (value: string): Facts => ({ label: value });
    const both = (first: string, second: string): ModelIdentity['selectors'] => {
      const { terms, source } = selector(label(first));
      return [{ terms: [...terms, ...selector(label(second)).terms], source }];
    };
    const identities = [
      identity('a', both('k8s:label:a=x', 'k8s:label:b=y')),
      identity('b', both('k8s:label:b=y', 'k8s:label:a=x')),
    ];
    expect(findings(identities)).toEqual([
      `RTP1403 ${JSON.stringify(label('k8s:label:b=y'))} > ${JSON.stringify(label('k8s:label:a=x'))}`,
    ]);
  });
});

describe('selectors by different facts', () => {
  const with2 = (name: 'process:gid' | 'process:name', value: number | string, rest: Facts): Facts => ({
    ...rest,
    [name]: value,
  });

  test.each<[Facts, Facts]>([
    [{ 'process:uid': [1, 2] }, { 'process:name': ['x', 'y'] }],
    [
      with2('process:gid', 1, { 'process:uid': [1, 2] }),
      with2('process:name', 'x', { 'process:uid': [2, 3] }),
    ],
    [
      with2('process:gid', 1, { 'process:cmdline': ['ab', 'cde'] }),
      with2('process:name', 'x', { 'process:cmdline': ['abc', 'fg'] }),
    ],
    [
      with2('process:gid', 1, { 'process:cmdline': ['abc', 'fg'] }),
      with2('process:name', 'x', { 'process:cmdline': ['cde', 'ab'] }),
    ],
    [
      with2('process:gid', 1, { label: 'process:gid:additional=5' }),
      with2('process:name', 'x', { label: 'process:gid:additional=6' }),
    ],
  ])('meet where what they share can hold for both: %j and %j', (one, two) => {
    expect(findings(policy(one, two))).toEqual([meets(one, two)]);
  });

  test.each<[Facts, Facts]>([
    [{ 'process:uid': [1, 2] }, { 'process:name': 'x' }],
    [
      with2('process:gid', 1, { 'process:uid': [1, 11] }),
      with2('process:name', 'x', { 'process:uid': [2, 111] }),
    ],
    [
      with2('process:gid', 1, { 'process:cmdline': ['ab', 'xyz'] }),
      with2('process:name', 'x', { 'process:cmdline': ['zab', 'qq'] }),
    ],
    [
      with2('process:gid', 1, { 'process:cmdline': 'ab' }),
      with2('process:name', 'x', { 'process:cmdline': 'abc' }),
    ],
    [
      with2('process:gid', 1, { label: 'k8s:pod:name=x' }),
      with2('process:name', 'x', { label: 'k8s:pod:name=y' }),
    ],
  ])('do not meet, or one of them demands more: %j and %j', (one, two) => {
    expect(findings(policy(one, two))).toEqual([]);
  });

  test('are told of at the one of the higher workload ID, whichever way stands first', () => {
    const [a, b, c]: readonly [Facts, Facts, Facts] = [
      { 'process:uid': 1, 'process:gid': 1 },
      { 'process:uid': 2, 'process:name': 'x' },
      { 'process:uid': 2, 'process:gid': 2 },
    ];
    expect(findings(policy(a, b, c))).toEqual([meets(b, c)]);
  });

  test('are no finding in one identity', () => {
    const both = [selector({ 'process:uid': 1 }), selector({ 'process:name': 'x' })];
    expect(findings([identity('a', both)])).toEqual([]);
  });

  test.each([
    [64, (64 * 63) / 2],
    [65, 0],
  ])('are compared in a policy that selects in as few as 64 ways: %d give %d', (count, expected) => {
    const identities = Array.from({ length: count }, (_, i) =>
      identity(`w${i}`, [selector({ label: `k8s:label:l${i}=x` })]),
    );
    expect(findings(identities)).toHaveLength(expected);
  });

  test.each([
    [255, 1],
    [256, 0],
  ])('are compared with the first 256 of a way: after %d others %d meets', (others, expected) => {
    const first = Array.from({ length: others }, (_, i) =>
      identity(`a${String(i).padStart(3, '0')}`, [selector({ 'process:uid': i, 'process:gid': 1 })]),
    );
    const last = identity('b', [selector({ 'process:uid': 999, 'process:gid': 1 })]);
    const other = identity('c', [selector({ 'process:uid': 999, 'process:name': 'x' })]);
    expect(findings([...first, last, other])).toHaveLength(expected);
  });
});

describe('selectors of identities with scopes', () => {
  const SAME: Facts = { 'process:uid': 1 };
  const TWO: Facts = { 'process:uid': [1, 2] };
  const OTHER: Facts = { 'process:uid': [1, 3] };

  /** An identity for each list of nodes, with facts of its own or the same. */
  function onNodes(
    facts: readonly Facts[],
    ...all: readonly (readonly string[] | undefined)[]
  ): readonly ModelIdentity[] {
    return all.map((nodes, i) =>
      identity(String.fromCodePoint(97 + i), [selector(facts[i % facts.length] ?? {})], { nodes }),
    );
  }

  test.each<[readonly string[] | undefined, readonly string[] | undefined]>([
    [['n1'], ['n2']],
    [['n1', 'n2'], ['n3']],
    [['prod/*'], ['prod']],
    [['prod/*'], ['test/*', 'n1']],
  ])('that are never on one node, %j and %j, are no rivals', (one, two) => {
    expect(findings(onNodes([SAME], one, two))).toEqual([]);
    expect(findings(onNodes([TWO, OTHER], one, two))).toEqual([]);
    expect(findings(onNodes([SAME, { 'process:name': 'x' }], one, two))).toEqual([]);
  });

  test.each<[readonly string[] | undefined, readonly string[] | undefined]>([
    [undefined, ['n1']],
    [['n1'], ['n1']],
    [['n1', 'n2'], ['n2']],
    [['prod/*'], ['prod/a', 'prod/eu/*']],
  ])('never win where the other, for %j, is on all of their nodes: %j', (one, two) => {
    expect(findings(onNodes([SAME], one, two))).toEqual([meets(SAME, SAME).replace('1404', '1403')]);
  });

  test.each<[readonly string[] | undefined, readonly string[] | undefined]>([
    [['n1'], undefined],
    [['n1'], ['n1', 'n2']],
    [['prod/a'], ['prod/*']],
    [['prod/eu/*'], ['prod/*']],
  ])('overlap where the other, for %j, is on some of their nodes: %j', (one, two) => {
    expect(findings(onNodes([SAME], one, two))).toEqual([meets(SAME, SAME)]);
    expect(findings(onNodes([TWO, OTHER], one, two))).toEqual([meets(TWO, OTHER)]);
  });

  test('are told of by the first that is on all of their nodes', () => {
    const nodes = Array.from({ length: 200 }, (_, i) => [`n${i}`]);
    const twice = [...nodes, ['n199']].map((one, i) =>
      identity(String(i).padStart(3, '0'), [selector(SAME)], { nodes: one }),
    );
    expect(findings(twice)).toEqual([meets(SAME, SAME).replace('1404', '1403')]);
  });
});
