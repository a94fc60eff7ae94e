// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { countTests } from '../../../src/conditions/build.ts';
import { CONDITION_LIMITS } from '../../../src/compiler/conditions/types.ts';
import { lowerCondition } from '../../../src/compiler/lower/conditions.ts';
import { compile, showCondition } from './show.ts';

describe('a condition', () => {
  const egress: readonly (readonly [string, string])[] = [
    ['true', 'true'],
    ['1 + 1 == 3 || "a" in ["b"]', 'false'],
    ['process.uid == 0 && true', 'processUid 0..0'],
    ['process.uid == 0 && false', 'false'],
    ['process.uid != 0', 'processUid 1..4294967295'],
    ['process.uid != 1', '!processUid 1..1'],
    ['process.uid < 1000', 'processUid 0..999'],
    ['1000 < process.uid', 'processUid 1001..4294967295'],
    ['process.uid >= 0', 'true'],
    ['process.uid < -9223372036854775807 - 1', 'false'],
    ['process.uid == -1', 'false'],
    ['process.uid != 5000000000', 'true'],
    ['process.uid <= 9223372036854775807', 'true'],
    ['process.uid < 4294967296', 'true'],
    ['process.uid == 4294967295', 'processUid 4294967295..4294967295'],
    ['process.uid == 60 * 60', 'processUid 3600..3600'],
    ['process.gid == 0x10 + 7 / 2 - -1', 'processGid 20..20'],
    ['process.uid == (1 + 2) * 3 - (4 - 3)', 'processUid 8..8'],
    ['process.uid == 2 * (1 + 2) % 4 - -(2 + 3)', 'processUid 7..7'],
    ['process.uid == ((true || false) && false ? 1 : 2) + 1', 'processUid 3..3'],
    ['process.uid == [1, 2, 3][1] + size("ab" + "c")', 'processUid 5..5'],
    ['destination.port <= 65535', 'true'],
    ['destination.port > 65535', 'false'],
    [
      'destination.port in [443, 442, 80]',
      '(destinationPort 443..443 | destinationPort 442..442 | destinationPort 80..80)',
    ],
    ['destination.port in ([80] + [443])', '(destinationPort 80..80 | destinationPort 443..443)'],
    ['443 in [destination.port, process.uid, 5]', '(destinationPort 443..443 | processUid 443..443)'],
    ['[80, 443].exists(p, destination.port == p)', '(destinationPort 80..80 | destinationPort 443..443)'],
    ['[80, 443].all(p, destination.port != p)', '(!destinationPort 80..80 & !destinationPort 443..443)'],
    [
      '[1, 2].exists(p, destination.port == p * 100 + 1)',
      '(destinationPort 101..101 | destinationPort 201..201)',
    ],
    [
      '[1, 2].exists(ip, [ip, 3].exists(q, process.uid == ip * q))',
      '(processUid 1..1 | processUid 3..3 | processUid 4..4 | processUid 6..6)',
    ],
    [
      '[1, 2].exists_one(p, process.uid == p)',
      '((processUid 1..1 & !processUid 2..2) | (!processUid 1..1 & processUid 2..2))',
    ],
    ['process.name == "curl"', 'processName equal "curl"'],
    ['"curl" != process.name', '!processName equal "curl"'],
    ['process.name in ["a", "b"]', '(processName equal "a" | processName equal "b")'],
    ['process.name == "cu" + "rl"', 'processName equal "curl"'],
    [String.raw`process.cmdline.startsWith(r"a\b")`, String.raw`processCmdline starts "a\\b"`],
    ['process.cmdline.endsWith("\\u00e9")', 'processCmdline ends "é"'],
    ['process.cmdline.startsWith("")', 'true'],
    ['process.binary.path == ""', 'processBinaryPath equal ""'],
    ['size(process.name) == 0', 'processName equal ""'],
    ['process.name.size() > 0', '!processName equal ""'],
    ['0 >= size(process.name)', 'processName equal ""'],
    ['size(process.name) >= 0', 'true'],
    ['size(process.name) > 15', 'false'],
    ['destination.name.endsWith(".example.com")', 'destinationName ends ".example.com"'],
    ['destination.ip == "10.0.0.1"', 'destinationIp in 10.0.0.1/128'],
    ['destination.ip == "::ffff:10.0.0.1"', 'destinationIp in 10.0.0.1/128'],
    ['destination.ip != "2001:DB8:0::1"', '!destinationIp in 2001:db8::1/128'],
    ['ip(destination.ip) == ip("10.0.0.1")', 'destinationIp in 10.0.0.1/128'],
    ['ip(destination.ip) in [ip("::1")]', 'destinationIp in ::1/128'],
    ['cidr("10.0.0.0/8").containsIP(destination.ip)', 'destinationIp in 10.0.0.0/104'],
    ['cidr("10.1.2.3/8").containsIP(ip(destination.ip))', 'destinationIp in 10.0.0.0/104'],
    ['cidr("0.0.0.0/0").containsIP(destination.ip)', 'destinationIp in 0.0.0.0/96'],
    ['cidr("2001:db8::/32").containsIP(destination.ip)', 'destinationIp in 2001:db8::/32'],
    // An IPv4 address is in no IPv6 prefix.
    ['cidr("::/0").containsIP(destination.ip)', '!destinationIp in 0.0.0.0/96'],
    ['cidr("::/64").containsIP(destination.ip)', '(destinationIp in ::/64 & !destinationIp in 0.0.0.0/96)'],
    ['time < timestamp("1970-01-01T00:01:00Z")', 'time 0..59'],
    ['time < timestamp("1970-01-01T00:01:00.5Z")', 'time 0..60'],
    ['time <= timestamp("1970-01-01T00:01:00.999999999Z")', 'time 0..60'],
    ['time > timestamp("1970-01-01T00:01:00.5Z")', 'time 61..4294967295'],
    ['time >= timestamp("1970-01-01T00:01:00.5Z")', 'time 61..4294967295'],
    ['time == timestamp("1970-01-01T00:01:00.5Z")', 'false'],
    ['time != timestamp("1970-01-01T00:01:00.5Z")', 'true'],
    ['time > timestamp("1969-12-31T23:59:59.5Z")', 'true'],
    ['time == timestamp("1970-01-01T02:00:00+02:00")', 'time 0..0'],
    ['timestamp("1970-01-01T00:00:00Z") + duration("90s") > time', 'time 0..89'],
    ['time < timestamp("2200-01-01T00:00:00Z")', 'true'],
    ['int(time) >= 60', 'time 60..4294967295'],
    ['time.getHours() >= 22', 'dayMinute 1320..1439'],
    ['time.getHours("UTC") == 0', 'dayMinute 0..59'],
    ['time.getHours("+02:00") == 0', 'dayMinute 1320..1379'],
    ['time.getHours("-05:30") == 20', 'dayMinute 90..149'],
    ['time.getHours("+05:30") in [5, 4]', '(!dayMinute 30..1409 | dayMinute 1350..1409)'],
    ['time.getHours() < 24', 'true'],
    ['time.getDayOfWeek() == 0', 'weekMinute 8640..10079'],
    ['time.getDayOfWeek() == 1', 'weekMinute 0..1439'],
    ['time.getDayOfWeek("+01:00") == 1', '!weekMinute 1380..10019'],
    ['time.getMinutes() >= 60', 'false'],
    ['process.uid == 0 ? destination.port == 22 : true', '(!processUid 0..0 | destinationPort 22..22)'],
    [
      '(process.uid == 0) == (process.gid == 0)',
      '((processUid 0..0 & processGid 0..0) | (!processUid 0..0 & !processGid 0..0))',
    ],
    ['(process.uid == 0) != true', '!processUid 0..0'],
    ['[true, false].exists(b, b == (process.uid == 0))', '(processUid 0..0 | !processUid 0..0)'],
    [
      '[["a", "b"], ["c"]].exists(l, process.name in l)',
      '(processName equal "a" | processName equal "b" | processName equal "c")',
    ],
  ];
  for (const [text, expected] of egress) {
    test(`${text} becomes ${expected}`, () => {
      const { condition, problems } = compile(text);
      expect(problems).toEqual([]);
      expect(condition && showCondition(condition)).toBe(expected);
    });
  }

  const inbound: readonly (readonly [string, string])[] = [
    ['peer.spiffeID.startsWith("spiffe://example.org/")', 'peerId starts "spiffe://example.org/"'],
    ['peer.trustDomain == "example.org"', 'peerDomain equal "example.org"'],
    ['peer.path in ["/shop/web", ""]', '(peerPath equal "/shop/web" | peerPath equal "")'],
    ['source.port < 1024', 'sourcePort 0..1023'],
    ['source.ip == "::1"', 'sourceIp in ::1/128'],
    ['destination.port == 443', 'destinationPort 443..443'],
  ];
  for (const [text, expected] of inbound) {
    test(`about an accepted connection, ${text} becomes ${expected}`, () => {
      const { condition, problems } = compile(text, 'inbound');
      expect(problems).toEqual([]);
      expect(condition && showCondition(condition)).toBe(expected);
    });
  }
});

