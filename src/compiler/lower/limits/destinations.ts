// SPDX-License-Identifier: Apache-2.0
// Limits of the tables that find services.

import { formatAddress } from '../../../bundle/address.ts';
import { LIMITS, NONE } from '../../../bundle/generated.ts';
import type { DestinationTables } from '../destinations.ts';
import { listedService } from '../listing.ts';
import type { TableHost, TableName, TableNode, TablePorts, TableService } from '../types.ts';

/** More services than may be at one address, or services in more sets; reported at the last of them. */
export interface Crowd {
  readonly service: number;
  readonly message: string;
}

/** What a connection makes the kernel go through: services, and the sets that they are in. */
interface Load {
  readonly services: number;
  readonly sets: number;
}

type LoadOf = (services: readonly number[]) => Load;

/** Addresses with too many services. */
export function checkAddressLimits(
  { hosts4, hosts6, trie4, trie6 }: DestinationTables,
  services: readonly TableService[],
): readonly Crowd[] {
  const loadOf = counter(services);
  return [
    ...checkHosts([...hosts4, ...hosts6], loadOf),
    ...checkTrie(trie4, loadOf),
    ...checkTrie(trie6, loadOf),
  ];
}

/** Host names with too many services. */
export function checkNameLimits(
  names: readonly TableName[],
  services: readonly TableService[],
): readonly Crowd[] {
  const loadOf = counter(services);
  return names.flatMap(({ name, ports }) => checkPorts(name, ports, loadOf));
}

function counter(table: readonly TableService[]): LoadOf {
  return (services) => {
    let sets = 0;
    for (const item of services) sets += table[listedService(item)]?.sets.length ?? 0;
    return { services: services.length, sets };
  };
}

function checkHosts(hosts: readonly TableHost[], loadOf: LoadOf): readonly Crowd[] {
  return hosts.flatMap(({ address, port, services }) => {
    const load = loadOf(services);
    if (isLight(load)) return [];
    return [crowd(services, load, `${formatAddress(address)}${port === 0 ? '' : ` port ${port}`}`)];
  });
}

/** The sum that the kernel bounds: of the longest lists of all nodes on the way from the root. */
function checkTrie(nodes: readonly TableNode[], loadOf: LoadOf): readonly Crowd[] {
  const sums: Load[] = [];
  return nodes.flatMap(({ address, prefixLength, left, right, ports }, index) => {
    const before = sums[index] ?? NO_LOAD;
    const sum = add(before, ports.map(({ services }) => loadOf(services)).reduce(mostOf, NO_LOAD));
    for (const child of [left, right]) if (child !== NONE) sums[child] = sum;
    // Only where the limit is passed, not at each node below.
    if (isLight(sum) || !isLight(before)) return [];
    const services = ports.flatMap((range) => range.services);
    return [crowd(services, sum, `${formatAddress(address)}/${prefixLength}`)];
  });
}

function checkPorts(name: string, ports: readonly TablePorts[], loadOf: LoadOf): readonly Crowd[] {
  return ports.flatMap(({ low, services }) => {
    const load = loadOf(services);
    return isLight(load) ? [] : [crowd(services, load, `${name} port ${low}`)];
  });
}

const NO_LOAD: Load = { services: 0, sets: 0 };

function add(a: Load, b: Load): Load {
  return { services: a.services + b.services, sets: a.sets + b.sets };
}

function mostOf(a: Load, b: Load): Load {
  return { services: Math.max(a.services, b.services), sets: Math.max(a.sets, b.sets) };
}

function isLight({ services, sets }: Load): boolean {
  return services <= LIMITS.destinationServices && sets <= LIMITS.destinationSets;
}

function crowd(at: readonly number[], { services, sets }: Load, where: string): Crowd {
  const message =
    services > LIMITS.destinationServices
      ? `${services} services are at ${where}; ${LIMITS.destinationServices} are allowed at one address`
      : `the ${services} services at ${where} are selected in ${sets} different sets; ${LIMITS.destinationSets} are allowed at one address`;
  return { service: listedService(at.at(-1) ?? 0), message };
}
