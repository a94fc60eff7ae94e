// SPDX-License-Identifier: Apache-2.0
// What is left of conditions when they are simplified: no test that follows from another, and the rest in one order.

import { describe, expect, test } from '@jest/globals';
import { compileCondition } from '../../../src/compiler/conditions/compile.ts';
import { lower, showLowered } from '../conditions/show.ts';

function programOf(text: string): readonly string[] {
  const condition = compileCondition(text, 'egress', ({ message }) => {
    throw new Error(message);
  });
  if (condition === undefined) throw new Error('refused');
  const { lowered, prefixes } = lower(condition);
  return showLowered(lowered, prefixes);
}

type Program = readonly [text: string, ...program: string[]];

const within = (prefix: string): string => `cidr("${prefix}").containsIP(destination.ip)`;

describe('tests of one address', () => {
  test.each<Program>([
    [`${within('10.0.0.0/8')} && ${within('10.1.0.0/16')}`, 'destinationIp in 10.1.0.0/112 ? + : -'],
    [`${within('10.0.0.0/8')} && ${within('11.0.0.0/8')}`, 'never'],
    [`${within('10.0.0.0/8')} && !${within('10.1.0.0/16')}`, 'destinationIp in 10.0.0.0/104 ? 1 : -', 'destinationIp in 10.1.0.0/112 ? - : +'],
    [`${within('10.0.0.0/8')} && !${within('11.0.0.0/8')}`, 'destinationIp in 10.0.0.0/104 ? + : -'],
    [`${within('10.1.0.0/16')} && !${within('10.0.0.0/8')}`, 'never'],
    [`!${within('10.0.0.0/8')} && !${within('11.0.0.0/8')}`, 'destinationIp in 10.0.0.0/103 ? - : +'],
    [`${within('10.0.0.0/8')} || ${within('11.0.0.0/8')}`, 'destinationIp in 10.0.0.0/103 ? + : -'],
    [`${within('11.0.0.0/8')} || ${within('12.0.0.0/8')}`, 'destinationIp in 11.0.0.0/104 ? + : 1', 'destinationIp in 12.0.0.0/104 ? + : -'],
    [`${within('10.1.0.0/16')} || ${within('10.0.0.0/8')}`, 'destinationIp in 10.0.0.0/104 ? + : -'],
    [`${within('10.0.0.0/9')} || ${within('10.128.0.0/10')} || ${within('10.192.0.0/10')}`, 'destinationIp in 10.0.0.0/104 ? + : -'],
    ['["10.0.0.3", "10.0.0.1", "10.0.0.2", "10.0.0.0", "10.0.0.4"].exists(a, destination.ip == a)', 'destinationIp in 10.0.0.0/126 ? + : 1', 'destinationIp in 10.0.0.4/128 ? + : -'],
    [`!${within('0.0.0.0/0')} && !${within('::/0')}`, 'never'],
    ['destination.ip != "10.0.0.1" || destination.ip != "10.0.0.2"', 'always'],
    ['destination.ip != "10.0.0.2" && destination.ip != "10.0.0.1" && destination.ip != "::1"', 'destinationIp in ::1/128 ? - : 1', 'destinationIp in 10.0.0.1/128 ? - : 2', 'destinationIp in 10.0.0.2/128 ? - : +'],
    ['(destination.ip == "10.0.0.2" && process.uid == 1) || (destination.ip == "10.0.0.1" && process.uid == 2)', 'processUid 1..1 ? 1 : 2', 'destinationIp in 10.0.0.2/128 ? + : 2', 'processUid 2..2 ? 3 : -', 'destinationIp in 10.0.0.1/128 ? + : -'],
  ])('%s', (text, ...program) => {
    expect(programOf(text)).toEqual(program);
  }); // prettier-ignore
});

describe('tests of one text', () => {
  test.each<Program>([
    ['process.name.startsWith("ab") && process.name.endsWith("bc") && process.name == "abc"', 'processName equal "abc" ? + : -'],
    ['process.name.startsWith("ab") && process.name == "xbc"', 'never'],
    ['process.name.endsWith("ab") && process.name == "xbc"', 'never'],
    ['process.name.startsWith("ab") && process.name.endsWith("bc") && process.name != "abc" && process.name != "x"', 'processName equal "abc" ? - : 1', 'processName starts "ab" ? 2 : -', 'processName ends "bc" ? + : -'],
    ['process.name.startsWith("a") && process.name.startsWith("ab") && process.name.startsWith("abc")', 'processName starts "abc" ? + : -'],
    ['process.name.endsWith("a") && process.name.startsWith("a")', 'processName starts "a" ? 1 : -', 'processName ends "a" ? + : -'],
    ['process.name.startsWith("a") && !process.name.startsWith("ab") && !process.name.startsWith("b")', 'processName starts "a" ? 1 : -', 'processName starts "ab" ? - : +'],
    ['process.name != "a" && !process.name.startsWith("a") && !process.name.endsWith("a")', 'processName starts "a" ? - : 1', 'processName ends "a" ? - : +'],
    ['process.name == "a" || process.name.startsWith("a") || process.name.endsWith("a")', 'processName starts "a" ? + : 1', 'processName ends "a" ? + : -'],
    ['process.name == "" || process.name != ""', 'always'],
    ['process.name == "b" || process.name == "a" || process.name == "c"', 'processName equal "a" ? + : 1', 'processName equal "b" ? + : 2', 'processName equal "c" ? + : -'],
  ])('%s', (text, ...program) => {
    expect(programOf(text)).toEqual(program);
  }); // prettier-ignore
});

