// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileExpression } from '../../src/cel/compile.ts';
import { CEL_LIMITS, celValue, createEnvironment, extendEnvironment } from '../../src/cel/environment.ts';
import { cpuTime } from '../cpu-time.ts';

const TYPES = {
  Item: { name: 'string', port: 'int', labels: 'map<string, string>' },
  Box: { items: 'list<Item>', label: 'string', any: 'list<dyn>', open: 'bool' },
} as const;

const environment = extendEnvironment(createEnvironment(TYPES), {}, { box: 'Box' });
const box = celValue(
  environment,
  {
    items: [
      { name: 'a', port: 80, labels: { tier: 'web' }, secret: 'x' },
      { name: 'b', port: 443 },
    ],
    any: [1, 'x', true],
    open: true,
  },
  'Box',
);

function run(text: string): unknown {
  const compiled = compileExpression(text, environment);
  if (!('expression' in compiled)) return compiled.problems.map(({ kind }) => kind).join();
  const result = compiled.expression.evaluate({ box });
  return 'value' in result ? result.value : result.problem.kind;
}

function problem(text: string) {
  const compiled = compileExpression(text, environment);
  if (!('problems' in compiled)) throw new Error('the expression is right');
  const [first] = compiled.problems;
  return { ...first, written: text.slice(first?.start, first?.end) };
}

