// SPDX-License-Identifier: Apache-2.0
// Answers of the kernel: whatever its bytes are, they are decoded or refused, and what a command makes of them is a value or a UserError.

import { constants } from 'node:os';
import { isUserError } from '../../../src/errors.ts';
import {
  CodecError,
  decodeAttributes,
  encodeAttribute,
  encodeAttributes,
  splitAttributes,
} from '../../../src/netlink/attributes.ts';
import { openClient } from '../../../src/netlink/client.ts';
import { ATTRIBUTES, type AttributeSet, COMMANDS } from '../../../src/netlink/generated.ts';
import { decodeMessages, encodeRequest, type Incoming } from '../../../src/netlink/message.ts';
import { explainRefusal } from '../../../src/netlink/refusals.ts';
import { NetlinkError, type Transport } from '../../../src/netlink/transport.ts';
import { Broken, HUGE, type Target, timed, timedAsync } from '../target.ts';

const DIGEST = new Uint8Array(32).fill(7);
const DATA = new Uint8Array(40).fill(1);
const FAMILY = 0x1f;

const ANSWERS: readonly Uint8Array[] = [
  encodeAttributes('info', {
    moduleVersion: '0.1.0', bundleVersion: 1, state: 0, generation: 3n, digest: DIGEST, size: 40, committedAt: 1n,
    confirmRemaining: 1, sockets: 2, transaction: 1, counters: { value: [1n, 2n, 3n] }, features: 5, calls: 1, holders: { entry: [{ what: 0, pid: 7, comm: 'x' }] },
    history: { entry: [{ generation: 2n, digest: DIGEST }] },
  }), // prettier-ignore
  encodeAttributes('dump', { generation: 3n, size: 40, offset: 0, data: DATA }),
  encodeAttributes('commit', { generation: 4n }),
  encodeAttributes('begin', { expectedGeneration: 3n, size: 40, digest: DIGEST }),
  encodeAttributes('chunk', { offset: 0, data: DATA }),
];

export const target: Target = {
  seeds: () =>
    [
      ...ANSWERS,
      ...ANSWERS.map((attributes) => message(FAMILY, 2, Buffer.from([1, 1, 0, 0]), attributes)),
      message(3, 2, new Uint8Array(4)),
      message(2, 0x100, errorCode(constants.errno.EBUSY), new Uint8Array(16)),
      message(
        2,
        0x300,
        errorCode(constants.errno.EINVAL),
        new Uint8Array(16),
        encodeAttribute(1, Buffer.from('why\0')),
        encodeAttribute(2, new Uint8Array(4)),
      ),
      Buffer.concat([
        message(FAMILY, 2, new Uint8Array(4), ANSWERS[1] ?? DATA),
        message(3, 2, new Uint8Array(4)),
      ]),
      encodeRequest({
        type: 16,
        flags: 1,
        sequence: 1,
        command: 3,
        version: 2,
        attributes: DATA.subarray(0, 0),
      }),
    ].map((bytes) => new Uint8Array(bytes)),
  largest: HUGE,
  isText: false,
  words: [
    '\x04\0\x01\0',
    '\x08\0\x02\0\0\0\0\0',
    '\x04\0\x0b\x80',
    '\x10\0\0\0\x02\0',
    '\0\0\0\0',
    '\xff\xff\xff\xff',
    '0.1.0\0',
    '\xc3(',
  ],
  check: async (bytes) => {
    const said = [
      attempt(() => timed('messages', () => checkMessages(bytes))),
      ...setNames().map((set) => attempt(() => timed('attributes', () => checkAttributes(set, bytes)))),
      attempt(() => `${splitAttributes(bytes).length > 0}`),
      await timedAsync('commands', () => checkCommands(bytes)),
    ];
    return said.join(' / ');
  },
};

function setNames(): readonly AttributeSet[] {
  return Object.keys(ATTRIBUTES).filter((name): name is AttributeSet => Object.hasOwn(ATTRIBUTES, name));
}

function errorCode(errno: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(-errno);
  return bytes;
}

function message(type: number, flags: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.alloc(16);
  const body = Buffer.concat(parts);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  return Buffer.concat([header, body]);
}

function attempt(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return error.message.replaceAll(/\d+/g, '');
  }
}

function checkMessages(bytes: Uint8Array): string {
  return decodeMessages(bytes)
    .slice(0, 3)
    .map(({ body }) => body.kind)
    .join();
}

/** What is decoded is the same when it is encoded and decoded again. */
function checkAttributes(set: AttributeSet, bytes: Uint8Array): string {
  const { values, notes } = decodeAttributes(set, bytes);
  const again = decodeAttributes(set, encodeAttributes(set, values));
  if (show(again.values) !== show(values)) throw new Broken('attributes change on their way', show(values));
  return `${Object.keys(values).join()} ${notes.length > 0}`;
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`;
  const fields = Object.entries(value).map(([name, of]) => `${name}: ${show(of)}`);
  return `{${fields.toSorted().join()}}`;
}

/** Every command, answered with the bytes: as its reply, and as the messages of a datagram. */
async function checkCommands(bytes: Uint8Array): Promise<string> {
  let messages: readonly Incoming[] = [];
  try {
    messages = decodeMessages(bytes).map(({ body }) => body);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  const payloads = messages.flatMap((body) => (body.kind === 'data' ? [body.payload] : []));
  const refusal = messages.find((body) => body.kind === 'status' && body.errno !== 0);
  const replies = payloads.length > 0 ? payloads : [bytes];
  const client = await openClient(answering(replies, refusal));
  const commands: Readonly<Record<keyof typeof COMMANDS, () => Promise<unknown>>> = {
    getInfo: () => client.info(),
    begin: () => client.begin(1, 1, '00'.repeat(32)),
    chunk: () => client.chunk(0, DATA),
    commit: () => client.commit({}),
    confirm: () => client.confirm(1),
    rollback: () => client.rollback(1),
    dump: () => client.dump(),
    drain: () => client.drain(),
    arm: () => client.arm(),
    connections: () => client.connections(),
    attach: () => client.attach(),
    request: () => client.images(),
    answer: () => client.answer(1n, { labels: ['a=b'] }),
    tell: () => client.tell({ number: 1n, pid: 1 }, { labels: [], generation: 1 }),
    images: () => client.images(),
    state: () => client.info(),
    names: () => client.names(),
    namesSet: () => client.setName('a', [{ address: new Uint8Array(16), seconds: 1 }]),
    resolversSet: () => client.setResolvers([new Uint8Array(16)], 1),
  };
  const said: string[] = [];
  for (const [name, run] of Object.entries(commands)) {
    try {
      await run();
      said.push(name);
    } catch (error) {
      if (!isUserError(error)) throw error;
      said.push(error.kind);
    }
  }
  if (refusal?.kind === 'status')
    await explainRefusal('commit', new NetlinkError(refusal.errno, refusal.ack));
  return said.join();
}

/** A kernel that knows the family, and answers everything else with these bytes. */
function answering(replies: readonly Uint8Array[], refusal: Incoming | undefined): Transport {
  const family = Buffer.concat([
    encodeAttribute(1, Uint8Array.of(FAMILY, 0)),
    encodeAttribute(3, Uint8Array.of(1, 0, 0, 0)),
  ]);
  const refuse = (): void => {
    if (refusal?.kind === 'status') throw new NetlinkError(refusal.errno, refusal.ack);
  };
  return {
    request: async (request) => {
      if (request.family !== FAMILY) return [family];
      refuse();
      return replies;
    },
    dump: async (_request, each) => {
      for (const reply of replies) each(reply);
      refuse();
    },
    close: () => undefined,
  };
}
