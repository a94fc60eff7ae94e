// SPDX-License-Identifier: Apache-2.0
// The commands of the riptides family as functions: numbers and texts in, numbers and texts out.

import { UserError } from '../errors.ts';
import { CodecError, type Decoded, decodeAttributes, encodeAttributes, type Values } from './attributes.ts';
import { type Family, resolveFamily } from './family.ts';
import { type AttributeSet, type CommandName, COMMANDS, COUNTER, STATE } from './generated.ts';
import { explainRefusal } from './refusals.ts';
import { openSocket } from './socket.ts';
import { NetlinkError, type Transport } from './transport.ts';

export type ModuleState = (typeof STATE)[number];
export type CounterName = (typeof COUNTER)[number];

/** What the module is and what is in force. */
export interface KernelInfo {
  readonly moduleVersion: string;
  /** Bundle format that the module reads. */
  readonly bundleVersion: number;
  /** FEATURE_FLAGS that a bundle may need of the module; 0 also when it does not say. */
  readonly features: number;
  readonly state: ModuleState;
  /** Commits since the module was loaded; 0: nothing was committed. */
  readonly generation: number;
  /** SHA-256 of the bundle in force, in hexadecimal; absent when none is. */
  readonly digest?: string;
  /** Bytes of the bundle in force. */
  readonly size?: number;
  /** Seconds since 1970. */
  readonly committedAt?: number;
  /** Milliseconds until the commit in force is undone; absent when nothing waits. */
  readonly confirmRemaining?: number;
  /** Governed sockets that are open. */
  readonly sockets: number;
  /** Netlink port of the open transaction. */
  readonly transaction?: number;
  readonly counters: Readonly<Record<CounterName, number>>;
  /** Earlier bundles that can be rolled back to, the latest first. */
  readonly history: readonly { readonly generation: number; readonly digest: string }[];
  /** What the module says beyond what this version understands. */
  readonly notes: readonly string[];
}

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
  /** Ends the transaction. Gives the generation in force afterwards. */
  commit(options: { readonly checkOnly?: boolean; readonly confirmWithin?: number }): Promise<number>;
  confirm(generation: number): Promise<void>;
  /** Restores an earlier bundle: the latest, or the one of the digest. Gives the new generation. */
  rollback(expectedGeneration: number, digest?: string): Promise<number>;
  /** The bundle in force; undefined when none is. */
  dump(): Promise<DumpedBundle | undefined>;
  /** Stops governing. Gives what could not be given back yet. */
  drain(): Promise<{ readonly sockets: number; readonly calls: number }>;
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
      try {
        await transport.dump(requestOf('dump', new Uint8Array(0)), (part) =>
          assembly.add(decodeAttributes('dump', part).values),
        );
      } catch (error) {
        throw await refused('dump', error);
      }
      return assembly.finish();
    },
    async drain() {
      const values = (await call('drain', 'drain', {}))?.values;
      return {
        sockets: required('drain', 'sockets', values?.sockets),
        calls: required('drain', 'calls', values?.calls),
      };
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

function toInfo(reply: Decoded<'info'> | undefined): KernelInfo {
  const values = reply?.values ?? {};
  const state = STATE[required('getInfo', 'state', values.state)];
  if (state === undefined) throw odd('getInfo', `state ${values.state} is not known to this version`);
  return {
    moduleVersion: required('getInfo', 'module-version', values.moduleVersion),
    bundleVersion: required('getInfo', 'bundle-version', values.bundleVersion),
    features: values.features ?? 0,
    state,
    generation: toNumber(required('getInfo', 'generation', values.generation)),
    ...(values.digest === undefined ? {} : { digest: toHex(values.digest) }),
    ...(values.size === undefined ? {} : { size: values.size }),
    ...(values.committedAt === undefined ? {} : { committedAt: toNumber(values.committedAt) }),
    ...(values.confirmRemaining === undefined ? {} : { confirmRemaining: values.confirmRemaining }),
    sockets: required('getInfo', 'sockets', values.sockets),
    ...(values.transaction === undefined ? {} : { transaction: values.transaction }),
    counters: toCounters(values.counters?.value ?? []),
    history: (values.history?.entry ?? []).map((entry) => ({
      generation: toNumber(required('getInfo', 'history generation', entry.generation)),
      digest: toHex(required('getInfo', 'history digest', entry.digest)),
    })),
    notes: reply?.notes ?? [],
  };
}

function toCounters(values: readonly bigint[]): Readonly<Record<CounterName, number>> {
  const at = (name: CounterName): number => toNumber(values[COUNTER.indexOf(name)] ?? 0n);
  return {
    'connect-allowed': at('connect-allowed'),
    'connect-audited': at('connect-audited'),
    'connect-denied': at('connect-denied'),
    'accept-allowed': at('accept-allowed'),
    'accept-audited': at('accept-audited'),
  };
}

function required<T>(command: CommandName, name: string, value: T | undefined): T {
  if (value === undefined) throw odd(command, `it lacks ${name}`);
  return value;
}

function odd(command: CommandName, why: string): UserError {
  return new UserError('module-version', {
    message: `the answer of the riptides module to ${command} is not one that this riptides understands: ${why}`,
    fix: 'install the module and the command line of the same release (riptides module build, riptides module load)',
  });
}

/** Counts by one, from zero: no commit or packet counter of this world leaves the exact range of a number. */
function toNumber(value: bigint): number {
  return Number(value);
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
