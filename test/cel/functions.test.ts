// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { compileExpression } from '../../src/cel/compile.ts';
import { createEnvironment } from '../../src/cel/environment.ts';
import { TEXT_LIMIT } from '../../src/cel/functions/text.ts';

const environment = createEnvironment({});

/** The value as text, or the message of what is wrong. */
function run(text: string): string {
  const compiled = compileExpression(text, environment);
  if ('problems' in compiled) return `${compiled.problems[0]?.kind}: ${compiled.problems[0]?.message}`;
  const result = compiled.expression.evaluate({});
  return 'value' in result ? JSON.stringify(result.value, plain) : `error: ${result.problem.message}`;
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

const CASES: Readonly<Record<string, readonly (readonly [string, unknown])[]>> = {
  texts: [
    ['"tacocat".charAt(3)', 'o'],
    ['"a😀b".charAt(1)', '😀'],
    ['"a😀b".charAt(3)', ''],
    ['"a".charAt(2)', 'error: charAt() at position 2 of a text that is shorter'],
    ['"a".charAt(-1)', 'error: charAt() at position -1 of a text that is shorter'],
    ['"a😀b😀".indexOf("b")', 2],
    ['"a😀b😀".indexOf("😀", 2)', 3],
    ['"abc".indexOf("x")', -1],
    ['"😀b😀b".lastIndexOf("b")', 3],
    ['"😀b😀b".lastIndexOf("b", 2)', 1],
    ['"a😀b".substring(2)', 'b'],
    ['"a😀b".substring(0, 2)', 'a😀'],
    ['"abc".substring(2, 1)', 'error: substring() from a position behind its end'],
    ['"ab".replace("", "-")', '-a-b-'],
    ['"aaa".replace("a", "$&", 2)', '$&$&a'],
    ['"aaa".replace("a", "b", -1)', 'bbb'],
    ['"aaa".replace("a", "b", 0)', 'aaa'],
    ['"a,b,c".split(",", 2)', ['a', 'b,c']],
    ['"a,b".split(",", 0)', []],
    ['"a😀".split("")', ['a', '😀']],
    ['["a", "b"].join("-")', 'a-b'],
    ['"a😀".reverse()', '😀a'],
    ['"ÄB".lowerAscii()', 'Äb'],
    ['"äb".upperAscii()', 'äB'],
    ['"\\u0085 a\\u00a0".trim()', 'a'],
    ['"\\ufeffa".trim()', '\ufeffa'],
  ],
  'format()': [
    ['"%s %d %.2f".format(["a", 3, 4.5])', 'a 3 4.50'],
    ['"100%%".format([])', '100%'],
    ['"%x %X %b %o".format([255, 255, 5, 8])', 'ff FF 101 10'],
    ['"%e".format([1234.5])', '1.234500e+03'],
    ['"%f %e %.1f %.0e".format([1, 2, -3, 1200])', '1.000000 2.000000e+00 -3.0 1e+03'],
    ['"%f".format(["1"])', 'error: format() with %f of a value that is not a number'],
    ['"%s".format([["a", "b"]])', '[a, b]'],
    ['"%s".format([{"b": 1, "a": 2}])', '{a: 2, b: 1}'],
    ['"%s %s".format([ip("::1"), spiffe("spiffe://a.b/c")])', '::1 spiffe://a.b/c'],
    ['"%s".format([])', 'error: format() has a % for each of 0 values and one more'],
    ['"a".format([1])', 'error: format() has 1 values and 0 verbs for them'],
    ['"%d".format(["a"])', 'error: format() with %d of a value that is not a whole number'],
    ['"%z".format([1])', 'error: format() has no %z; it has %s %d %f %e %b %o %x %X and %%'],
    ['"a%".format([])', 'error: format() of a text that ends in %'],
    ['"%.101f".format([1.0])', 'error: format() with 101 digits; the limit is 100'],
  ],
  addresses: [
    ['ip("::1").family()', 6],
    ['ip("127.0.0.1").isLoopback() && ip("::1").isLoopback()', true],
    ['ip("0.0.0.0").isUnspecified() && ip("::").isUnspecified()', true],
    ['ip("169.254.0.1").isLinkLocalUnicast() && ip("fe80::1").isLinkLocalUnicast()', true],
    ['ip("224.0.0.9").isLinkLocalMulticast() && ip("ff02::1").isLinkLocalMulticast()', true],
    ['ip("ff05::1").isLinkLocalMulticast()', false],
    ['ip("10.0.0.1").isGlobalUnicast() && ip("2001:db8::1").isGlobalUnicast()', true],
    ['ip("255.255.255.255").isGlobalUnicast() || ip("ff02::1").isGlobalUnicast()', false],
    ['isIP("::ffff:10.0.0.1") || isIP("010.0.0.1") || isIP("fe80::1%eth0")', false],
    ['ip.isCanonical("2001:db8::1") && !ip.isCanonical("2001:DB8:0::1")', true],
    ['ip("2001:db8:0::1") == ip("2001:db8::1")', true],
    ['string(ip("2001:DB8::0"))', '2001:db8::'],
    ['["10.0.0.1"].all(ip, isIP(ip) && ip(ip).family() == 4)', true],
    ['ip("x")', 'error: "x" is not an IP address'],
    ['type(ip("10.0.0.1")) == net.IP && type(cidr("10.0.0.0/8")) == net.CIDR', true],
    ['type(ip("10.0.0.1")) == net.CIDR', false],
    ['ip("::ffff:a00:1") == ip("10.0.0.1") && ip("::ffff:a00:1").family() == 4', true],
    ['ip("::ffff:10.0.0.1")', 'error: "::ffff:10.0.0.1" is an IPv4-mapped IPv6 address; write 10.0.0.1'],
    [
      'cidr("::ffff:10.0.0.1/104")',
      'error: "::ffff:10.0.0.1" is an IPv4-mapped IPv6 address; write 10.0.0.1',
    ],
    ['cidr("::ffff:a00:0/104") == cidr("10.0.0.0/8")', true],
    ['isCIDR("::ffff:a00:0/95")', false],
    ['isCIDR("fe80::1%eth0/64") || isCIDR("10.0.0.0/") || isCIDR("10.0.0.0/8/8")', false],
    ['cidr("10.0.0.1/8") == cidr("10.0.0.0/8")', false],
    ['isCIDR("10.0.0.0/8") && isCIDR("10.0.0.1/8") && !isCIDR("10.0.0.1") && !isCIDR("10.0.0.0/33")', true],
    ['cidr("10.1.2.3/8").prefixLength()', 8],
    ['string(cidr("10.1.2.3/8").masked())', '10.0.0.0/8'],
    ['string(cidr("10.1.2.3/8").ip())', '10.1.2.3'],
    ['cidr("10.0.0.0/8").containsIP("10.255.0.1") && cidr("10.0.0.0/8").containsIP(ip("10.0.0.0"))', true],
    ['cidr("10.0.0.0/8").containsIP("11.0.0.0") || cidr("::/0").containsIP("10.0.0.1")', false],
    ['cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && cidr("::/0").containsCIDR(cidr("fd00::/8"))', true],
    ['cidr("10.0.0.0/8").containsCIDR("10.0.0.0/7")', false],
    [
      'cidr("10.0.0.0/8") == cidr("10.0.0.0/08")',
      'error: "10.0.0.0/08" is not an IP prefix such as 10.0.0.0/8',
    ],
  ],
  'SPIFFE IDs': [
    ['spiffe("spiffe://shop.example/a/b").trustDomain()', 'shop.example'],
    ['spiffe("spiffe://shop.example/a/b").path()', '/a/b'],
    ['spiffe("spiffe://shop.example").path()', ''],
    ['spiffe("spiffe://shop.example/a").isMemberOf("shop.example")', true],
    ['spiffe("spiffe://shop.example/a").isMemberOf("spiffe://shop.example")', true],
    ['spiffe("spiffe://shop.example/a").isMemberOf("example")', false],
    ['"spiffe://shop.example/a/b".spiffeMatches("spiffe://shop.example/a/*")', true],
    ['"spiffe://shop.example/a".spiffeMatches("spiffe://shop.example/a/*")', false],
    ['"spiffe://shop.example/ab".spiffeMatches("spiffe://shop.example/a/*")', false],
    ['"spiffe://shop.example.evil/a".spiffeMatches("spiffe://shop.example/*")', false],
    ['spiffe("spiffe://shop.example/a").spiffeMatches("spiffe://shop.example/a")', true],
    [
      '"spiffe://a.b/c".spiffeMatches("spiffe://a.b/c*")',
      'error: "spiffe://a.b/c*" is not a SPIFFE ID such as spiffe://example.org/web',
    ],
    [
      'isSPIFFE("spiffe://A.b/c") || isSPIFFE("spiffe://a.b/") || isSPIFFE("spiffe://a.b/../c") || isSPIFFE("https://a.b")',
      false,
    ],
    ['spiffe("spiffe://a.b/c") == spiffe("spiffe://a.b/c")', true],
  ],
  'times and durations': [
    ['duration("-0.5s") + duration("0s") == duration("-500ms")', true],
    ['string(duration("1h30m"))', '5400s'],
    ['duration("1.5h") > duration("1h29m59.999999999s")', true],
    ['duration("s")', 'error: "s" is not a duration such as 90s or 1h30m'],
    [
      'duration("300000h") + duration("300000h") + duration("2562047h") > duration("0s")',
      'error: the duration is out of range',
    ],
    [
      'timestamp("2026-02-30T00:00:00Z")',
      'error: "2026-02-30T00:00:00Z" is not a time such as 2026-11-23T10:00:00Z',
    ],
    [
      'timestamp("November 23 2026 10:00")',
      'error: "November 23 2026 10:00" is not a time such as 2026-11-23T10:00:00Z',
    ],
    ['timestamp("2026-01-01T00:00:00.000000001Z") > timestamp("2026-01-01T00:00:00Z")', true],
    ['string(timestamp("2026-01-01T01:30:00.5+01:00"))', '2026-01-01T00:30:00.5Z'],
    ['timestamp("2026-07-01T00:30:00Z").getHours("Europe/Paris")', 2],
    ['timestamp("2026-07-01T00:30:00Z").getDayOfWeek("-02:00")', 2],
    [
      'timestamp("2026-07-01T00:30:00Z").getHours("Nowhere/None")',
      'error: there is no time zone "Nowhere/None"',
    ],
    ['timestamp(1700000000) - timestamp(0) == duration("1700000000s")', true],
    ['int(timestamp("1969-12-31T23:59:59.5Z"))', -1],
    ['timestamp("9999-12-31T23:59:59Z") + duration("1s")', 'error: the time is not in the years 1 to 9999'],
  ],
  numbers: [
    ['int("")', 'error: "" is not a whole number'],
    ['int("0x10")', 'error: "0x10" is not a whole number'],
    ['int(1e99)', 'error: the number is out of the range of int'],
    ['int(-1.9)', -1],
    ['double("0x10")', 'error: "0x10" is not a number'],
    ['-(-9223372036854775808)', 'error: the least int can be neither negated nor divided'],
    ['-9223372036854775808 / -1', 'error: the least int can be neither negated nor divided'],
    ['string(b"\\xff")', 'error: the bytes are not UTF-8'],
  ],
};

for (const [what, cases] of Object.entries(CASES)) {
  describe(`functions on ${what}`, () => {
    for (const [text, expected] of cases) {
      test(`${text} is ${JSON.stringify(expected)}`, () => {
        const answer = run(text);
        expect(answer.startsWith('error: ') ? answer : JSON.parse(answer)).toEqual(expected);
      });
    }
  });
}

describe('what the engine would answer wrongly is refused, at its place:', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['true && [].all(x, x > 0)', '[]', 'a loop over an empty list'],
    ['{1: "a"}.map(k, k)', '{1: "a"}.map(k, k)', 'a loop over a map whose keys are not texts'],
    ['{"a": 1, "a": 2}["a"]', '"a"', 'the key is there twice'],
    ['{"a": 1, "constructor": 2}', '"constructor"', 'a map cannot have the key "constructor" here'],
    ['{null: 1}', 'null', 'a key cannot be null'],
    [
      '{string(1): 1, string(2): 2}',
      'string(1)',
      'the keys of a map with several are written out, not computed',
    ],
    ['[1] == ["a"]', '[1] == ["a"]', 'the operator does not take these types: list<int> == list<string>'],
    ['b"a" < b"b"', 'b"a" < b"b"', 'the operator does not take these types: bytes < bytes'],
    ["b'ÿ' == b'a'", "b'ÿ'", 'bytes are written in ASCII here; write other bytes as \\xff'],
    [
      'optional.of(1) == optional.of(1)',
      'optional.of(1) == optional.of(1)',
      'the operator does not take these types: optional<int> == optional<int>',
    ],
    [
      '[optional.of(1)] == [optional.of(2)]',
      '[optional.of(1)] == [optional.of(2)]',
      'optional values cannot be compared; compare what orValue() gives',
    ],
    [
      'optional.of(1) in [optional.of(1)]',
      'optional.of(1) in [optional.of(1)]',
      'optional values cannot be compared; compare what orValue() gives',
    ],
    [
      'dyn(3u) in [3]',
      'dyn(3u)',
      'dyn() of a uint, which is then not equal to the int of the same value; convert it with int()',
    ],
    [
      'dyn(3) in [3u]',
      'dyn(3) in [3u]',
      'a uint compared with a value of any type; convert the uint with int() first',
    ],
    ['bytes("{}").json()', 'json', 'there is no method json()'],
    ['1 + own_int(1)', 'own_int', 'there is no function own_int()'],
    ['-("a" + "b")', '"a" + "b"', 'the operator does not take this type: string'],
  ];
  for (const [text, place, message] of cases) {
    test(text, () => {
      const compiled = compileExpression(text, environment);
      const [problem] = 'problems' in compiled ? compiled.problems : [];
      expect(problem?.message).toBe(message);
      expect(text.slice(problem?.start, problem?.end)).toBe(place);
    });
  }
});

describe('a text that a function makes is bounded:', () => {
  const big = `"${'a'.repeat(8_000)}"`;
  const cases: readonly string[] = [
    `${big}.replace("a", "${'b'.repeat(9)}")`,
    `[${Array.from({ length: 9 }, () => '"x".replace("x", "y")').join(', ')}].join(${big})`,
    `"%s%s%s%s%s%s%s%s%s".format([${big}, "", "", "", "", "", "", "", ""]) + "".replace("", ${big}).replace("a", "bbbbbbbbb")`,
  ];
  for (const text of cases) {
    test(`${text.slice(0, 30)}…`, () => {
      const answer = run(text);
      expect(answer.startsWith('error: ') || answer.length < 2 * TEXT_LIMIT).toBe(true);
    });
  }

  test('one character below the limit is made, and one above is not', () => {
    const made = (length: number): string =>
      `"${'a'.repeat(100)}".replace("a", "${'b'.repeat(length / 100)}").size()`;
    expect(run(made(65_500))).toBe('65500');
    expect(run(made(65_600))).toBe(
      'error: replace() would make a text of 65600 characters; the limit is 65536',
    );
  });
});
