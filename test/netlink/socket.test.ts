// SPDX-License-Identifier: Apache-2.0
// Against the running kernel: nlctrl, the family of families, answers everyone.

import { readdirSync } from 'node:fs';
import { constants } from 'node:os';

import { describe, expect, test } from '@jest/globals';

import { encodeAttribute } from '../../src/netlink/attributes.ts';
import { openClient } from '../../src/netlink/client.ts';
import { findFamily } from '../../src/netlink/family.ts';
import { openSocket } from '../../src/netlink/socket.ts';
import { NetlinkError, type Transport } from '../../src/netlink/transport.ts';

const NLCTRL = { family: 16, version: 2, command: 3 } as const;
const onLinux = process.platform === 'linux' ? describe : describe.skip;

async function withSocket<T>(use: (socket: Transport) => Promise<T>): Promise<T> {
  const socket = await openSocket();
  try {
    return await use(socket);
  } finally {
    socket.close();
  }
}

onLinux('a netlink socket', () => {
  test('finds the number of a family by its name', async () => {
    expect(await withSocket((socket) => findFamily(socket, 'nlctrl'))).toEqual({
      id: 16,
      version: 2,
      groups: new Map([['notify', 16]]),
    });
  });

  test('finds no family of a name that the kernel does not know', async () => {
    expect(await withSocket((socket) => findFamily(socket, 'no-such-family'))).toBeUndefined();
  });

  test('gives the words of the kernel for a request that it refuses', async () => {
    const attributes = Uint8Array.of(5, 0, 2, 0, 65, 0, 0, 0);
    const refusal = withSocket((socket) => socket.request({ ...NLCTRL, attributes }));
    await expect(refusal).rejects.toMatchObject({
      errno: constants.errno.EINVAL,
      ack: { message: 'Attribute failed policy validation', offset: 20 },
    });
    await expect(refusal).rejects.toBeInstanceOf(NetlinkError);
  });

  test('hands over every part of a dump', async () => {
    const parts: Uint8Array[] = [];
    await withSocket((socket) =>
      socket.dump({ ...NLCTRL, attributes: new Uint8Array(0) }, (part) => parts.push(part.slice())),
    );
    expect(parts.some((part) => Buffer.from(part).includes('nlctrl\0'))).toBe(true);
  });

  test('answers the request that was made last, also after one that failed', async () => {
    await withSocket(async (socket) => {
      for (let round = 0; round < 100; round += 1) {
        await expect(
          socket.request({ ...NLCTRL, attributes: encodeAttribute(2, Buffer.from('nope\0')) }),
        ).rejects.toThrow();
        expect(await findFamily(socket, 'nlctrl')).toEqual({
          id: 16,
          version: 2,
          groups: new Map([['notify', 16]]),
        });
      }
    });
  });

  test('many at once do not mix up their answers', async () => {
    const sockets = await Promise.all(Array.from({ length: 16 }, () => openSocket()));
    const found = await Promise.all(
      sockets.flatMap((socket) => Array.from({ length: 20 }, () => findFamily(socket, 'nlctrl'))),
    );
    sockets.forEach((socket) => socket.close());
    expect(new Set(found.map((family) => family?.id))).toEqual(new Set([16]));
  });

  test('is closed when it is closed, once, and when the module is not there', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    await withSocket(async () => undefined);
    const before = open();
    for (let round = 0; round < 20; round += 1) {
      const socket = await openSocket();
      socket.close();
      socket.close();
      // Where the module is loaded this opens and closes; where it is not, it refuses.
      await openClient().then(
        (client) => client.close(),
        () => undefined,
      );
    }
    expect(open()).toBe(before);
  });
});
