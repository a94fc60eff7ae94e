// SPDX-License-Identifier: Apache-2.0
// What is computed while a condition is compiled, what is decided in the kernel, and what is neither.

import { describe, expect, test } from '@jest/globals';
import { compile, showCondition } from './show.ts';

describe('constants are computed', () => {
  test.each([
    ['isCIDR("10.0.0.0/8") && isIP("10.0.0.1")', 'true'],
    ['isCIDR("10.0.0.1") || isIP("10.0.0.0/8")', 'false'],
    ['"abc".startsWith("a") && "abc".endsWith("c") && "abc".contains("b")', 'true'],
    ['cidr("10.0.0.0/8").containsIP("10.0.0.1")', 'true'],
    ['cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16")', 'true'],
    ['cidr("10.1.2.3/8").masked().containsIP(destination.ip)', 'destinationIp in 10.0.0.0/104'],
    ['process.uid == cidr("10.0.0.0/8").prefixLength()', 'processUid 8..8'],
    ['process.uid == int("7") + size([1, 2])', 'processUid 9..9'],
    ['process.name == "ab".upperAscii() + "CD".lowerAscii() + string(7)', 'processName equal "ABcd7"'],
    ['time < timestamp("2026-01-01T00:00:00Z") + duration("1h")', 'time 0..1767229199'],
    ['[duration("1h")].exists(d, time < timestamp("2026-01-01T00:00:00Z") + d)', 'time 0..1767229199'],
    ['true ? process.uid == 1 : process.gid == 1', 'processUid 1..1'],
    ['false ? process.uid == 1 : process.gid == 1', 'processGid 1..1'],
  ])('%s becomes %s', (text, expected) => {
    const { condition, problems } = compile(text);
    expect(problems).toEqual([]);
    expect(condition && showCondition(condition)).toBe(expected);
  });

  test.each([
    ['1 in [process.uid, 1]', 'true'],
    ['1 in [process.uid, 2]', 'processUid 1..1'],
    ['"a" in [process.name, "a"]', 'true'],
    ['[1] in [[1]]', 'true'],
    ['process.uid in []', 'false'],
    ['[[1], []].exists(l, process.uid in l)', 'processUid 1..1'],
    ['[[], [1]].exists(l, process.uid in l)', 'processUid 1..1'],
    ['[true, false].exists(l, l && process.uid == 1)', 'processUid 1..1'],
    ['[1.5].exists(x, x > 1.0 && process.uid == 1)', 'processUid 1..1'],
    ['["a", "b"].exists(x, x == "b" && process.name == x + x)', 'processName equal "bb"'],
    [
      '[1, 2].exists(x, process.uid == x && process.gid == x + 1)',
      '((processUid 1..1 & processGid 2..2) | (processUid 2..2 & processGid 3..3))',
    ],
  ])('in lists and loops: %s becomes %s', (text, expected) => {
    const { condition, problems } = compile(text);
    expect(problems).toEqual([]);
    expect(condition && showCondition(condition)).toBe(expected);
  });
});

describe('what is true or false is no value', () => {
  test.each([
    '(process.uid == 1 ? true : false) in [true]',
    '(process.uid == 1 ? false : process.gid == 1) in [true]',
    '!(process.uid == 1) in [true]',
    '(process.uid == 1 && true) in [true]',
    '(process.uid == 1 || process.gid == 2) in [true]',
    '(1 in [process.uid]) in [true]',
    '(process.uid < 1) in [true]',
    'process.name.startsWith("a") in [true]',
    'process.name.endsWith("a") in [true]',
    'process.cmdline.contains("a") in [true]',
    'process.cmdline.matches("a") in [true]',
    'cidr("10.0.0.0/8").containsIP(destination.ip) in [true]',
    'has(process.name) in [true]',
    '[1].exists(x, process.uid == x) in [true]',
    'true in [process.uid == 1]',
  ])('and cannot be in a list: %s', (text) => {
    expect(compile(text).problems).toEqual([
      expect.objectContaining({
        code: 'RTP1605',
        message: 'a condition in a list cannot be decided in the kernel',
        fix: 'use &&, || and !',
      }),
    ]);
  });
});

