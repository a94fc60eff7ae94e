// SPDX-License-Identifier: Apache-2.0
// Every kind of address that a program can pass to connect(2), and the one that the kernel module decides by. test/kernel/explain.test.ts
// holds the same against the kernel.

import { describe, expect, test } from '@jest/globals';
import { formatAddress } from '../../src/bundle/address.ts';
import { parseEndpoint, parseSource } from '../../src/explain/question.ts';

const LOOPBACK = /reaches loopback/;
const UNREACHABLE = /ENETUNREACH/;
const INVALID = /EINVAL/;

describe('the address that connect(2) is decided by', () => {
  test.each([
    ['10.0.0.1:443', '10.0.0.1', undefined],
    ['127.0.0.1:443', '127.0.0.1', undefined],
    ['0.0.0.0:443', '127.0.0.1', LOOPBACK],
    ['[::]:443', '::1', LOOPBACK],
    ['[0:0:0:0:0:0:0:0]:443', '::1', LOOPBACK],
    ['[::0.0.0.0]:443', '::1', LOOPBACK],
    ['[::ffff:0.0.0.0]:443', '127.0.0.1', LOOPBACK],
    ['[::ffff:0:0]:443', '127.0.0.1', LOOPBACK],
    ['[::ffff:10.0.0.1]:443', '10.0.0.1', undefined],
    ['[::10.0.0.1]:443', '::a00:1', undefined],
    ['0.0.0.1:443', '0.0.0.1', undefined],
    ['0.255.255.255:443', '0.255.255.255', undefined],
    ['[::ffff:0.1.2.3]:443', '0.1.2.3', undefined],
    ['1.0.0.0:443', '1.0.0.0', undefined],
    ['223.255.255.255:443', '223.255.255.255', undefined],
    ['224.0.0.1:443', '224.0.0.1', UNREACHABLE],
    ['239.255.255.255:443', '239.255.255.255', UNREACHABLE],
    ['[::ffff:224.0.0.1]:443', '224.0.0.1', UNREACHABLE],
    ['240.0.0.1:443', '240.0.0.1', undefined],
    ['255.255.255.255:443', '255.255.255.255', UNREACHABLE],
    ['[ff02::1]:443', 'ff02::1', UNREACHABLE],
    ['[fe80::1]:443', 'fe80::1', INVALID],
    ['[fe80::1%eth0]:443', 'fe80::1', undefined],
    ['[fe80::1%2]:443', 'fe80::1', undefined],
    ['[febf::1]:443', 'febf::1', INVALID],
    ['[fec0::1]:443', 'fec0::1', undefined],
    ['[fd00::1]:443', 'fd00::1', undefined],
    ['10.0.0.1:0', '10.0.0.1', undefined],
    ['[fd00::1]:0', 'fd00::1', undefined],
  ])('%s', (text, address, note) => {
    const endpoint = parseEndpoint(text);
    expect(formatAddress(endpoint.address)).toBe(address);
    expect(endpoint.note).toEqual(note === undefined ? undefined : expect.stringMatching(note));
    expect(endpoint.port).toBe(text.endsWith(':0') ? 0 : 443);
  });

  test('is none for a name, which has no address before it is resolved', () => {
    expect(parseEndpoint('api.example.com:443')).toEqual({
      address: new Uint8Array(16),
      port: 443,
      name: 'api.example.com',
    });
  });

  test.each([
    '10.0.0.1%eth0:443',
    '[10.0.0.1%eth0]:443',
    '[fe80::1%]:443',
    '[fe80::1%a b]:443',
    '10.0.0.1:65536',
    '::1:443',
  ])('is not read from %s', (text) => {
    expect(() => parseEndpoint(text)).toThrow('is not a destination');
  });

  test('is not changed where a connection comes in: nothing comes from the unspecified address', () => {
    expect(formatAddress(parseSource('0.0.0.0:4').address)).toBe('0.0.0.0');
  });
});
