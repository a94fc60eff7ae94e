// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BlockList, isIP, SocketAddress } from 'node:net';
import {
  formatAddress,
  formatPrefix,
  maskAddress,
  parseAddress,
  parsePrefix,
} from '../../src/bundle/address.ts';

describe('addresses', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['fd00:0:0:1::1', 'fd00:0:0:1::1'],
    ['FD00::00AB', 'fd00::ab'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['::10.0.0.1', '::a00:1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ];
  for (const [text, canonical] of forms) {
    test(`${text} is ${canonical}`, () => {
      const bytes = parseAddress(text);
      expect(bytes).toHaveLength(16);
      expect(formatAddress(bytes ?? new Uint8Array())).toBe(canonical);
    });
  }

  const wrong = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.0.0.1',
    '1.2.3.4 ',
    '+1.2.3.4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
  ].concat([
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '1.2.3.4::',
    '::1.2.3',
    '[::1]',
    ':1::',
  ]);
  for (const text of wrong) {
    test(`"${text}" is no address`, () => {
      expect(parseAddress(text)).toBeUndefined();
    });
  }

  test('are read as Node reads them', () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ unit: fc.constantFrom(':', '::', '.', '0', '1', 'f', 'ffff', '255'), maxLength: 12 }),
    );
    fc.assert(
      fc.property(text, (one) => {
        const bytes = parseAddress(one);
        expect(bytes === undefined).toBe(isIP(one) === 0);
        if (bytes === undefined) return;
        const list = new BlockList();
        const family = isIP(one) === 4 ? 'ipv4' : 'ipv6';
        list.addAddress(new SocketAddress({ address: one, family }));
        const back = formatAddress(bytes);
        expect(list.check(back, isIP(back) === 4 ? 'ipv4' : 'ipv6')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('prefixes', () => {
  const cases: readonly (readonly [string, string | Readonly<Record<string, string>>])[] = [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1/32', '10.0.0.1'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['::1/128', '::1'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['::ffff:0:0/95', { problem: 'host-bits', network: '::fffe:0:0/95' }],
    ['10.1.2.3/16', { problem: 'host-bits', network: '10.1.0.0/16' }],
    ['fd00::1/64', { problem: 'host-bits', network: 'fd00::/64' }],
    ['10.0.0.0/33', { problem: 'bad-length' }],
    ['::/129', { problem: 'bad-length' }],
    ['10.0.0.0/', { problem: 'bad-length' }],
    ['10.0.0.0/08', { problem: 'bad-length' }],
    ['10.0.0.0/-1', { problem: 'bad-length' }],
    ['10.0.0.0/8/8', { problem: 'bad-length' }],
    ['10.0.0/8', { problem: 'not-an-address' }],
    ['api.example.com', { problem: 'not-an-address' }],
  ];
  for (const [text, expected] of cases) {
    test(`${text} is ${JSON.stringify(expected)}`, () => {
      const parsed = parsePrefix(text);
      expect('address' in parsed ? formatPrefix(parsed) : parsed).toEqual(expected);
    });
  }

  test('have no bits after their length once masked, and come back from their text', () => {
    const prefix = fc.oneof(
      fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 })),
      fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(prefix, ([bytes, prefixLength]) => {
        const address = maskAddress(bytes, prefixLength);
        const one = { family: bytes.length === 4 ? (4 as const) : (6 as const), address, prefixLength };
        expect(parsePrefix(formatPrefix(one))).toEqual(one);
      }),
    );
  });
});
