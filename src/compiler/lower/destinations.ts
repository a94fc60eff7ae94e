// SPDX-License-Identifier: Apache-2.0
// Where: endpoints of services to hosts (exact tables) and prefixes (tries) (docs/bundle-format.md, "Where").

import { changesBetween, memoLast, type OrderedSet, orderedSet } from '../incremental.ts';
import type { ModelEndpoint, ModelService } from '../resolve/types.ts';
import { listServices, protocolsOf } from './listing.ts';
import { flattenPorts } from './ports.ts';
import { buildTrie, type TriePrefix } from './trie.ts';
import type { TableHost, TableNode } from './types.ts';

export interface DestinationTables {
  readonly hosts4: readonly TableHost[];
  readonly hosts6: readonly TableHost[];
  readonly trie4: readonly TableNode[];
  readonly trie6: readonly TableNode[];
}

/** An endpoint without the range where it is written. */
export type Endpoint = Omit<ModelEndpoint, 'source'>;

const LAST_PORT = 65535;
const ANY_PORT = 0;

/** An endpoint on its way to a table. */
interface Entry {
  readonly address: Uint8Array;
  /** The port of a host, or the length of a prefix. */
  readonly key: number;
  readonly low: number;
  readonly high: number;
  readonly service: number;
  readonly protocol: Endpoint['protocol'];
  /** The address and the key, as a text that is in order when they are. */
  readonly order: string;
  readonly table: Table;
  /** Its row in the table of hosts where it is the only service there, once that was made. */
  row?: TableHost;
}

type Table = 'hosts4' | 'hosts6' | 'trie4' | 'trie6';

/** What of a service the tables of destinations depend on. */
export function endpointsOf({ endpoints }: ModelService): readonly Endpoint[] {
  return endpoints.map(({ family, address, prefixLength, ports, protocol }) => ({
    family,
    address,
    prefixLength,
    ports,
    protocol,
  }));
}

/**
 * Sorts every endpoint of every service into the table that it belongs to; for the endpoints of all services. The function
 * remembers the last ones: of a service for which the same list is given, nothing is put in order again.
 */
export function createDestinationLowering(): (
  endpoints: readonly (readonly Endpoint[])[],
) => DestinationTables {
  const sets: Readonly<Record<Table, OrderedSet<Entry>>> = {
    hosts4: orderedSet(compareEntries),
    hosts6: orderedSet(compareEntries),
    trie4: orderedSet(compareEntries),
    trie6: orderedSet(compareEntries),
  };
  const [hosts4, hosts6] = [memoLast(hostTable), memoLast(hostTable)];
  const [trie4, trie6] = [memoLast(trieTable), memoLast(trieTable)];
  let services: readonly { readonly of: readonly Endpoint[]; readonly entries: readonly Entry[] }[] = [];
  return (endpoints) => {
    const before = services;
    services = endpoints.map((of, number) => {
      const old = before[number];
      return old?.of === of ? old : { of, entries: of.map((endpoint) => makeEntry(endpoint, number)) };
    });
    const { gone, come } = changesBetween(before, services);
    for (const { entries } of gone) for (const entry of entries) sets[entry.table].remove(entry);
    for (const { entries } of come) for (const entry of entries) sets[entry.table].add(entry);
    return {
      hosts4: hosts4(sets.hosts4.list()),
      hosts6: hosts6(sets.hosts6.list()),
      trie4: trie4(sets.trie4.list()),
      trie6: trie6(sets.trie6.list()),
    };
  };
}

function makeEntry(
  { family, address, prefixLength, ports: { low, high }, protocol }: Endpoint,
  service: number,
): Entry {
  const port = prefixLength === address.length * 8 ? singlePort(low, high) : undefined;
  const key = port ?? prefixLength;
  const order = String.fromCharCode(...address, key);
  const table = `${port === undefined ? 'trie' : 'hosts'}${family}` as const;
  return { address, key, low, high, service, protocol, order, table };
}

function compareEntries(a: Entry, b: Entry): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.service - b.service || a.low - b.low || a.high - b.high || protocolsOf(a) - protocolsOf(b);
}

function hostTable(entries: readonly Entry[]): readonly TableHost[] {
  return groupEntries(entries, (first, group) => {
    const { address, key: port } = first;
    if (group.length === 1) return (first.row ??= { address, port, services: listServices(group) });
    return { address, port, services: listServices(group) };
  });
}

function trieTable(entries: readonly Entry[]): readonly TableNode[] {
  return buildTrie(
    groupEntries(
      entries,
      ({ address, key }, group): TriePrefix => ({ address, length: key, ports: flattenPorts(group) }),
    ),
  );
}

/** A row for the entries of each address and key. */
function groupEntries<T>(
  entries: readonly Entry[],
  toRow: (first: Entry, group: readonly Entry[]) => T,
): readonly T[] {
  const rows: T[] = [];
  for (let from = 0; from < entries.length; ) {
    const first = entries[from];
    if (first === undefined) break;
    let to = from + 1;
    while (entries[to]?.order === first.order) to++;
    rows.push(toRow(first, entries.slice(from, to)));
    from = to;
  }
  return rows;
}

/** The port by which an exact table knows a range: one port, ANY_PORT for all of them, or undefined. */
function singlePort(low: number, high: number): number | undefined {
  if (low === ANY_PORT && high === LAST_PORT) return ANY_PORT;
  return low === high && low !== ANY_PORT ? low : undefined;
}
