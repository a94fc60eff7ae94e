// SPDX-License-Identifier: Apache-2.0
// The kernel of this host as a target.

import { setImmediate } from 'node:timers/promises';

import { FEATURE_FLAGS, LIMITS } from '../bundle/generated.ts';
import { sha256 } from '../crypto.ts';
import { counted } from '../terminal/counted.ts';
import { UserError } from '../errors.ts';
import { type Client, withClient } from '../netlink/client.ts';
import type { KernelInfo } from '../netlink/info.ts';
import type { KernelConnection } from '../netlink/connections.ts';
import { CHUNK_SIZE } from '../netlink/generated.ts';
import type { Transport } from '../netlink/transport.ts';
import { nodeName } from './node.ts';
import type { CommitOptions, LiveState, Target } from './target.ts';
import { planUpload } from './upload.ts';

/** Bytes that are sent between two looks at the signal: a few milliseconds. */
const PAUSE_EVERY = 64 * CHUNK_SIZE;

export interface KernelTargetOptions {
  readonly node?: string | undefined;
  /** Makes the connections, instead of a socket to the running kernel. */
  readonly connect?: () => Promise<Transport>;
}

/** The target `kernel`. Each call is one connection, so nothing is left open and a transaction cannot outlive its call. */
export function kernelTarget(options: KernelTargetOptions = {}): Target {
  const { connect } = options;
  const ask = async <T>(use: (client: Client) => Promise<T>): Promise<T> =>
    withClient(use, await connect?.());
  return {
    name: 'kernel',
    node: nodeName(options.node),
    info: () => ask(async (client) => toLiveState(await client.info())),
    commit: (bundle, commitOptions) => ask((client) => transact(client, bundle, commitOptions)),
    confirm: (generation) => ask((client) => client.confirm(generation)),
    rollback: (expectedGeneration, digest) => ask((client) => client.rollback(expectedGeneration, digest)),
    connections: () => ask(listConnections),
    dump: () => ask((client) => client.dump()),
  };
}

/** Connections, each with the names by which the kernel decides it. */
async function listConnections(client: Client): Promise<readonly KernelConnection[]> {
  const connections = await client.connections();
  const { features } = await client.info();
  // A module without the feature has no list of them either.
  if ((features & FEATURE_FLAGS.names) === 0) return connections;
  const keyOf = (address: Uint8Array): string => Buffer.from(address).toString('hex');
  const byAddress = Map.groupBy(await client.names(), ({ address }) => keyOf(address));
  return connections.map((connection) => {
    const held =
      connection.direction === 'connect' ? byAddress.get(keyOf(connection.remote.address)) : undefined;
    // Those that came and went while they were listed can be more than an address has at once.
    return held === undefined
      ? connection
      : { ...connection, names: held.slice(0, LIMITS.names).map(({ name }) => name) };
  });
}

async function transact(client: Client, bundle: Uint8Array, options: CommitOptions): Promise<number> {
  const { expectedGeneration, checkOnly, confirmWithin, signal, inForce, onProgress } = options;
  const { digest = sha256(bundle) } = options;
  stopIfAborted(signal);
  await client.begin(expectedGeneration, bundle.byteLength, digest);
  for (const { offset, length, from } of planUpload(bundle, inForce)) {
    if (from === undefined) {
      for (let at = offset; at < offset + length; at += CHUNK_SIZE) {
        await client.chunk(at, bundle.subarray(at, Math.min(at + CHUNK_SIZE, offset + length)));
        if ((at - offset) % PAUSE_EVERY === 0) await letIn(at);
      }
    } else await client.copy(offset, from, length);
    await letIn(offset + length);
  }
  return client.commit({
    checkOnly,
    confirmWithin,
  });

  /** Lets a Ctrl-C in. */
  async function letIn(bytes: number): Promise<void> {
    onProgress?.(bytes, bundle.byteLength);
    await setImmediate();
    stopIfAborted(signal);
  }
}

/** Throws while nothing has happened yet: the connection is closed on the way out, and the transaction with it. */
function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new UserError('interrupted', {
      message: 'interrupted before the commit; the policy in force is unchanged',
      fix: 'apply again when you are ready',
    });
}

function toLiveState(info: KernelInfo): LiveState {
  const { generation, digest, size, committedAt, confirmRemaining, history } = info;
  const governs = info.state === 'armed' || info.state === 'arming';
  const enforcing = governs && digest !== undefined;
  return {
    generation,
    digest,
    size,
    ...(committedAt === undefined ? {} : { committedAt: committedAt * 1000 }),
    confirmRemaining,
    history,
    counters: info.counters,
    features: info.features,
    enforcing,
    words: kernelWords(info, enforcing),
  };
}

function kernelWords(info: KernelInfo, enforcing: boolean): string {
  const module = `riptides module ${info.moduleVersion}`;
  if (enforcing) return `${module}, ${counted(info.sockets, 'governed socket')}`;
  if (info.state === 'bypassed')
    return `${module} is bypassed: another module removed its hook; run riptides module arm`;
  return info.state === 'drained' || info.state === 'draining'
    ? `${module} is ${info.state}: it governs no new connection`
    : `${module} holds no bundle: every connection is allowed`;
}
