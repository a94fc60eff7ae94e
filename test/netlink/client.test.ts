// SPDX-License-Identifier: Apache-2.0
// What a client makes of the kernel's answers. The transport here only repeats answers of the kernel that were written down; the real
// kernel is asked in test/kernel.

import { constants } from 'node:os';

import { describe, expect, test } from '@jest/globals';

import {
  encodeAttribute,
  encodeAttributes,
  splitAttributes,
  type Values,
} from '../../src/netlink/attributes.ts';
import { type Client, openClient } from '../../src/netlink/client.ts';
import { COMMANDS, type CommandName } from '../../src/netlink/generated.ts';
import type { ExtendedAck } from '../../src/netlink/message.ts';
import { NetlinkError, type Request, type Transport } from '../../src/netlink/transport.ts';

const FAMILY = 0x1f;
const { errno } = constants;

interface Answers {
  readonly refuse?: { readonly command: CommandName; readonly errno: number; readonly ack?: ExtendedAck };
  readonly info?: Values<'info'>;
  readonly dump?: readonly Values<'dump'>[];
  readonly connections?: readonly Values<'connection'>[];
  readonly familyVersion?: number;
  readonly noFamily?: true;
}

const INFO: Values<'info'> = {
  moduleVersion: '0.1.0',
  bundleVersion: 1,
  state: 0,
  generation: 3n,
  sockets: 2,
  features: 5,
  calls: 1,
};

function u(bytes: number, value: number): Uint8Array {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return new Uint8Array(buffer);
}

/** A kernel that answers as it is told. */
function scripted(answers: Answers): Transport & { readonly seen: Request[]; closed: boolean } {
  const transport = {
    seen: [] as Request[],
    closed: false,
    async request(request: Request): Promise<readonly Uint8Array[]> {
      transport.seen.push(request);
      if (request.family !== FAMILY) {
        if (answers.noFamily === true) throw new NetlinkError(errno.ENOENT, {});
        return [
          Buffer.concat([
            encodeAttribute(1, u(2, FAMILY)),
            encodeAttribute(3, u(4, answers.familyVersion ?? 1)),
          ]),
        ];
      }
      const { refuse } = answers;
      if (refuse !== undefined && request.command === COMMANDS[refuse.command].number)
        throw new NetlinkError(refuse.errno, refuse.ack ?? {});
      if (request.command === COMMANDS.getInfo.number)
        return [encodeAttributes('info', answers.info ?? INFO)];
      if (request.command === COMMANDS.commit.number) return [encodeAttributes('commit', { generation: 4n })];
      return [];
    },
    async dump(request: Request, each: (part: Uint8Array) => void): Promise<void> {
      transport.seen.push(request);
      if (request.command === COMMANDS.connections.number)
        for (const one of answers.connections ?? []) each(encodeAttributes('connection', one));
      else for (const part of answers.dump ?? []) each(encodeAttributes('dump', part));
    },
    close(): void {
      transport.closed = true;
    },
  };
  return transport;
}

const clientOf = (answers: Answers): Promise<Client> => openClient(scripted(answers));

