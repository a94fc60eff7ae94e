// SPDX-License-Identifier: Apache-2.0
// The connections that governed sockets of this host have, in the words of the policy in force.

import { readBundle } from '../bundle/reader.ts';
import type { ActionName, BundleView } from '../bundle/view.ts';
import { isSourceMap, type SourceMap } from '../bundle/source-map.ts';
import { endWords } from '../bundle/words.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import { isUserError } from '../errors.ts';
import { type Client, withClient } from '../netlink/client.ts';
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
    /** Those that the policy in force asks the kernel for. */
    readonly labels?: readonly string[] | undefined;
  };
  /** `10.0.0.1:443` or `[fd00::1]:443`. */
  readonly local: string;
  readonly remote: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly sent: number;
  readonly received: number;
  /** By which it was last decided. */
  readonly generation: number;
  readonly action?: ActionName | undefined;
  /** The workload ID, its placeholders filled in; absent for a process without an identity. */
  readonly identity?: string | undefined;
  readonly service?: string | undefined;
  readonly rule?: { readonly id: number; readonly source?: SourceRange | undefined } | undefined;
}

/** Lists the connections of this host, again and again. */
export type ListConnections = () => Promise<readonly ListedConnection[]>;

/**
 * Makes a lister. It keeps what it knows of the policy in force for as long as that is in force.
 *
 * @param directory of the policy, whose record says where rules are written; elsewhere they have numbers alone
 * @param connect makes the connections to the kernel, instead of a socket to the running one
 * @returns a function that gives the connections in the order in which they began, and throws UserError when the kernel cannot be asked
 */
export function createLister(directory: string, connect?: () => Promise<Transport>): ListConnections {
  let known: Policy | undefined;
  return async () => {
    const { policy, connections } = await withClient((client) => ask(client, known), await connect?.());
    if (policy !== undefined && policy.digest !== known?.digest)
      known = { ...policy, sourceMap: await findSourceMap(directory, policy.digest) };
    return connections
      .map((connection) => toListed(connection, policy === undefined ? undefined : known))
      .sort((a, b) => a.since - b.since || a.process.pid - b.process.pid);
  };
}

/** A policy in force. */
interface Policy {
  readonly digest: string;
  readonly view: BundleView;
  readonly sourceMap?: SourceMap | undefined;
}

/** The connections, and the policy by which all of them were decided. */
async function ask(client: Client, known: Policy | undefined) {
  for (;;) {
    const { generation, digest } = await client.info();
    const dumped = digest === undefined || digest === known?.digest ? undefined : await client.dump();
    const connections = await client.connections();
    // Another policy came into force meanwhile.
    if ((await client.info()).generation !== generation) continue;
    if (digest === undefined) return { policy: undefined, connections };
    if (dumped === undefined) return { policy: known, connections };
    return { policy: { digest, view: readBundle(dumped.bundle) }, connections };
  }
}

/** The source map of a recorded bundle. Records that cannot be read are no reason to list nothing. */
async function findSourceMap(directory: string, digest: string): Promise<SourceMap | undefined> {
  const { records } = await openTarget({ directory, target: 'kernel' });
  try {
    const record = (await records.history(RECORDS)).find(({ manifest }) => manifest.digest === digest);
    if (record === undefined) return undefined;
    const { sourceMap } = await records.show(record.id, { plan: false });
    return isSourceMap(sourceMap) ? sourceMap : undefined;
  } catch (error) {
    if (isUserError(error)) return undefined;
    throw error;
  }
}

/** Records among which that of the policy in force is looked for: the kernel may have gone back to an earlier one by itself. */
const RECORDS = 10;

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
    workloadId,
  }: KernelConnection,
  policy: Policy | undefined,
): ListedConnection {
  const { view, sourceMap } = policy ?? {};
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
      ...(facts.labels === undefined ? {} : { labels: facts.labels }),
    },
    local: endWords(local),
    remote: endWords(remote),
    since: since * 1000,
    sent,
    received,
    generation,
    action: verdict?.action,
    identity: workloadId ?? (identity === undefined ? undefined : view?.identities[identity]?.workloadId),
    service: service === undefined ? undefined : view?.services[service]?.name,
    rule: rule === undefined ? undefined : { id: rule, source: sourceMap?.rules[rule] },
  };
}
