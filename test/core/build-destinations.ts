// SPDX-License-Identifier: Apache-2.0
// Endpoints and host names to the tables that lead to services.

import { hashTable, slice, type Strings, u16 } from './build-tables.ts';
import type { Sections } from './parts.ts';
import type { Endpoint, Policy } from './policy.ts';
import { buildTrie, type Listed, listServices, splitPorts, type TrieNode } from './trie.ts';

interface Place extends Endpoint {
  readonly service: number;
}

/** Exact tables, tries and names. */
export function addDestinations(policy: Policy, sections: Sections, strings: Strings): void {
  const places = policy.services.flatMap(({ endpoints }, service) =>
    endpoints.map((endpoint): Place => ({ ...endpoint, service })),
  );
  const of = (bytes: number): readonly Place[] => places.filter(({ address }) => address.length === bytes);
  const exact4 = exactTable(of(4), sections);
  sections.exact4Buckets = exact4.buckets;
  sections.exact4 = exact4.entries;
  const exact6 = exactTable(of(16), sections);
  sections.exact6Buckets = exact6.buckets;
  sections.exact6 = exact6.entries;
  sections.trie4 = trieSection(of(4), sections);
  sections.trie6 = trieSection(of(16), sections);
  addNames(policy, sections, strings);
}

const isAnyPort = ({ low, high }: Endpoint): boolean => low === 0 && high === 65535;
const isExact = (e: Endpoint): boolean =>
  e.prefixLength === e.address.length * 8 && (isAnyPort(e) || (e.low === e.high && e.low !== 0));

function exactTable(places: readonly Place[], sections: Sections) {
  const byKey = new Map<string, { address: Uint8Array; port: number; services: Place[] }>();
  for (const place of places.filter(isExact)) {
    const port = isAnyPort(place) ? 0 : place.low;
    const key = `${place.address.join()} ${port}`;
    const entry = byKey.get(key) ?? { address: place.address, port, services: [] };
    entry.services.push(place);
    byKey.set(key, entry);
  }
  const { buckets, entries } = hashTable([...byKey.values()], ({ address, port }) => [
    ...address,
    ...u16(port),
  ]);
  return {
    buckets,
    entries: entries.map(({ address, port, services }) => {
      const [servicesFirst, servicesCount] = slice(sections.destinationServices, listServices(services));
      return { address, port, reserved: 0, servicesFirst, servicesCount };
    }),
  };
}

function trieSection(places: readonly Place[], sections: Sections) {
  return buildTrie(places.filter((place) => !isExact(place))).map((node: TrieNode<Place>) => {
    const [portsFirst, portsCount] = addPorts(node.items, sections);
    const { address, prefixLength, left, right } = node;
    return { address, prefixLength, left, right, portsFirst, portsCount };
  });
}

function addPorts(
  items: readonly (Listed & { readonly low: number; readonly high: number })[],
  sections: Sections,
): [first: number, count: number] {
  const ranges = splitPorts(items).map(({ low, high, services }) => {
    const [servicesFirst, servicesCount] = slice(sections.destinationServices, services);
    return { low, high, servicesFirst, servicesCount };
  });
  return slice(sections.portRanges, ranges);
}

function addNames(policy: Policy, sections: Sections, strings: Strings): void {
  const byName = new Map<string, (Listed & { low: number; high: number })[]>();
  policy.services.forEach(({ names = [] }, service) => {
    for (const { name, low, high, protocol } of names)
      byName.set(name, [...(byName.get(name) ?? []), { low, high, service, protocol }]);
  });
  const table = hashTable([...byName], ([name]) => [...Buffer.from(name)]);
  sections.nameBuckets = table.buckets;
  sections.names = table.entries.map(([name, items]) => {
    const [nameOffset, nameLength] = strings(name);
    const [portsFirst, portsCount] = addPorts(items, sections);
    return { nameOffset, nameLength, portsFirst, portsCount };
  });
}
