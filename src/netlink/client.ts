// SPDX-License-Identifier: Apache-2.0
// The commands of the riptides family as functions: numbers and texts in, numbers and texts out.

import { CodecError, type Decoded, decodeAttributes, encodeAttributes, type Values } from './attributes.ts';
import { type KernelConnection, toConnection } from './connections.ts';
import {
  type Image,
  isWanted,
  labelAttributes,
  toImage,
  toLabelRequest,
  type LabelRequest,
  type ToldLabels,
} from './agent.ts';
import { type Channel, openChannel } from './channel.ts';
import { type HeldName, packAddresses, packNameAddresses, type SaidAddress, toHeldName } from './names.ts';
import { type Family, resolveFamily } from './family.ts';
import { type AttributeSet, type CommandName, COMMANDS, type GroupName } from './generated.ts';
import { type KernelInfo, odd, required, toInfo, toNumber } from './info.ts';
import { explainRefusal } from './refusals.ts';
import { openSocket } from './socket.ts';
import { NetlinkError, type Transport } from './transport.ts';

export interface DumpedBundle {
  readonly generation: number;
  readonly bundle: Uint8Array;
}

/**
 * A connection to the riptides module. Every function throws a UserError when the kernel refuses.
 * Digests are in hexadecimal, generations are numbers, times are in milliseconds.
 */
export interface Client {
  info(): Promise<KernelInfo>;
  /** Opens the transaction of this connection. Closing the connection abandons it. */
  begin(expectedGeneration: number, size: number, digest: string): Promise<void>;
  /** Adds up to CHUNK_SIZE bytes; `offset` is the number of bytes added before. */
  chunk(offset: number, data: Uint8Array): Promise<void>;
  /** Adds bytes of the bundle in force, as many as one likes. */
  copy(offset: number, copyFrom: number, copyLength: number): Promise<void>;
  /** Ends the transaction. Returns the generation in force afterwards. */
  commit(options: {
    readonly checkOnly?: boolean | undefined;
    readonly confirmWithin?: number | undefined;
  }): Promise<number>;
  confirm(generation: number): Promise<void>;
  /** Restores an earlier bundle: the latest, or the one of the digest. Gives the new generation. */
  rollback(expectedGeneration: number, digest?: string): Promise<number>;
  /** The bundle in force; undefined when none is. */
  dump(): Promise<DumpedBundle | undefined>;
  /** The connections that governed sockets have. */
  connections(): Promise<readonly KernelConnection[]>;
  /**
   * Says which addresses a name has, in place of what was said of it before: NAME_ADDRESSES_MAX at most.
   *
   * @throws UserError `name-unknown` when the bundle in force does not look at the name, `generation-moved` when another one comes into
   * force meanwhile; nothing has changed then
   */
  setName(name: string, addresses: readonly SaidAddress[]): Promise<void>;
  /** The addresses of names that the kernel holds. */
  names(): Promise<readonly HeldName[]>;
  /**
   * Says whose answers of DNS are believed, in place of those before; with none, nothing is learnt.
   *
   * @param addresses RESOLVERS_MAX at most, of 16 bytes each
   * @param grace seconds that an address is held after its time to live; NAMES_GRACE when absent
   */
  setResolvers(addresses: readonly Uint8Array[], grace?: number): Promise<void>;
  /** Begins to give all sockets back; done when the state is `drained`. */
  drain(): Promise<void>;
  /** Begins to govern all sockets; done when the state is `armed`. Ends a drain. */
  arm(): Promise<void>;
  /** Makes this connection that of the agent, until it is closed. */
  attach(): Promise<void>;
  /** Answers a request. Returns false when the kernel does not want the answer any more: it is late, or the process is gone. */
  answer(request: bigint, labels: ToldLabels): Promise<boolean>;
  /** Replaces the labels of an image. Returns false when its process is gone or runs another program. */
  tell(image: Pick<Image, 'number' | 'pid'>, labels: ToldLabels): Promise<boolean>;
  /** The program images that the kernel remembers. */
  images(): Promise<readonly Image[]>;
  close(): void;
}

/**
 * Connects to the module.
 *
 * @param transport the connection to use; it is closed with the client, and when the module is not there
 * @throws UserError `module-not-loaded`, `not-linux`, `no-netlink`, `module-version`
 */
