// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { mapIPv4 } from '../../../src/bundle/address.ts';
import { LIMITS } from '../../../src/bundle/generated.ts';
import { anyOf } from '../../../src/conditions/build.ts';
import { compileCondition } from '../../../src/compiler/conditions/compile.ts';
import type { Condition } from '../../../src/conditions/types.ts';
import { lower, showLowered } from '../conditions/show.ts';

function lowerText(text: string): readonly string[] {
  const condition = compileCondition(text, 'egress', ({ message }) => {
    throw new Error(message);
  });
  if (condition === undefined) throw new Error('refused');
  const { lowered, prefixes } = lower(condition);
  return showLowered(lowered, prefixes);
}

describe('the program of a condition', () => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['true', 'always'],
    ['false', 'never'],
    ['process.uid == 1', 'processUid 1..1 ? + : -'],
    ['process.uid != 1', 'processUid 1..1 ? - : +'],
    ['!(process.uid > 1)', 'processUid 0..1 ? + : -'],
    ['process.uid == 1 && process.gid == 2', 'processUid 1..1 ? 1 : -', 'processGid 2..2 ? + : -'],
    ['process.uid == 1 || process.gid == 2', 'processUid 1..1 ? + : 1', 'processGid 2..2 ? + : -'],
    // Ranges of one field are joined, and in order.
    [
      'destination.port in [443, 80, 81, 82, 442]',
      'destinationPort 80..82 ? + : 1',
      'destinationPort 442..443 ? + : -',
    ],
    ['destination.port > 1023 || destination.port == 443 || destination.port < 1024', 'always'],
    ['destination.port > 1023 && destination.port < 1024', 'never'],
    [
      'destination.port > 1023 && destination.port != 8080',
      'destinationPort 1024..8079 ? + : 1',
      'destinationPort 8081..65535 ? + : -',
    ],
    [
      'destination.port != 80 && destination.port != 443',
      'destinationPort 80..80 ? - : 1',
      'destinationPort 443..443 ? - : +',
    ],
    ['(process.uid == 1 || process.uid == 2) && process.uid != 1', 'processUid 2..2 ? + : -'],
    // What follows from something else is left out.
    ['process.name == "a" && process.name == "b"', 'never'],
    ['process.name == "a" && process.name.startsWith("a")', 'processName equal "a" ? + : -'],
    ['process.name == "a" && process.name != "b"', 'processName equal "a" ? + : -'],
    ['process.name == "a" && !process.name.endsWith("a")', 'never'],
    ['process.name.startsWith("ab") && process.name.startsWith("a")', 'processName starts "ab" ? + : -'],
    ['process.name.startsWith("ab") && process.name.startsWith("b")', 'never'],
    ['process.name.endsWith("ab") && !process.name.endsWith("b")', 'never'],
    [
      'process.name.endsWith("ab") && process.name != "" && process.name != "ac"',
      'processName ends "ab" ? + : -',
    ],
    ['process.name.startsWith("a") || process.name == "ab"', 'processName starts "a" ? + : -'],
    ['process.name.startsWith("a") || !process.name.startsWith("ab")', 'always'],
    [
      'process.name.startsWith("ab") && process.name != "abc"',
      'processName equal "abc" ? - : 1',
      'processName starts "ab" ? + : -',
    ],
    ['process.name == "a" || process.name != "a"', 'always'],
    ['destination.ip == "10.0.0.1" && destination.ip == "10.0.0.2"', 'never'],
    [
      'cidr("10.0.0.0/8").containsIP(destination.ip) || destination.ip == "10.0.0.1"',
      'destinationIp in 10.0.0.0/104 ? + : -',
    ],
    [
      'cidr("10.0.0.0/8").containsIP(destination.ip) && destination.ip == "10.0.0.1"',
      'destinationIp in 10.0.0.1/128 ? + : -',
    ],
    [
      'cidr("10.0.0.0/9").containsIP(destination.ip) || cidr("10.128.0.0/9").containsIP(destination.ip)',
      'destinationIp in 10.0.0.0/104 ? + : -',
    ],
    [
      '["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"].exists(a, destination.ip == a)',
      'destinationIp in 10.0.0.0/126 ? + : -',
    ],
    ['cidr("0.0.0.0/0").containsIP(destination.ip) || cidr("::/0").containsIP(destination.ip)', 'always'],
    [
      'cidr("10.0.0.0/8").containsIP(destination.ip) && !cidr("0.0.0.0/0").containsIP(destination.ip)',
      'never',
    ],
    // Numbers are asked for first, texts last.
    [
      'process.cmdline == "a" && destination.ip == "::1" && process.uid == 0',
      'processUid 0..0 ? 1 : -',
      'destinationIp in ::1/128 ? 2 : -',
      'processCmdline equal "a" ? + : -',
    ],
    // Each is tested once on each way, and what goes on alike is there once.
    [
      'process.uid == 1 ? destination.port == 80 : destination.port == 443',
      'processUid 1..1 ? 1 : 2',
      'destinationPort 80..80 ? + : -',
      'destinationPort 443..443 ? + : -',
    ],
    [
      '(process.uid == 1) == (process.gid == 2)',
      'processUid 1..1 ? 1 : 2',
      'processGid 2..2 ? + : -',
      'processGid 2..2 ? - : +',
    ],
    ['process.uid == 1 ? process.gid == 2 : process.gid == 2', 'processGid 2..2 ? + : -'],
    [
      '(process.uid == 1 && process.gid == 2) || (process.uid == 3 && process.gid == 4)',
      'processUid 1..1 ? 1 : 2',
      'processGid 2..2 ? + : 2',
      'processUid 3..3 ? 3 : -',
      'processGid 4..4 ? + : -',
    ],
    [
      '(process.uid == 1 ? process.gid == 2 : destination.port == 3) || process.name == "a"',
      'processName equal "a" ? + : 1',
      'processUid 1..1 ? 2 : 3',
      'processGid 2..2 ? + : -',
      'destinationPort 3..3 ? + : -',
    ],
    [
      '!(process.uid == 1 && process.gid == 2 || process.uid == 3) && (process.uid == 1 && process.gid == 2 || process.uid == 3)',
      'never',
    ],
    [
      '["a", "b", "c"].exists_one(n, process.name == n)',
      'processName equal "a" ? 1 : 2',
      'processName equal "b" ? - : 3',
      'processName equal "b" ? 3 : 4',
      'processName equal "c" ? - : +',
      'processName equal "c" ? + : -',
    ],
    ['process.uid == 1 && process.gid == 2 && !(process.gid == 2 && process.uid == 1)', 'never'],
    [
      'process.uid == 1 && (process.uid != 1 || process.gid == 2)',
      'processUid 1..1 ? 1 : -',
      'processGid 2..2 ? + : -',
    ],
    ['process.uid == 1 && (process.uid == 1 || process.gid == 2)', 'processUid 1..1 ? + : -'],
    [
      'process.uid != 1 && (process.uid == 1 ? process.gid == 2 : process.gid == 3)',
      'processUid 1..1 ? - : 1',
      'processGid 3..3 ? + : -',
    ],
    [
      'process.uid == 1 && (process.uid == 1 ? process.gid == 2 : process.gid == 3)',
      'processUid 1..1 ? 1 : -',
      'processGid 2..2 ? + : -',
    ],
  ];
  for (const [text, ...program] of cases) {
    test(`of ${text} is ${program.join('; ')}`, () => {
      expect(lowerText(text)).toEqual(program);
    });
  }

  test('may be as long as the limit says, and not one longer', () => {
    const ports = (count: number): Condition =>
      anyOf(
        Array.from({ length: count }, (_, i) => ({
          kind: 'number',
          field: 'destinationPort',
          low: i * 2,
          high: i * 2,
        })),
      );
    const most = lower(ports(LIMITS.conditionLength)).lowered;
    expect(most.kind === 'program' && most.instructions.length).toBe(LIMITS.conditionLength);
    const more = LIMITS.conditionLength + 1;
    expect(lower(ports(more)).lowered).toEqual({ kind: 'too-long', length: more });
  });

  test('numbers no prefixes when there is none', () => {
    const addresses = anyOf(
      Array.from(
        { length: 300 },
        (_, i): Condition => ({
          kind: 'address',
          field: 'destinationIp',
          address: mapIPv4(Uint8Array.of(10, i >> 7, (i & 127) * 2, 1)),
          prefixLength: 128,
        }),
      ),
    );
    const { lowered, prefixes } = lower(addresses);
    expect(lowered).toEqual({ kind: 'too-long', length: 300 });
    expect(prefixes).toEqual([]);
  });
});
