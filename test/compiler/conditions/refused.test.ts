// SPDX-License-Identifier: Apache-2.0
// Conditions that are refused: what is said of them, and of which part.

import { describe, expect, test } from '@jest/globals';
import { compile } from './show.ts';

/** The part between « and » is the one that is reported. */
type Refused = readonly [marked: string, code: string, message: string, fix: string];

const UNTYPED = 'correct the name or the types: numbers are int, texts are string, time is a timestamp';
const SEARCH = 'use startsWith, endsWith, == or in';
const PLAIN = 'compare the field itself with constants';
const COMPUTED = 'a value that is computed from a field cannot be decided in the kernel';
const COMPARE_FIELD = 'compare the field itself with a constant, on which all operators can be used';
const CALENDAR =
  'compare time itself, as in time < timestamp("2027-01-31T08:00:00Z"), or use getHours, getMinutes, getDayOfWeek';
const ZONE = 'use UTC, which is the default, or a fixed offset such as "+02:00"';
const FAMILY = 'use a prefix, as in cidr("127.0.0.0/8").containsIP(destination.ip)';
const LOOPS = 'use all, exists or exists_one';
const ITSELF = 'correct it, or write the value itself';

const REFUSED: readonly Refused[] = [
  [
    'time.getHours(«"+25:00"») == 1',
    'RTP1605',
    'no clock has the distance "+25:00" from UTC',
    'write hours and minutes with two digits each, from "-23:59" to "+23:59"',
  ],
  ['process.uid ==«»', 'RTP1601', 'the expression ends too early', 'correct the expression here'],
  ['«»', 'RTP1601', 'the expression ends too early', 'correct the expression here'],
  ['process.«uidd» == 1', 'RTP1602', 'there is no field "uidd" here', UNTYPED],
  ['«proces».uid == 1', 'RTP1602', 'there is no variable "proces"', UNTYPED],
  ['process.«constructor» == 1', 'RTP1602', 'there is no field "constructor" here', UNTYPED],
  [
    '«process.name == 1»',
    'RTP1602',
    'the operator does not take these types: string == int',
    'write the text in quotes, or convert one side with int() or string()',
  ],
  ['process.name.«startWith»("a")', 'RTP1602', 'there is no method startWith()', UNTYPED],
  ['«process.uid»', 'RTP1603', 'the condition gives int, not true or false', 'compare: process.uid == 1001'],
  ['«"x"»', 'RTP1603', 'the condition gives string, not true or false', 'compare: process.uid == 1001'],
  [
    'true && «process.cmdline.contains("a")»',
    'RTP1605',
    'contains() cannot be decided in the kernel',
    SEARCH,
  ],
  ['«process.cmdline.matches("a+")» || true', 'RTP1605', 'matches() cannot be decided in the kernel', SEARCH],
  ['«process.cmdline.indexOf("a")» == 1', 'RTP1605', 'indexOf() cannot be decided in the kernel', SEARCH],
  ['«process.cmdline.split(" ")»[0] == "a"', 'RTP1605', 'split() cannot be decided in the kernel', SEARCH],
  ['«process.name.lowerAscii()» == "a"', 'RTP1605', 'lowerAscii() cannot be decided in the kernel', PLAIN],
  ['«double(process.uid)» == 1.0', 'RTP1605', 'double() cannot be decided in the kernel', PLAIN],
  ['«dyn(process.uid)» == 1', 'RTP1605', 'dyn() cannot be decided in the kernel', PLAIN],
  [
    '«size(process.name) > 3»',
    'RTP1605',
    'the length of a text cannot be decided in the kernel',
    'test whether it is empty: process.name == ""',
  ],
  [
    '«size(destination.ip)» > 3',
    'RTP1605',
    'size() compared with this cannot be decided in the kernel',
    'test whether the text is empty: size(…) == 0, or == ""',
  ],
  ['«process.uid + 1» == 2', 'RTP1605', COMPUTED, COMPARE_FIELD],
  ['«-process.uid» == -2', 'RTP1605', COMPUTED, COMPARE_FIELD],
  ['«process.name + "x"» == "curlx"', 'RTP1605', COMPUTED, COMPARE_FIELD],
  ['«time + duration("1h")» > timestamp("2027-01-01T00:00:00Z")', 'RTP1605', COMPUTED, COMPARE_FIELD],
  [
    '«(process.uid == 0 ? 22 : 443)» == destination.port',
    'RTP1605',
    'a value that depends on a field cannot be decided in the kernel',
    'choose between conditions: process.uid == 0 ? destination.port == 22 : destination.port == 443',
  ],
  [
    '«destination["port"]» == 1',
    'RTP1605',
    'a field in brackets cannot be decided in the kernel',
    'write it with a dot, as in destination.port',
  ],
  [
    '«destination.?port».orValue(1) == 1',
    'RTP1605',
    'an optional field cannot be decided in the kernel',
    'write a dot without "?": every field has a value; a text that is not known is ""',
  ],
  [
    '«process.uid == process.gid»',
    'RTP1605',
    'two fields cannot be compared in the kernel',
    'compare each of them with constants',
  ],
  [
    '«process.name < "b"»',
    'RTP1605',
    'the order of texts cannot be decided in the kernel',
    'compare with ==, !=, in, startsWith or endsWith',
  ],
  [
    '«"curl".startsWith(process.name)»',
    'RTP1605',
    'startsWith() can be decided in the kernel for a field and a constant only',
    'compare each field with constants',
  ],
  [
    '«destination.ip.startsWith("10.")»',
    'RTP1605',
    'startsWith() of an address cannot be decided in the kernel',
    'write a prefix: cidr("10.0.0.0/8").containsIP(destination.ip)',
  ],
  ['«ip(destination.ip).family()» == 4', 'RTP1605', 'family() cannot be decided in the kernel', FAMILY],
  ['«ip(destination.ip).isLoopback()»', 'RTP1605', 'isLoopback() cannot be decided in the kernel', FAMILY],
  [
    '«has(process.name)»',
    'RTP1605',
    'has() cannot be decided in the kernel',
    'leave it out: every field has a value; a text that is not known is "", a number 4294967295',
  ],
  [
    'process.uid < «1.5»',
    'RTP1605',
    'a value of this type cannot be compared with the field',
    'write a whole number, or a text where the field is one',
  ],
  [
    'process.uid == «dyn(1)»',
    'RTP1605',
    'dyn() is not possible in the constants of a condition',
    'write the value itself',
  ],
  [
    '«[process.uid]» == [1]',
    'RTP1605',
    'a list of fields cannot be compared',
    'compare each field by itself, and join with && or ||',
  ],
  [
    '«(process.uid == 1) in [true]»',
    'RTP1605',
    'a condition in a list cannot be decided in the kernel',
    'use &&, || and !',
  ],
  [
    '«(process.uid == 1) < true»',
    'RTP1605',
    'the order of true and false cannot be decided in the kernel',
    'use &&, || and !',
  ],
  [
    'process.name in «{"a": 1}»',
    'RTP1605',
    'a map is not possible in the constants of a condition',
    'write the value itself',
  ],
  [
    'time.getHours(«"Europe/Zurich"») == 1',
    'RTP1605',
    'the zone "Europe/Zurich" cannot be decided in the kernel',
    ZONE,
  ],
  ['time.getDayOfWeek(«"Z"») == 1', 'RTP1605', 'the zone "Z" cannot be decided in the kernel', ZONE],
  ['time.getHours(«process.name») == 1', 'RTP1605', 'the zone is not a constant', ZONE],
  ['«time.getSeconds()» == 1', 'RTP1605', 'getSeconds() cannot be decided in the kernel', CALENDAR],
  ['«time.getFullYear()» == 2027', 'RTP1605', 'getFullYear() cannot be decided in the kernel', CALENDAR],
  ['«[1].filter(x, process.uid == x)» == [1]', 'RTP1605', 'filter() cannot be decided in the kernel', LOOPS],
  ['«[1].map(x, process.uid)» == [1]', 'RTP1605', 'map() cannot be decided in the kernel', LOOPS],
  [
    '«[process.uid]».exists(x, x == 1)',
    'RTP1605',
    'a loop over something that is not constant cannot be decided in the kernel',
    'write the list itself',
  ],
  [
    '[1].exists(«time», process.uid == 1)',
    'RTP1605',
    "the loop's variable has the name time, which is already used",
    'give it another name',
  ],
  [
    '[1].exists(a, [2].exists(«a», process.uid == a))',
    'RTP1605',
    "the loop's variable has the name a, which is already used",
    'give it another name',
  ],
  [
    '«peer.path» == "/x"',
    'RTP1606',
    'peer.path is not known while a connection is opened',
    'write allowedSPIFFEIDs.outbound: the peer is known after the handshake only',
  ],
  [
    '«source.ip» == "10.0.0.1"',
    'RTP1606',
    'source.ip is about connections that are accepted; this rule is about those that are opened',
    'leave it out, or write the rule under ingress',
  ],
  [
    'destination.ip == «"10.0.0"»',
    'RTP1607',
    '"10.0.0" is not an IP address',
    'write an address, or a prefix: cidr("10.0.0.0/8").containsIP(destination.ip)',
  ],
  [
    'destination.ip in ["10.0.0.1", «"fe80::1%eth0"»]',
    'RTP1607',
    '"fe80::1%eth0" is not an IP address',
    'write an address, or a prefix: cidr("10.0.0.0/8").containsIP(destination.ip)',
  ],
  [
    'process.name == «"abcdefghijklmnop"»',
    'RTP1607',
    'the text has 16 bytes; process.name has at most 15',
    'compare process.binary.path, or write the first 15 bytes',
  ],
  [
    'process.name.startsWith(«"éééééééé"»)',
    'RTP1607',
    'the text has 16 bytes; process.name has at most 15',
    'compare process.binary.path, or write the first 15 bytes',
  ],
  [
    'destination.name == «"Example.com"»',
    'RTP1607',
    'destination.name is always in lower case',
    'write "example.com"',
  ],
  [
    'process.name == «"a\\x00b"»',
    'RTP1607',
    'the text has a NUL character, so nothing can be equal to it',
    'remove it',
  ],
  [
    'process.name == «"\ud800"»',
    'RTP1607',
    'the text has half of a surrogate pair, which is not a character',
    'write the character itself',
  ],
  ['process.uid == «1 / 0»', 'RTP1608', 'the value cannot be computed: division by zero', ITSELF],
  [
    'process.uid == «9223372036854775807 + 1»',
    'RTP1608',
    'the value cannot be computed: integer overflow: 9223372036854775808',
    ITSELF,
  ],
  [
    'time < «timestamp("2027-02-30T00:00:00Z")»',
    'RTP1608',
    'the value cannot be computed: "2027-02-30T00:00:00Z" is not a time such as 2026-11-23T10:00:00Z',
    ITSELF,
  ],
  [
    '«cidr("10.0.0.0/33")».containsIP(destination.ip)',
    'RTP1608',
    'the value cannot be computed: "10.0.0.0/33" is not an IP prefix such as 10.0.0.0/8',
    ITSELF,
  ],
  [
    '[1, 0].exists(p, process.uid == «1 / p»)',
    'RTP1608',
    'the value cannot be computed: division by zero',
    ITSELF,
  ],
];