describe('choices', () => {
  test.each<Program>([
    ['process.uid == 1 ? true : process.gid == 2', 'processUid 1..1 ? + : 1', 'processGid 2..2 ? + : -'],
    ['process.uid == 1 ? false : process.gid == 2', 'processUid 1..1 ? - : 1', 'processGid 2..2 ? + : -'],
    ['process.uid == 1 ? process.gid == 2 : true', 'processUid 1..1 ? 1 : +', 'processGid 2..2 ? + : -'],
    ['process.uid == 1 ? process.gid == 2 : false', 'processUid 1..1 ? 1 : -', 'processGid 2..2 ? + : -'],
    ['process.uid == 1 ? process.gid == 2 : process.gid != 2', 'processUid 1..1 ? 1 : 2', 'processGid 2..2 ? + : -', 'processGid 2..2 ? - : +'],
    ['process.uid == 1 ? (process.gid == 2 ? process.name == "a" : process.name == "b") : process.name == "c"', 'processUid 1..1 ? 1 : 4', 'processGid 2..2 ? 2 : 3', 'processName equal "a" ? + : -', 'processName equal "b" ? + : -', 'processName equal "c" ? + : -'],
    ['!(process.uid == 1 ? process.gid == 2 : process.name == "c")', 'processUid 1..1 ? 1 : 2', 'processGid 2..2 ? - : +', 'processName equal "c" ? - : +'],
    ['!((process.uid == 1 || process.gid == 2) && process.name == "a")', 'processName equal "a" ? 1 : +', 'processUid 1..1 ? - : 2', 'processGid 2..2 ? - : +'],
    ['!(!(process.uid == 1 || process.gid == 2) && process.name == "a")', 'processUid 1..1 ? + : 1', 'processGid 2..2 ? + : 2', 'processName equal "a" ? - : +'],
    ['process.uid == 1 && (process.gid == 2 || process.name == "a") && (process.gid == 2 || process.name == "a")', 'processUid 1..1 ? 1 : -', 'processGid 2..2 ? + : 2', 'processName equal "a" ? + : -'],
  ])('%s', (text, ...program) => {
    expect(programOf(text)).toEqual(program);
  }); // prettier-ignore
});

describe('tests of several fields, the cheap ones first', () => {
  test.each<Program>([
    ['process.name == "a" && destination.port == 1 && process.uid == 1 && destination.ip == "10.0.0.1" && time.getHours() == 3', 'processUid 1..1 ? 1 : -', 'destinationPort 1..1 ? 2 : -', 'dayMinute 180..239 ? 3 : -', 'destinationIp in 10.0.0.1/128 ? 4 : -', 'processName equal "a" ? + : -'],
    ['process.cmdline.endsWith("b") && process.cmdline.startsWith("a") && process.name == "x" && process.name != "y"', 'processName equal "x" ? 1 : -', 'processCmdline starts "a" ? 2 : -', 'processCmdline ends "b" ? + : -'],
  ])('%s', (text, ...program) => {
    expect(programOf(text)).toEqual(program);
  }); // prettier-ignore
});

describe('the clock of a zone', () => {
  test.each<Program>([
    ['time.getMinutes("+00:30") < 15 && time.getHours() == 3', 'dayMinute 210..224 ? + : -'],
    ['time.getMinutes("-00:15") in [0, 59] && time.getHours() == 3', 'dayMinute 194..195 ? + : -'],
    ['time.getHours("23:59") == 0', 'dayMinute 1..60 ? + : -'],
    ['time.getHours("20:00") == 0', 'dayMinute 240..299 ? + : -'],
  ])('%s', (text, ...program) => {
    expect(programOf(text)).toEqual(program);
  });

  test('has each minute once in every hour', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => hour);
    expect(programOf('time.getMinutes() < 15')).toEqual(
      hours.map((hour) => `dayMinute ${hour * 60}..${hour * 60 + 14} ? + : ${hour === 23 ? '-' : hour + 1}`),
    );
  });
});
