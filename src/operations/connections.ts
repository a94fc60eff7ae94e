// SPDX-License-Identifier: Apache-2.0
// The connections that governed sockets of this host have, in the words of the policy in force.

import { readBundle } from '../bundle/reader.ts';
import type { ActionName, BundleView } from '../bundle/view.ts';
import { isSourceMap, type SourceMap } from '../bundle/source-map.ts';
import { endWords } from '../bundle/words.ts';
import { sha256 } from '../crypto.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import { isUserError } from '../errors.ts';
import { type DumpedBundle, withClient } from '../netlink/client.ts';
import type { Direction, KernelConnection } from '../netlink/connections.ts';
import type { Transport } from '../netlink/transport.ts';
import { openTarget } from './targets.ts';

/** A connection, and why it may be. */
export interface ListedConnection {
  readonly direction: Direction;
  /** Of TCP: `established`. */
  readonly state: string;
  readonly process: {
    /** 0 for the kernel. */
    readonly pid: number;
    readonly name?: string | undefined;
    readonly uid?: number | undefined;
    readonly gid?: number | undefined;
    readonly path?: string | undefined;
  };
  /** `10.0.0.1:443` or `[fd00::1]:443`. */
  readonly local: string;
  readonly remote: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly sent: number;
  readonly received: number;
  /** By which it was last decided. The names below are absent when another one came into force just now. */
  readonly generation: number;
  readonly action?: ActionName | undefined;
  /** The workload ID; absent for a process without an identity. */
  readonly identity?: string | undefined;
  readonly service?: string | undefined;
  readonly rule?: { readonly id: number; readonly source?: SourceRange | undefined } | undefined;
}

/**
 * Lists the connections, in the order in which they began.
 *
 * @param directory of the policy, whose record says where rules are written; elsewhere they have numbers alone
 * @param transport instead of a socket to the running kernel
 * @throws UserError when the kernel cannot be asked
 */
export async function listConnections(
  directory: string,
  transport?: Transport,
): Promise<readonly ListedConnection[]> {
  const { connections, dumped } = await withClient(async (client) => {
    const listed = await client.connections();
    return { connections: listed, dumped: await client.dump() };
  }, transport);
  const inForce = dumped && { ...dumped, view: readBundle(dumped.bundle) };
  const sourceMap = dumped && (await findSourceMap(directory, dumped));
  return connections
    .map((connection) => toListed(connection, inForce, sourceMap))
    .sort((a, b) => a.since - b.since || a.process.pid - b.process.pid);
}

/** The source map of the last record, if it is that of the bundle. A record that cannot be read is no reason to list nothing. */
async function findSourceMap(directory: string, { bundle }: DumpedBundle): Promise<SourceMap | undefined> {
  try {
    const { records } = await openTarget({ directory, target: 'kernel' });
    const latest = await records.latest();
    if (latest?.manifest.digest !== sha256(bundle)) return undefined;
    const { sourceMap } = await records.show(latest.id, { plan: false });
    return isSourceMap(sourceMap) ? sourceMap : undefined;
  } catch (error) {
    if (isUserError(error)) return undefined;
    throw error;
  }
}

function toListed(
  {
    direction,
    state,
    local,
    remote,
    since,
    generation,
    verdict,
    sent,
    received,
    pid,
    facts,
  }: KernelConnection,
  inForce: { readonly generation: number; readonly view: BundleView } | undefined,
  sourceMap: SourceMap | undefined,
): ListedConnection {
  const view = inForce?.generation === generation ? inForce.view : undefined;
  const { identity, service, rule } = verdict ?? {};
  return {
    direction,
    state,
    process: {
      pid,
      name: facts['process:name'],
      uid: facts['process:uid'],
      gid: facts['process:gid'],
      path: facts['process:binary:path'],
    },
    local: endWords(local),
    remote: endWords(remote),
    since: since * 1000,
    sent,
    received,
    generation,
    action: verdict?.action,
    identity: identity === undefined ? undefined : view?.identities[identity]?.workloadId,
    service: service === undefined ? undefined : view?.services[service]?.name,
    rule: rule === undefined ? undefined : { id: rule, source: view && sourceMap?.rules[rule] },
  };
}