describe('expressions', () => {
  const cases: readonly [string, unknown][] = [
    ['box.items.all(i, i.port > 79)', true],
    ['box.items.all(i, "tier" in i.labels)', 'evaluation'],
    ['box.items.exists(i, has(i.labels) && "tier" in i.labels)', true],
    ['box.items.filter(i, i.port == 443).map(i, i.name) == ["b"]', true],
    ['box.items[0].labels["tier"] + box.items[1].name', 'webb'],
    ['has(box.label)', false],
    ['box.label', 'evaluation'],
    ['box.?label.orValue("none")', 'none'],
    ['box.any.exists(x, x == 1)', true],
    ['size(box.items) == 2 && box.open', true],
    ['9223372036854775807 + 1', 'evaluation'],
    ['9007199254740993 == 9007199254740992', false],
    ['7 / 2', 3n],
    ['1 / 0', 'evaluation'],
    ['box.items[7].name', 'evaluation'],
    ['"a-b".replace("-", "$&")', 'a$&b'],
    ['"abc".matches("^a.c$")', true],
    ['cidr("nonsense").prefixLength()', 'evaluation'],
    ['box.items.all(i, i.port > )', 'syntax'],
    ['box.itmes', 'type'],
    ['other.items', 'type'],
    ['box.items == 3', 'type'],
    ['box.constructor', 'type'],
    ['box.__proto__', 'type'],
    ['box.items[0].secret', 'type'],
    ['"a".matches("(?=a)")', 'pattern'],
    ['"a".matches("(" + "a")', 'evaluation'],
    ['[].all(x, x > 0)', 'type'],
    ['cel.bind(x, 1, x)', 'type'],
    ['"a".own_matches("(")', 'type'],
    ['own_int(1)', 'type'],
  ];
  for (const [text, expected] of cases) {
    test(`${text} is ${String(expected)}`, () => {
      expect(run(text)).toEqual(expected);
    });
  }

  test('say where they are wrong', () => {
    expect(problem('box.open && box.itmes')).toMatchObject({ written: 'itmes', suggestion: 'items' });
    expect(problem('bux.open')).toMatchObject({ message: 'there is no variable "bux"', suggestion: 'box' });
    expect(problem('box.items.all(i, i.name > 3)')).toMatchObject({ written: 'i.name > 3' });
    expect(problem('box.items.all(i, i.name.matches("(?!x)"))')).toMatchObject({ written: '"(?!x)"' });
  });

  test.each([
    ['has(box.items["a/b"])', 'test for a key with in: "a/b" in box.items'],
    ['has("a" in box.items)', 'leave has() out: in itself gives true or false'],
    ['has(box)', 'test for a field, or compare the value itself'],
    ['sets.contains(box.any, [1])', 'b.all(x, x in a) for sets.contains(a, b)'],
    ['math.greatest(1, 2) == 2', 'a > b ? a : b'],
    ['box.any.sum() > 3', 'CEL has no sum'],
    ['box.label.find("x") == ""', 'matches()'],
    ['url(box.label).getHost() == ""', 'take the text apart with split()'],
    ['box.items[0].labels.hasKey("a")', 'ask with in: "key" in labels'],
    ['duration("1h") > 3600', 'duration("1h").getSeconds()'],
    ['3600 == duration("1h")', 'duration("1h").getSeconds()'],
    ['timestamp(0) < "2026"', 'timestamp("2026-01-01T00:00:00Z")'],
    ['box.label == null', 'has()'],
    ['ip("10.0.0.1") == "10.0.0.1"', 'ip("10.0.0.1")'],
    ['"10.0.0.1" in cidr("10.0.0.0/8")', 'containsIP()'],
    ['1 + 1.5 > 2.0', 'int() or double()'],
    ['box.label == 3', 'int() or string()'],
  ])('%s is refused with what to write instead', (text, fix) => {
    expect(problem(text)).toMatchObject({ kind: 'type', fix: expect.stringContaining(fix) });
  });

  test.each([
    ['box.label.length() > 1', 'length', 'size'],
    ['len(box.items) > 1', 'len', 'size'],
    ['box.label.toLowerCase() == ""', 'toLowerCase', 'lowerAscii'],
    ['(box.items).any(i, i.port == 1)', 'any', 'exists'],
    ['box.label.startWith("a")', 'startWith', 'startsWith'],
    ['self.items', 'self', 'object'],
  ])('%s is refused at the name, with the one that is meant', (text, written, suggestion) => {
    expect(problem(text)).toMatchObject({ kind: 'type', written, suggestion });
  });

  test('match regular expressions in linear time', () => {
    const started = cpuTime();
    expect(run(`"${'a'.repeat(40)}!".matches("^(a+)+$")`)).toBe(false);
    expect(cpuTime() - started).toBeLessThan(2000);
  });

  test('are refused one past each limit, and not at it', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}true${')'.repeat(depth)}`;
    const depth = Array.from({ length: 60 }, (_, i) => i).findLast((i) => run(nested(i)) === true) ?? 0;
    expect(Math.abs(depth - CEL_LIMITS.depth)).toBeLessThanOrEqual(1);
    expect(run(nested(depth + 1))).toBe('limit');
    expect(run(nested(10_000))).toBe('limit');
    const signs = (sign: string, count: number) => `${sign.repeat(count)}${sign === '!' ? 'true' : '1'}`;
    expect(run(signs('!', CEL_LIMITS.depth))).toBe(true);
    expect(run(signs('-', CEL_LIMITS.depth))).toBe(1n);
    expect(run(signs('-', CEL_LIMITS.depth + 1))).toBe('limit');
    expect(run(signs('!', 1900))).toBe('limit');
    expect(run(`"${'a'.repeat(CEL_LIMITS.length - 2)}" == ""`)).toBe('limit');
    expect(run(`"${'a'.repeat(CEL_LIMITS.length - 8)}" == ""`)).toBe(false);
    expect(run(Array.from({ length: 1_500 }, () => '1').join('+'))).toBe('limit');
  });

  test('never make the compiler throw', () => {
    const part = fc.constantFrom(
      'box',
      '.items',
      '.all(',
      'i',
      ',',
      ')',
      '[',
      ']',
      '1',
      '"a"',
      ' == ',
      '&&',
      '.matches(',
      '{',
      '}',
      '?',
      ':',
      'has(',
      '.',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (expression) => {
        const compiled = compileExpression(expression, environment);
        if ('problems' in compiled) {
          for (const { start, end } of compiled.problems)
            expect([0 <= start, start <= end, end <= expression.length]).toEqual([true, true, true]);
        } else {
          compiled.expression.evaluate({ box });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test('celValue refuses values that do not have the type', () => {
  expect(() => celValue(environment, { items: 'x' }, 'Box')).toThrow(TypeError);
  expect(() => celValue(environment, 'x', 'int')).toThrow(TypeError);
  expect(() => celValue(environment, [], 'map<string, string>')).toThrow(TypeError);
});

describe('what is written in other languages', () => {
  test.each([
    ['box = 1', '=', 'CEL has no "="', '=='],
    ['true and false', 'and', 'CEL has no "and"', '&&'],
    ['true OR false', 'OR', 'CEL has no "OR"', '||'],
    ['1 === 1', '===', 'CEL has no "==="', '=='],
    ['1 <> 2', '<>', 'CEL has no "<>"', '!='],
    ['2 => 1', '=>', 'CEL has no "=>"', '>='],
    ['true & false', '&', 'CEL has no "&"', '&&'],
    ['box:word == "x"', 'box:word', 'a field stands after a dot: "box:word" has a colon', 'box.word'],
    ['a:b == "x"', 'a:b', 'a field stands after a dot: "a:b" has a colon', undefined],
    ['box.word == “x”', '“', `CEL has no quotes like "“": texts stand in " or '`, undefined],
  ])('is named, with what CEL has: %s', (text, part, message, suggestion) => {
    const compiled = compileExpression(text, environment);
    const [problem] = 'problems' in compiled ? compiled.problems : [];
    expect(problem).toMatchObject({ kind: 'syntax', message });
    expect(text.slice(problem?.start, problem?.end)).toBe(part);
    expect(problem?.suggestion).toBe(suggestion);
  });

  test.each([
    ['1 == ${UID}', '${UID}'],
    ['1 == {{ .Values.uid }}', '{{ .Values.uid }}'],
    ['{{ x }} == 1', '{{ x }}'],
    ['1 == <% x %>', '<% x %>'],
    ['{% if x %} true', '{% if x %}'],
  ])('is named where a template should have filled it in: %s', (text, tag) => {
    const compiled = compileExpression(text, environment);
    const [problem] = 'problems' in compiled ? compiled.problems : [];
    expect(problem).toMatchObject({
      kind: 'syntax',
      message: `"${tag}" is a placeholder that nothing filled in`,
    });
    expect(text.slice(problem?.start, problem?.end)).toBe(tag);
  });

  test.each(['{{1: 2}: 3} == {{1: 2}: 3}', '"${UID}" == "{{ x }}"'])(
    'is not taken for a template: %s',
    (text) => {
      expect('problems' in compileExpression(text, environment)).toBe(false);
    },
  );
});