export async function openClient(transport?: Transport): Promise<Client> {
  const connection = transport ?? (await openSocket());
  try {
    return clientOf(connection, await resolveFamily(connection));
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** What a listening client is told. None of it may throw. */
export interface ClientListener {
  /** The kernel asks for labels; only the agent is. */
  readonly request: (request: LabelRequest) => void;
  /** Another generation may be in force. */
  readonly state: () => void;
  /** The connection is lost. */
  readonly failed: (error: unknown) => void;
}

/**
 * Connects to the module, and listens to what it says of its own accord.
 *
 * @throws what `openClient` throws
 */
export async function openListeningClient(listener: ClientListener): Promise<Client> {
  let family: Family | undefined;
  const channel: Channel = await openChannel({
    notice: (notice) => {
      if (notice.family !== family?.id) return;
      if (notice.command === COMMANDS.state.number) listener.state();
      if (notice.command !== COMMANDS.request.number) return;
      try {
        listener.request(toLabelRequest(decodeAttributes('agent', notice.attributes).values));
      } catch (error) {
        listener.failed(error);
      }
    },
    // Requests are not lost: the kernel keeps those for which there is no room.
    overrun: listener.state,
    failed: listener.failed,
  });
  try {
    family = await resolveFamily(channel);
    const group = family.groups.get('state' satisfies GroupName);
    if (group !== undefined) channel.join(group);
    return clientOf(channel, family);
  } catch (error) {
    channel.close();
    throw error;
  }
}

/** Uses one connection, and closes it. @throws what `openClient` throws */
export async function withClient<T>(use: (client: Client) => Promise<T>, transport?: Transport): Promise<T> {
  const client = await openClient(transport);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

function clientOf(transport: Transport, family: Family): Client {
  const requestOf = (name: CommandName, attributes: Uint8Array) => ({
    family: family.id,
    version: family.version,
    command: COMMANDS[name].number,
    attributes,
  });
  /** What to throw for an error of the transport. */
  const refused = async (name: CommandName, error: unknown): Promise<unknown> => {
    if (error instanceof NetlinkError)
      return explainRefusal(name, error, name === 'getInfo' ? undefined : info);
    return error instanceof CodecError ? odd(name, error.message) : error;
  };
  async function call<S extends AttributeSet>(
    name: CommandName,
    set: S,
    values: Values<S>,
  ): Promise<Decoded<S> | undefined> {
    const request = requestOf(name, encodeAttributes(set, values));
    try {
      const replies = await transport.request(request);
      const reply = replies[0];
      return reply === undefined ? undefined : decodeAttributes(set, reply);
    } catch (error) {
      throw await refused(name, error);
    }
  }
  /** Shows each message of a dump to `each`. */
  async function list<S extends AttributeSet>(
    name: CommandName,
    set: S,
    each: (values: Values<S>) => void,
  ): Promise<void> {
    try {
      await transport.dump(requestOf(name, new Uint8Array(0)), (part) =>
        each(decodeAttributes(set, part).values),
      );
    } catch (error) {
      throw await refused(name, error);
    }
  }
  async function info(): Promise<KernelInfo> {
    return toInfo(await call('getInfo', 'info', {}));
  }
  return {
    info,
    async begin(expectedGeneration, size, digest) {
      await call('begin', 'begin', {
        expectedGeneration: BigInt(expectedGeneration),
        size,
        digest: fromHex(digest),
      });
    },
    async chunk(offset, data) {
      await call('chunk', 'chunk', { offset, data });
    },
    async copy(offset, copyFrom, copyLength) {
      await call('chunk', 'chunk', { offset, copyFrom, copyLength });
    },
    async commit({ checkOnly = false, confirmWithin }) {
      const reply = await call('commit', 'commit', {
        ...(checkOnly ? { checkOnly: true as const } : {}),
        ...(confirmWithin === undefined ? {} : { confirmWithin }),
      });
      return toNumber(required('commit', 'generation', reply?.values.generation));
    },
    async confirm(generation) {
      await call('confirm', 'confirm', { generation: BigInt(generation) });
    },
    async rollback(expectedGeneration, digest) {
      const reply = await call('rollback', 'rollback', {
        expectedGeneration: BigInt(expectedGeneration),
        ...(digest === undefined ? {} : { digest: fromHex(digest) }),
      });
      return toNumber(required('rollback', 'generation', reply?.values.generation));
    },
    async dump() {
      const assembly = startAssembly();
      await list('dump', 'dump', (values) => assembly.add(values));
      return assembly.finish();
    },
    async connections() {
      const connections: KernelConnection[] = [];
      await list('connections', 'connection', (values) => connections.push(toConnection(values)));
      return connections;
    },
    async attach() {
      await call('attach', 'agent', {});
    },
    answer: (request, labels) =>
      isWanted(() => call('answer', 'agent', { request, ...labelAttributes(labels) })),
    tell: ({ number, pid }, labels) =>
      isWanted(() => call('tell', 'agent', { image: number, pid, ...labelAttributes(labels) })),
    async images() {
      const images: Image[] = [];
      await list('images', 'agent', (values) => images.push(toImage(values)));
      return images;
    },
    async setName(name, addresses) {
      await call('namesSet', 'namesSet', {
        name: Buffer.from(name),
        ...(addresses.length === 0 ? {} : { addresses: packNameAddresses(addresses) }),
      });
    },
    async names() {
      const names: HeldName[] = [];
      await list('names', 'name', (values) => names.push(toHeldName(values)));
      return names;
    },
    async setResolvers(addresses, grace) {
      await call('resolversSet', 'resolvers', {
        ...(addresses.length === 0 ? {} : { addresses: packAddresses(addresses) }),
        ...(grace === undefined ? {} : { grace }),
      });
    },
    async drain() {
      await call('drain', 'info', {});
    },
    async arm() {
      await call('arm', 'info', {});
    },
    close: () => transport.close(),
  };
}

/** Puts the parts of a dump together, and makes sure that they are all there and of one bundle. */
function startAssembly(): { add(part: Values<'dump'>): void; finish(): DumpedBundle | undefined } {
  let generation: bigint | undefined;
  let bundle = new Uint8Array(0);
  let filled = 0;
  return {
    add(part) {
      const of = required('dump', 'generation', part.generation);
      const size = required('dump', 'size', part.size);
      const data = required('dump', 'data', part.data);
      if (generation === undefined) {
        generation = of;
        bundle = new Uint8Array(size);
      }
      if (
        of !== generation ||
        size !== bundle.byteLength ||
        part.offset !== filled ||
        filled + data.byteLength > size
      )
        throw odd('dump', `its parts do not follow one another at offset ${filled}`);
      bundle.set(data, filled);
      filled += data.byteLength;
    },
    finish() {
      if (generation === undefined) return undefined;
      if (filled !== bundle.byteLength) throw odd('dump', `${filled} of ${bundle.byteLength} bytes arrived`);
      return { generation: toNumber(generation), bundle };
    },
  };
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
