// SPDX-License-Identifier: Apache-2.0
// Where: endpoints of services to hosts (exact tables) and prefixes (tries) (docs/bundle-format.md, "Where").

import type { Model, ModelEndpoint } from '../resolve/types.ts';
import { flattenPorts, type ServicePorts } from './ports.ts';
import { buildTrie, type TriePrefix } from './trie.ts';
import type { TableHost, TableNode } from './types.ts';

export interface DestinationTables {
  readonly hosts4: readonly TableHost[];
  readonly hosts6: readonly TableHost[];
  readonly trie4: readonly TableNode[];
  readonly trie6: readonly TableNode[];
}

const LAST_PORT = 65535;
const ANY_PORT = 0;

/** Sorts every endpoint of every service into the table that it belongs to. */
export function lowerDestinations(model: Model): DestinationTables {
  const four = family();
  const six = family();
  model.services.forEach((service, number) => {
    for (const endpoint of service.endpoints) (endpoint.family === 4 ? four : six).add(endpoint, number);
  });
  return { hosts4: four.hosts(), trie4: four.trie(), hosts6: six.hosts(), trie6: six.trie() };
}

function family(): {
  add: (endpoint: ModelEndpoint, service: number) => void;
  hosts: () => readonly TableHost[];
  trie: () => readonly TableNode[];
} {
  const hosts = new Map<string, { address: Uint8Array; port: number; services: number[] }>();
  const prefixes = new Map<string, { address: Uint8Array; length: number; ports: ServicePorts[] }>();
  return {
    add({ address, prefixLength, ports }, service) {
      const port = singlePort(ports);
      if (prefixLength === address.length * 8 && port !== undefined) {
        const key = `${hex(address)}/${port}`;
        const host = hosts.get(key);
        if (host === undefined) hosts.set(key, { address, port, services: [service] });
        // Services come in ascending order, so a repetition is the last one.
        else if (host.services.at(-1) !== service) host.services.push(service);
        return;
      }
      const key = `${hex(address)}/${prefixLength}`;
      const prefix = prefixes.get(key);
      const entry = { low: ports.low, high: ports.high, service };
      if (prefix === undefined) prefixes.set(key, { address, length: prefixLength, ports: [entry] });
      else prefix.ports.push(entry);
    },
    hosts: () =>
      [...hosts.values()].sort((a, b) => compareAddresses(a.address, b.address) || a.port - b.port),
    trie: () =>
      buildTrie(
        [...prefixes.values()]
          .sort((a, b) => compareAddresses(a.address, b.address) || a.length - b.length)
          .map(({ address, length, ports }): TriePrefix => ({ address, length, ports: flattenPorts(ports) })),
      ),
  };
}

/** The port by which an exact table knows the range: one port, ANY_PORT for all of them, or undefined. */
function singlePort({ low, high }: { readonly low: number; readonly high: number }): number | undefined {
  if (low === ANY_PORT && high === LAST_PORT) return ANY_PORT;
  return low === high && low !== ANY_PORT ? low : undefined;
}

function compareAddresses(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

function hex(address: Uint8Array): string {
  return Buffer.from(address.buffer, address.byteOffset, address.length).toString('latin1');
}
