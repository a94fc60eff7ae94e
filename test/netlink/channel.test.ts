// SPDX-License-Identifier: Apache-2.0
// Against the running kernel, as socket.test.ts: requests that do not wait for one another, and what comes without one.

import { constants } from 'node:os';

import { describe, expect, test } from '@jest/globals';

import { type Channel, type ChannelListener, openChannel } from '../../src/netlink/channel.ts';
import { findFamily } from '../../src/netlink/family.ts';

const NLCTRL = { family: 16, version: 2, command: 3 } as const;
const onLinux = process.platform === 'linux' ? describe : describe.skip;

const SILENT: ChannelListener = { notice: () => {}, overrun: () => {}, failed: () => {} };

async function withChannel<T>(use: (channel: Channel) => Promise<T>, listener = SILENT): Promise<T> {
  const channel = await openChannel(listener);
  try {
    return await use(channel);
  } finally {
    channel.close();
  }
}

onLinux('a channel', () => {
  test('answers many requests that are under way at once, each its own', async () => {
    const found = await withChannel((channel) =>
      Promise.all(
        Array.from({ length: 200 }, (_, i) => findFamily(channel, i % 2 === 0 ? 'nlctrl' : `nobody-${i}`)),
      ),
    );
    expect(found.map((family) => family?.id)).toEqual(found.map((_, i) => (i % 2 === 0 ? 16 : undefined)));
  });

  test('hands over a dump while other requests are answered', async () => {
    await withChannel(async (channel) => {
      const parts: Uint8Array[] = [];
      const dump = channel.dump({ ...NLCTRL, attributes: new Uint8Array(0) }, (part) =>
        parts.push(part.slice()),
      );
      const [family] = await Promise.all([findFamily(channel, 'nlctrl'), dump]);
      expect(family?.id).toBe(16);
      expect(parts.length).toBeGreaterThan(0);
    });
  });

  test('keeps its buffers while memory is collected', async () => {
    await withChannel(async (channel) => {
      for (let i = 0; i < 50; i++) {
        // Garbage of the size of what a thread writes into.
        Array.from({ length: 20_000 }, () => new Uint8Array(16));
        expect((await findFamily(channel, 'nlctrl'))?.id).toBe(16);
      }
    });
  });

  test('says what the kernel refuses', async () => {
    const attributes = Uint8Array.of(5, 0, 2, 0, 65, 0, 0, 0);
    await expect(withChannel((channel) => channel.request({ ...NLCTRL, attributes }))).rejects.toMatchObject({
      errno: constants.errno.EINVAL,
    });
  });

  test('refuses a group that does not exist, and one without a number', async () => {
    await withChannel(async (channel) => {
      expect(() => channel.join(0xffff)).toThrow(expect.objectContaining({ errno: constants.errno.EINVAL }));
      channel.join((await findFamily(channel, 'nlctrl'))?.groups.get('notify') ?? 0);
    });
  });

  test('ends what is under way when it is closed, and takes nothing afterwards', async () => {
    const channel = await openChannel({
      ...SILENT,
      failed: () => {
        throw new Error('it did not fail');
      },
    });
    const under = channel.request({ ...NLCTRL, command: 3, attributes: new Uint8Array(0) });
    channel.close();
    channel.close();
    await expect(under).rejects.toMatchObject({ errno: constants.errno.ECONNABORTED });
    await expect(channel.request({ ...NLCTRL, attributes: new Uint8Array(0) })).rejects.toThrow('closed');
  });
});
