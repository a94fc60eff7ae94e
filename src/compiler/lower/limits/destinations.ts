// SPDX-License-Identifier: Apache-2.0
// Limits of the tables that find services.

import { formatAddress } from '../../../bundle/address.ts';
import { LIMITS, NONE } from '../../../bundle/generated.ts';
import type { DestinationTables } from '../destinations.ts';
import type { TableHost, TableName, TableNode, TablePorts } from '../types.ts';

/** More services than may be at one place, told at the last of them. */
export interface Crowd {
  readonly service: number;
  readonly message: string;
}

/** Places of addresses with too many services. */
export function checkAddressLimits({ hosts4, hosts6, trie4, trie6 }: DestinationTables): readonly Crowd[] {
  return [...checkHosts([...hosts4, ...hosts6]), ...checkTrie(trie4), ...checkTrie(trie6)];
}

/** Host names with too many services. */
export function checkNameLimits(names: readonly TableName[]): readonly Crowd[] {
  return names.flatMap(({ name, ports }) => checkPorts(name, ports));
}

function checkHosts(hosts: readonly TableHost[]): readonly Crowd[] {
  return hosts.flatMap(({ address, port, services }) => {
    if (services.length <= LIMITS.destinationServices) return [];
    const place = `${formatAddress(address)}${port === 0 ? '' : ` port ${port}`}`;
    return crowd(services, `${services.length} services are at ${place}`);
  });
}

/** The sum that the kernel bounds: of the longest lists of all nodes on the way from the root. */
function checkTrie(nodes: readonly TableNode[]): readonly Crowd[] {
  const sums = new Uint32Array(nodes.length);
  return nodes.flatMap(({ address, prefixLength, left, right, ports }, index) => {
    const longest = ports.reduce((most, range) => Math.max(most, range.services.length), 0);
    const before = sums[index] ?? 0;
    const sum = before + longest;
    for (const child of [left, right]) if (child !== NONE) sums[child] = sum;
    // Only where the limit is passed, not at each node below.
    if (sum <= LIMITS.destinationServices || before > LIMITS.destinationServices) return [];
    const services = ports.flatMap((range) => range.services);
    return crowd(services, `${sum} services are at ${formatAddress(address)}/${prefixLength}`);
  });
}

function checkPorts(name: string, ports: readonly TablePorts[]): readonly Crowd[] {
  return ports.flatMap(({ low, services }) =>
    services.length <= LIMITS.destinationServices
      ? []
      : crowd(services, `${services.length} services are at ${name} port ${low}`),
  );
}

function crowd(services: readonly number[], what: string): readonly Crowd[] {
  const message = `${what}; ${LIMITS.destinationServices} are allowed at one address`;
  return [{ service: services.at(-1) ?? 0, message }];
}