describe('a client', () => {
  test('tells what is in force, and what it does not understand', async () => {
    const client = await clientOf({
      info: {
        ...INFO,
        digest: new Uint8Array(32).fill(0xab),
        size: 100,
        committedAt: 1_700_000_000n,
        confirmRemaining: 5000,
        counters: { value: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n] },
        history: { entry: [{ generation: 2n, digest: new Uint8Array(32).fill(0xcd) }] },
        holders: { entry: [{ what: 1, pid: 7, comm: 'server' }] },
      },
    });
    expect(await client.info()).toEqual({
      moduleVersion: '0.1.0',
      bundleVersion: 1,
      state: 'armed',
      generation: 3,
      digest: 'ab'.repeat(32),
      size: 100,
      committedAt: 1_700_000_000,
      confirmRemaining: 5000,
      sockets: 2,
      calls: 1,
      holders: [{ what: 'socket', pid: 7, comm: 'server' }],
      features: 5,
      counters: {
        'connect-allowed': 1,
        'connect-audited': 2,
        'connect-denied': 3,
        'accept-allowed': 4,
        'accept-audited': 5,
        'accept-denied': 6,
        revoked: 7,
        unfilled: 8,
      },
      history: [{ generation: 2, digest: 'cd'.repeat(32) }],
      notes: [],
    });
  });

  test('sends what the family asks for', async () => {
    const kernel = scripted({});
    const client = await openClient(kernel);
    await client.begin(3, 100, 'ab'.repeat(32));
    await client.chunk(0, new Uint8Array(100));
    expect(await client.commit({ confirmWithin: 1000 })).toBe(4);
    const [, begin, chunk, commit] = kernel.seen;
    expect(splitAttributes(begin?.attributes ?? new Uint8Array(0)).map(({ type }) => type)).toEqual([
      1, 2, 3,
    ]);
    expect(chunk?.attributes.byteLength).toBe(8 + 104);
    expect(commit).toMatchObject({ family: FAMILY, version: 1, command: COMMANDS.commit.number });
  });

  test('puts the parts of a dump together', async () => {
    const part = (offset: number, bytes: readonly number[]): Values<'dump'> => ({
      generation: 3n,
      size: 5,
      offset,
      data: Uint8Array.from(bytes),
    });
    expect(await (await clientOf({ dump: [part(0, [1, 2, 3]), part(3, [4, 5])] })).dump()).toEqual({
      generation: 3,
      bundle: Uint8Array.of(1, 2, 3, 4, 5),
    });
    expect(await (await clientOf({ dump: [] })).dump()).toBeUndefined();
    for (const dump of [
      [part(0, [1, 2, 3])],
      [part(3, [4, 5])],
      [part(0, [1, 2, 3]), part(3, [4, 5, 6])],
      [part(0, [1, 2, 3]), { ...part(3, [4, 5]), generation: 4n }],
      [{ ...part(0, [1, 2, 3, 4, 5]), size: 4 }],
    ])
      await expect((await clientOf({ dump })).dump()).rejects.toMatchObject({ kind: 'module-version' });
  });

  test('lists connections, with what is known of each', async () => {
    const address = (last: number): Uint8Array => Uint8Array.of(...Array<number>(15).fill(0), last);
    const bare: Values<'connection'> = {
      direction: 1,
      state: 8,
      localAddress: address(1),
      localPort: 443,
      remoteAddress: address(2),
      remotePort: 40_000,
      since: 1_700_000_000n,
      generation: 3n,
      bytesSent: 1n,
      bytesReceived: 2n,
      pid: 0,
    };
    const listed = {
      direction: 'accept',
      state: 'close-wait',
      local: { address: address(1), port: 443 },
      remote: { address: address(2), port: 40_000 },
      since: 1_700_000_000,
      generation: 3,
      sent: 1,
      received: 2,
      pid: 0,
      facts: {},
    };
    const known: Values<'connection'> = {
      ...bare,
      direction: 0,
      action: 2,
      rule: 4,
      identity: 0xffff_ffff,
      service: 5,
      pid: 7,
      comm: 'web',
      uid: 1001,
      gid: 1002,
      path: Buffer.from('/opt/web'),
      cmdline: Buffer.from('web --now'),
    };
    const client = await clientOf({ connections: [bare, known] });
    expect(await client.connections()).toEqual([
      listed,
      {
        ...listed,
        direction: 'connect',
        verdict: { action: 'audit', rule: 4, service: 5 },
        pid: 7,
        facts: {
          'process:name': 'web',
          'process:uid': 1001,
          'process:gid': 1002,
          'process:binary:path': '/opt/web',
          'process:cmdline': 'web --now',
        },
      },
    ]);
    for (const connections of [[{ ...bare, direction: 2 }], [{ ...known, action: 3 }], [{ pid: 1 }]])
      await expect((await clientOf({ connections })).connections()).rejects.toMatchObject({
        kind: 'module-version',
      });
  });

  test('says that the module is not loaded, and closes', async () => {
    const kernel = scripted({ noFamily: true });
    await expect(openClient(kernel)).rejects.toMatchObject({ kind: 'module-not-loaded', exitCode: 6 });
    expect(kernel.closed).toBe(true);
  });

  test('does not speak to a module of another netlink version', async () => {
    await expect(clientOf({ familyVersion: 2 })).rejects.toMatchObject({ kind: 'module-version' });
  });

  test('does not take an answer that lacks something', async () => {
    const { generation: _generation, ...info } = INFO;
    await expect((await clientOf({ info })).info()).rejects.toMatchObject({
      message: expect.stringContaining('lacks generation'),
    });
    await expect((await clientOf({ info: { ...INFO, state: 9 } })).info()).rejects.toMatchObject({
      kind: 'module-version',
    });
  });

  test.each([
    ['begin', errno.EPERM, 'no-permission', 6, 'CAP_NET_ADMIN'],
    ['begin', errno.ESTALE, 'generation-moved', 5, 'generation 3 is in force now, with no bundle'],
    ['begin', errno.EINVAL, 'bundle-refused', 6, 'refused the bundle'],
    ['begin', errno.ENOMEM, 'kernel-refused', 6, 'ENOMEM'],
    ['chunk', errno.EINVAL, 'kernel-refused', 6, 'EINVAL'],
    ['commit', errno.EINVAL, 'bundle-refused', 6, 'refused the bundle'],
    ['commit', errno.EBADMSG, 'digest-mismatch', 6, 'SHA-256'],
    ['commit', errno.EPROTONOSUPPORT, 'bundle-version', 6, 'module 0.1.0 reads format 1'],
    ['commit', errno.EOPNOTSUPP, 'bundle-refused', 6, 'lacks a feature that the bundle needs'],
    ['commit', errno.ESTALE, 'generation-moved', 5, 'generation 3'],
    ['confirm', errno.ENOENT, 'nothing-to-confirm', 6, 'no commit is waiting'],
    ['rollback', errno.ENOENT, 'no-such-bundle', 6, 'it holds none'],
  ] as const)('says what to do when %s is refused (%#)', async (command, number, kind, exitCode, words) => {
    const client = await clientOf({
      refuse: { command, errno: number, ack: { message: 'the reason', offset: 20 } },
    });
    const calls = {
      begin: () => client.begin(0, 1, '00'.repeat(32)),
      chunk: () => client.chunk(0, Uint8Array.of(1)),
      commit: () => client.commit({}),
      confirm: () => client.confirm(1),
      rollback: () => client.rollback(1),
    };
    await expect(calls[command]()).rejects.toMatchObject({
      kind,
      exitCode,
      message: expect.stringContaining(words),
      why: 'the kernel says: the reason (at byte 20 of the request)',
    });
  });

  test('names who is in the way', async () => {
    const refuse = { command: 'begin', errno: errno.EBUSY } as const;
    const begin = async (info: Values<'info'>): Promise<void> =>
      (await clientOf({ refuse, info })).begin(3, 1, '00'.repeat(32));
    await expect(begin({ ...INFO, transaction: process.pid })).rejects.toMatchObject({
      kind: 'busy',
      exitCode: 8,
      message: expect.stringContaining(`netlink port ${process.pid}, probably process ${process.pid}`),
    });
    await expect(begin({ ...INFO, confirmRemaining: 1500 })).rejects.toMatchObject({
      kind: 'not-confirmed',
      exitCode: 8,
      message: expect.stringContaining('undone in 2 s'),
    });
    await expect(begin(INFO)).rejects.toMatchObject({ kind: 'busy' });
  });
});