describe('what cannot be computed is refused, with the part', () => {
  const ITSELF = 'write the value itself';
  const doubled = (variable: string): string => Array(8).fill(variable).join('+');

  test.each([
    ['process.uid == {"a": 1}.a', '{"a": 1}.a', 'RTP1605', 'a field of a constant is not possible in the constants of a condition', ITSELF],
    ['process.uid == {"a": 1}["a"]', '{"a": 1}', 'RTP1605', 'a map is not possible in the constants of a condition', ITSELF],
    ['process.uid == size("a,b".split(","))', '"a,b".split(",")', 'RTP1605', 'split() is not possible in the constants of a condition', ITSELF],
    ['{"a": 1}.exists(k, process.name == k)', '{"a": 1}', 'RTP1605', 'a map is not possible in the constants of a condition', ITSELF],
    ['process.uid in (process.uid == 0 ? [1] : [2])', 'process.uid == 0 ? [1] : [2]', 'RTP1605', 'a list that is not constant cannot be decided in the kernel', 'write the list itself'],
    ['[process.uid].exists(x, x == 1)', '[process.uid]', 'RTP1605', 'a loop over something that is not constant cannot be decided in the kernel', 'write the list itself'],
    ['destination.ip.startsWith("10.")', 'destination.ip.startsWith("10.")', 'RTP1605', 'startsWith() of an address cannot be decided in the kernel', 'write a prefix: cidr("10.0.0.0/8").containsIP(destination.ip)'],
    ['destination.ip.endsWith(process.name)', 'destination.ip.endsWith(process.name)', 'RTP1605', 'endsWith() can be decided in the kernel for a field and a constant only', 'compare each field with constants'],
    ['cidr("10.0.0.0/8").containsIP(process.name)', 'cidr("10.0.0.0/8").containsIP(process.name)', 'RTP1605', 'containsIP() cannot be decided in the kernel', 'compare the field itself with constants'],
    ['cidr(process.name).containsIP(destination.ip)', 'cidr(process.name)', 'RTP1605', 'cidr() cannot be decided in the kernel', 'compare the field itself with constants'],
    [
      `["abcdefgh"].exists(a, [${doubled('a')}].exists(b, [${doubled('b')}].exists(c, [${doubled('c')}].exists(d, [${doubled('d')}].exists(e, process.name == e)))))`,
      doubled('d'), 'RTP1604', 'a text of 32768 characters; the limit is 16384', 'write a smaller one',
    ],
  ])('%s', (text, part, code, message, fix) => {
    const { condition, problems } = compile(text);
    expect(condition).toBeUndefined();
    expect(problems.map(({ start, end, ...rest }) => [text.slice(start, end), rest])).toEqual([
      [part, { code, message, fix }],
    ]);
  }); // prettier-ignore

  test('when it is too much work, once', () => {
    const numbers = Array.from({ length: 150 }, (_, i) => i).join();
    const text = `[${numbers}].exists(a, [${numbers}].exists(b, a == b && process.uid == a)) || process.uid == 1 / 0`;
    expect(compile(text).problems).toEqual([
      expect.objectContaining({
        code: 'RTP1604',
        message: 'the lists and loops of the condition are too much work',
        fix: 'write shorter lists, or fewer loops in loops',
      }),
    ]);
  });

  test('when it has too many tests', () => {
    const numbers = Array.from({ length: 65 }, (_, i) => i).join();
    const text = `[${numbers}].exists(a, [${numbers}].exists(b, process.uid == a && process.gid == b))`;
    expect(compile(text).problems).toEqual([
      {
        code: 'RTP1604',
        message: 'the condition has more than 4096 tests, its lists and loops written out',
        fix: 'split the rule: several rules of an identity are alternatives',
        start: 0,
        end: text.length,
      },
    ]);
  });
});
