// SPDX-License-Identifier: Apache-2.0
// The addresses of host names that the kernel holds, and the names of the policy in force that have none.

import { formatAddress } from '../bundle/address.ts';
import { hostNamesOf } from '../bundle/host-names.ts';
import { readBundle } from '../bundle/reader.ts';
import { compareText } from '../bundle/text.ts';
import { type Client, withClient } from '../netlink/client.ts';
import type { HeldName } from '../netlink/names.ts';
import type { Transport } from '../netlink/transport.ts';

/** Who said that a name has an address. */
export type NameSource = 'agent' | 'dns';

/** An address of a name. */
export interface ListedName {
  readonly name: string;
  readonly address: string;
  readonly sources: readonly NameSource[];
  /** Milliseconds until it is forgotten, unless it is said again. */
  readonly left: number;
}

export interface ListedNames {
  /** In ascending order of name, then of address. */
  readonly names: readonly ListedName[];
  /** Names of the policy in force that have no address: nobody can be granted a connection by them. */
  readonly without: readonly string[];
}

/** Lists the names of this host, again and again. */
export type ListNames = () => Promise<ListedNames>;

/**
 * Makes a lister. It keeps what it knows of the policy in force for as long as that is in force.
 *
 * @param connect makes the connections to the kernel, instead of a socket to the running one
 * @returns a function that throws UserError when the kernel cannot be asked
 */
export function createNamesLister(connect?: () => Promise<Transport>): ListNames {
  let known: { readonly digest: string; readonly names: readonly string[] } | undefined;
  return async () => {
    const { held, policy } = await withClient((client) => ask(client, known), await connect?.());
    known = policy;
    const names = held.map(toListed).sort(byName);
    const having = new Set(names.map(({ name }) => name));
    return { names, without: (policy?.names ?? []).filter((name) => !having.has(name)) };
  };
}

interface Policy {
  readonly digest: string;
  readonly names: readonly string[];
}

async function ask(
  client: Client,
  known: Policy | undefined,
): Promise<{ readonly held: readonly HeldName[]; readonly policy: Policy | undefined }> {
  for (;;) {
    const { generation, digest } = await client.info();
    const dumped = digest === undefined || digest === known?.digest ? undefined : await client.dump();
    const held = await client.names();
    // Another policy came into force meanwhile.
    if ((await client.info()).generation !== generation) continue;
    if (digest === undefined) return { held, policy: undefined };
    if (dumped === undefined) return { held, policy: known };
    return { held, policy: { digest, names: hostNamesOf(readBundle(dumped.bundle)) } };
  }
}

function toListed({ name, address, agentLeft, dnsLeft }: HeldName): ListedName {
  return {
    name,
    address: formatAddress(address),
    sources: [
      ...(agentLeft === undefined ? [] : (['agent'] as const)),
      ...(dnsLeft === undefined ? [] : (['dns'] as const)),
    ],
    left: Math.max(agentLeft ?? 0, dnsLeft ?? 0),
  };
}

function byName(a: ListedName, b: ListedName): number {
  return compareText(a.name, b.name) || compareText(a.address, b.address);
}
