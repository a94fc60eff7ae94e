// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileExpression } from '../../src/cel/compile.ts';
import { celValue, createEnvironment, extendEnvironment } from '../../src/cel/environment.ts';
import { profileOf, weight } from '../../src/cel/profile.ts';
import { expressions, VARIABLES } from './generate.ts';

const TYPES = {
  Item: { name: 'string', port: 'int', labels: 'map<string, string>', tags: 'list<string>' },
} as const;

const environment = extendEnvironment(createEnvironment(TYPES), {}, { items: 'list<Item>', word: 'string' });
const ITEMS = Array.from({ length: 10 }, (_, i) => ({
  name: `item-${i}`,
  port: i,
  labels: { app: 'a', tier: 'b', env: 'c' },
  tags: ['x', 'y', 'z', 'w'],
}));
const sizes = new Map([
  ['items', profileOf([ITEMS], 'list<Item>', TYPES)],
  ['word', profileOf(['a'.repeat(3200)], 'string', TYPES)],
]);

function costOf(text: string) {
  const compiled = compileExpression(text, environment);
  if ('problems' in compiled) throw new Error(compiled.problems[0]?.message);
  const cost = compiled.expression.cost(sizes);
  return { ...cost, place: text.slice(cost.heaviest.start, cost.heaviest.end) };
}

describe('the cost of an expression', () => {
  test('is one step for each part where there is no loop', () => {
    expect(costOf('true').steps).toBe(1);
    // Six parts, and one for looking at what is compared.
    expect(costOf('items[0].port > 1').steps).toBe(7);
  });

  test('multiplies loops in loops by how long the lists are', () => {
    const flat = costOf('items.filter(i, i.port > 0)').steps;
    expect(flat).toBeGreaterThanOrEqual(10 * 4);
    expect(costOf('items.filter(i, items.filter(j, i.port > j.port).size() > 0)').steps).toBeGreaterThan(
      10 * flat,
    );
    expect(costOf('items.filter(i, i.tags.filter(t, t == "x").size() > 0)').steps).toBeLessThan(10 * flat);
  });

  test('grows with the length of what is compared, searched and replaced', () => {
    expect(costOf('word == word').steps).toBeGreaterThan(100);
    expect(costOf('"a" == word').steps).toBeLessThan(10);
    expect(costOf('word.contains(word)').steps).toBeGreaterThan(100_000);
    expect(costOf('word.matches("^a+$")').steps).toBeGreaterThan(1_000);
    expect(costOf('word.matches(word)').steps).toBeGreaterThan(100_000);
    expect(costOf('items.map(i, i.name).join(word)').size.chars).toBeGreaterThanOrEqual(10 * 3200);
  });

  test('counts what an error costs where the expression goes on after it', () => {
    const caught = costOf('items.all(i, i.tags[7] == "x" || true)').steps;
    expect(caught).toBeGreaterThan(costOf('items.filter(i, i.tags[7] == "x").size()').steps + 10 * 15);
    // The engine goes through the text up to the place of each.
    expect(costOf(`items.all(i,${' '.repeat(10_000)}i.tags[7] == "x")`).steps).toBeGreaterThan(10 * 200);
  });

  test('follows lists through optional values, conditions, maps and values of any type', () => {
    const plain = costOf('items.filter(i, i.port > 0).size() > 0').steps;
    for (const list of [
      'optional.of(items).value()',
      '(word == "" ? items : items)',
      '{"a": items}["a"]',
      '[items][0]',
    ])
      expect(costOf(`${list}.filter(i, i.port > 0).size() > 0`).steps).toBeGreaterThanOrEqual(plain);
    const deep = { a: [[1, 2, 3, 4]], b: { c: 'long' } };
    expect(profileOf([deep], 'dyn', {})).toMatchObject({
      entries: 2,
      isMap: true,
      item: { entries: 1, item: { entries: 4 } },
    });
  });

  test('says which loop it is that costs', () => {
    const loop = 'items.all(j, items.all(k, items.all(l, j.port + k.port + l.port >= 0)))';
    expect(costOf(`word != "" && ${loop} && items.size() > 2`).place).toBe(loop);
    expect(costOf('items.size() > 2 && word.contains(word)').place).toBe('word.contains(word)');
  });

  test('knows how large the result is', () => {
    expect(costOf('items + items').size.entries).toBe(20);
    expect(costOf('items.map(i, i.tags)').size).toMatchObject({ entries: 10, item: { entries: 4 } });
    expect(costOf('word + word').size.chars).toBe(6400);
    expect(costOf('word.split("a")').size.entries).toBe(3201);
    expect(costOf('items[0].labels').size).toMatchObject({ entries: 3, isMap: true });
    expect(weight(costOf('items.map(i, items)').size)).toBeGreaterThan(10 * weight(costOf('items').size));
  });
});

test('the size that is estimated is not smaller than the value', () => {
  const world = {
    i: 3,
    j: -7,
    s: 'abc',
    t: 'a,b',
    b: true,
    d: 0.5,
    ints: [1, 2, 3, 2],
    words: ['a', 'bc', ''],
    counts: { a: 1, b: 2 },
  };
  const variables = extendEnvironment(createEnvironment({}), {}, VARIABLES);
  const values = Object.fromEntries(
    Object.entries(world).map(([name, value]) => [name, celValue(variables, value, typeOf(name))]),
  );
  const known = new Map(
    Object.entries(world).map(([name, value]) => [name, profileOf([value], typeOf(name), {})]),
  );
  fc.assert(
    fc.property(expressions(), (text) => {
      const compiled = compileExpression(text, variables);
      if ('problems' in compiled) return;
      const result = compiled.expression.evaluate(values);
      if ('problem' in result) return;
      const { size, steps } = compiled.expression.cost(known);
      const { value } = result;
      if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(size.chars);
      if (Array.isArray(value)) {
        expect(value.length).toBeLessThanOrEqual(size.entries);
        for (const item of value)
          if (typeof item === 'string') expect(item.length).toBeLessThanOrEqual(size.item?.chars ?? 0);
      }
      expect(Number.isFinite(steps)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

function typeOf(name: string): string {
  return Object.entries(VARIABLES).find(([one]) => one === name)?.[1] ?? 'dyn';
}