describe('a condition that cannot be decided in the kernel', () => {
  for (const [marked, code, message, fix] of REFUSED) {
    test(`${JSON.stringify(marked)} is ${code}: ${message}`, () => {
      const { text, start, end } = unmark(marked);
      const { condition, problems } = compile(text);
      expect(condition).toBeUndefined();
      expect(problems).toEqual([expect.objectContaining({ code, message, fix, start, end })]);
    });
  }

  const inbound: readonly Refused[] = [
    [
      '«destination.ip» == "10.0.0.1"',
      'RTP1606',
      'destination.ip is about connections that are opened; this rule is about those that are accepted',
      'use destination.port, the local port, or source.ip',
    ],
    [
      '«destination.name» == ""',
      'RTP1606',
      'destination.name is about connections that are opened; this rule is about those that are accepted',
      'use destination.port, the local port, or source.ip',
    ],
    [
      'peer.trustDomain == «"Example.org"»',
      'RTP1607',
      'peer.trustDomain is always in lower case',
      'write "example.org"',
    ],
  ];
  for (const [marked, code, message, fix] of inbound) {
    test(`about an accepted connection, ${marked} is ${code}: ${message}`, () => {
      const { text, start, end } = unmark(marked);
      const { condition, problems } = compile(text, 'inbound');
      expect(condition).toBeUndefined();
      expect(problems).toEqual([expect.objectContaining({ code, message, fix, start, end })]);
    });
  }

  test('is told all that is wrong, each once', () => {
    const text =
      '["a", "b"].exists(x, process.cmdline.contains(x)) || peer.path == "/" && process.uid == 1 / 0';
    expect(compile(text).problems.map(({ code, start, end }) => [code, text.slice(start, end)])).toEqual([
      ['RTP1605', 'process.cmdline.contains(x)'],
      ['RTP1606', 'peer.path'],
      ['RTP1608', '1 / 0'],
    ]);
  });

  test('is not taken either where the part makes no difference', () => {
    for (const text of ['process.name.substring(1) in []', 'true || process.name.substring(1) == "a"']) {
      const { condition, problems } = compile(text);
      expect({ text, condition, problems: problems.length }).toEqual({
        text,
        condition: undefined,
        problems: 1,
      });
    }
  });

  test('is told a name that is near', () => {
    expect(compile('process.uuid == 1').problems).toEqual([expect.objectContaining({ suggestion: 'uid' })]);
    expect(compile('proces.uid == 1').problems).toEqual([expect.objectContaining({ suggestion: 'process' })]);
  });
});

function unmark(marked: string): { readonly text: string; readonly start: number; readonly end: number } {
  const start = marked.indexOf('«');
  const end = marked.indexOf('»') - 1;
  const text = marked.replace(/[«»]/g, '');
  // Brackets around a part are not in its range.
  if (text[start] === '(' && text[end - 1] === ')') return { text, start: start + 1, end: end - 1 };
  return text[start] === '(' ? { text, start: start + 1, end } : { text, start, end };
}