describe('a large condition', () => {
  const numbers = (count: number): string => Array.from({ length: count }, (_, i) => i * 2).join(', ');

  test('may have as many tests as the limit says, and not one more', () => {
    const rows = (count: number): string => `[${numbers(count)}].exists(a, process.uid == a)`;
    const full = `[1, 2, 3, 4, 5, 6, 7, 8].exists(g, process.gid == g && ${rows(500)} && process.gid != g + 1)`;
    const some = compile(full).condition;
    expect(some && countTests(some, 1_000_000)).toBe(8 * 502);
    const rest = CONDITION_LIMITS.tests - 8 * 502;
    expect(compile(`${full} || ${rows(rest)}`).problems).toEqual([]);
    expect(compile(`${full} || ${rows(rest + 1)}`).problems).toEqual([
      expect.objectContaining({
        code: 'RTP1604',
        message: 'the condition has more than 4096 tests, its lists and loops written out',
      }),
    ]);
  });

  const hostile: Readonly<Record<string, string>> = {
    'of 16 kB': 'process.uid == 1 || '.repeat(1000).slice(0, 16_380),
    'of 100 kB': 'process.uid == 1 || '.repeat(5000),
    'in 8,000 brackets': `${'('.repeat(8000)}true${')'.repeat(8000)}`,
    'in 45 brackets': `${'('.repeat(45)}true${')'.repeat(45)}`,
    'with 16,000 negations': `${'!'.repeat(16_000)}true`,
    'with 1,900 minus signs': `process.uid == ${'-'.repeat(1900)}1`,
    'with a list of 5,000': `process.uid in [${numbers(5000)}]`,
    'with a list of 3,000': `process.uid in [${Array(3000).fill(1).join()}]`,
    'with a list of 500': `process.uid in [${numbers(500)}]`,
    'with lists that are joined': `process.uid in ([${numbers(450)}] + [${numbers(450)}])`,
    'with loops in loops in loops': `[${numbers(300)}].all(a, [${numbers(300)}].all(b, [${numbers(300)}].all(c, process.uid != a * b * c)))`,
    'with a text that doubles':
      '["abcdefgh"].exists(a, [a+a+a+a+a+a+a+a].exists(b, [b+b+b+b+b+b+b+b].exists(c, [c+c+c+c+c+c+c+c].exists(d, [d+d+d+d+d+d+d+d].exists(e, process.name == e)))))',
    'with a long sum': `process.uid == ${'1 + '.repeat(900)}1`,
    'with 300 comparisons of comparisons': Array(300).fill('(process.uid == 1)').join(' == '),
    'with exactly one of 400': `[${numbers(400)}].exists_one(a, process.uid == a)`,
    'with 450 texts three times': `[${Array.from({ length: 450 }, (_, i) => `"text ${i}"`).join()}].exists(s, process.cmdline.startsWith(s) || process.cmdline == s || process.cmdline.endsWith(s))`,
    'with 450 prefixes': `[${Array.from({ length: 450 }, (_, i) => `"10.${i % 256}.${i >> 8}.0/24"`).join()}].all(c, !cidr(c).containsIP(destination.ip))`,
    'with a text of 16,000': `process.cmdline == "${'x'.repeat(16_000)}"`,
    'of control characters': '\u0000\u0001\ud800',
  };
  for (const [name, text] of Object.entries(hostile)) {
    test(`${name} is answered within a second`, () => {
      // The first one pays for loading the engine.
      compile('true');
      // Of the processor's time: other programs may run beside the tests.
      const begin = process.cpuUsage();
      const { condition, problems } = compile(text);
      const lowered = condition && lowerCondition(condition, () => 0);
      expect(process.cpuUsage(begin).user).toBeLessThan(1_000_000);
      expect(problems.length > 0).toBe(lowered === undefined);
      for (const { start, end } of problems) {
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBeLessThanOrEqual(text.length);
      }
    });
  }
});
