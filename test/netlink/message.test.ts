// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { CodecError } from '../../src/netlink/attributes.ts';
import { decodeMessages, encodeRequest } from '../../src/netlink/message.ts';

/** What Linux 6.18 answered to a family name without its NUL: an error, with extended ACK. */
const REFUSED = Buffer.from(
  '6800000002000003010000005c460000eaffffff1c00000010000500010000000000000027000100417474726962757465206661' +
    '696c656420706f6c6963792076616c69646174696f6e0000080002001400000014000480080007000f000000080001000c000000',
  'hex',
);

describe('netlink messages', () => {
  test('a request has the headers that the kernel expects', () => {
    const bytes = encodeRequest({
      type: 0x1b,
      flags: 5,
      sequence: 7,
      command: 3,
      version: 1,
      attributes: Uint8Array.of(1, 2, 3, 4),
    });
    expect(Buffer.from(bytes).toString('hex')).toBe('180000001b00050007000000000000000301000001020304');
  });

  test('an error of the kernel comes with its words and the offset of the fault', () => {
    expect(decodeMessages(REFUSED)).toEqual([
      {
        sequence: 1,
        port: 0x465c,
        interrupted: false,
        body: {
          kind: 'status',
          end: 'ack',
          errno: 22,
          ack: { message: 'Attribute failed policy validation', offset: 20 },
        },
      },
    ]);
  });

  test('several messages of one datagram are told apart', () => {
    expect(decodeMessages(Buffer.concat([REFUSED, REFUSED]))).toHaveLength(2);
  });

  test('a message that is cut off anywhere is refused, and never misread', () => {
    for (let length = 1; length < REFUSED.byteLength; length += 1)
      expect(() => decodeMessages(REFUSED.subarray(0, length))).toThrow(CodecError);
  });

  test('throws nothing but its own error, whatever the bytes are', () => {
    const flipped = fc
      .array(fc.tuple(fc.nat(REFUSED.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
      .map((changes) => {
        const bytes = new Uint8Array(REFUSED);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(flipped, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          decodeMessages(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});
