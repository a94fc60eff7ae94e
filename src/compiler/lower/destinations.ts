// SPDX-License-Identifier: Apache-2.0
// Where: endpoints of services to hosts (exact tables) and prefixes (tries) (docs/bundle-format.md, "Where").

import type { Model, ModelEndpoint } from '../resolve/types.ts';
import { flattenPorts } from './ports.ts';
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

/** An endpoint on its way to a table: what it is grouped by, besides the address, is `key`. */
interface Entry {
  readonly address: Uint8Array;
  /** The port of a host, or the length of a prefix. */
  readonly key: number;
  readonly low: number;
  readonly high: number;
  readonly service: number;
}

interface Family {
  readonly add: (endpoint: ModelEndpoint, service: number) => void;
  readonly hosts: () => readonly TableHost[];
  readonly trie: () => readonly TableNode[];
}

function family(): Family {
  const hosts: Entry[] = [];
  const prefixes: Entry[] = [];
  return {
    add({ address, prefixLength, ports: { low, high } }, service) {
      const port = singlePort(low, high);
      if (prefixLength === address.length * 8 && port !== undefined) {
        hosts.push({ address, key: port, low, high, service });
      } else prefixes.push({ address, key: prefixLength, low, high, service });
    },
    hosts: () =>
      groupEntries(hosts, (address, port, group) => {
        // Services come in ascending order, so repetitions stand together.
        const services = group
          .map(({ service }) => service)
          .filter((service, i, all) => service !== all[i - 1]);
        return { address, port, services };
      }),
    trie: () =>
      buildTrie(
        groupEntries(prefixes, (address, length, group): TriePrefix => {
          return { address, length, ports: flattenPorts(group) };
        }),
      ),
  };
}

/** Entries of the same address and key together, in ascending order of both; within a group they keep their order. */
function groupEntries<T>(
  entries: readonly Entry[],
  toRow: (address: Uint8Array, key: number, group: readonly Entry[]) => T,
): readonly T[] {
  const sorted = entries.toSorted((a, b) => Buffer.compare(a.address, b.address) || a.key - b.key);
  const rows: T[] = [];
  for (let from = 0; from < sorted.length; ) {
    const first = sorted[from];
    if (first === undefined) break;
    let to = from + 1;
    for (let next = sorted[to]; next !== undefined && isSame(first, next); next = sorted[to]) to++;
    rows.push(toRow(first.address, first.key, sorted.slice(from, to)));
    from = to;
  }
  return rows;
}

function isSame(a: Entry, b: Entry): boolean {
  return a.key === b.key && Buffer.compare(a.address, b.address) === 0;
}

/** The port by which an exact table knows a range: one port, ANY_PORT for all of them, or undefined. */
function singlePort(low: number, high: number): number | undefined {
  if (low === ANY_PORT && high === LAST_PORT) return ANY_PORT;
  return low === high && low !== ANY_PORT ? low : undefined;
}
