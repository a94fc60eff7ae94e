// SPDX-License-Identifier: Apache-2.0
// From tables by address back to the addresses of each service.

import type { SectionReader } from './reader-sections.ts';
import { compareText } from './text.ts';
import { LISTING_FLAGS } from './generated.ts';
import type { EndpointView, NameView, ServiceView } from './view.ts';

const LAST_PORT = 65535;

/** The endpoints of each service, by its number. */
export function readEndpoints(reader: SectionReader): readonly (readonly EndpointView[])[] {
  const lists = reader.words('destinationServices');
  const found: EndpointView[][] = reader.records('services', 'service').map(() => []);
  const add = (first: number, count: number, endpoint: EndpointView): void => {
    for (const item of lists.slice(first, first + count)) {
      const { service, ...protocol } = readListing(item);
      found[service]?.push({ ...endpoint, ...protocol });
    }
  };

  const hosts = [
    { family: 4 as const, records: reader.records('exact4', 'exact4') },
    { family: 6 as const, records: reader.records('exact6', 'exact6') },
  ];
  for (const { family, records } of hosts) {
    for (const { address, port, servicesFirst, servicesCount } of records) {
      const ports = port === 0 ? { low: 0, high: LAST_PORT } : { low: port, high: port };
      add(servicesFirst, servicesCount, { family, address, prefixLength: address.length * 8, ports });
    }
  }
  const ranges = reader.records('portRanges', 'portRange');
  const tries = [
    { family: 4 as const, nodes: reader.records('trie4', 'node4') },
    { family: 6 as const, nodes: reader.records('trie6', 'node6') },
  ];
  for (const { family, nodes } of tries) {
    for (const { address, prefixLength, portsFirst, portsCount } of nodes) {
      for (const { low, high, servicesFirst, servicesCount } of ranges.slice(
        portsFirst,
        portsFirst + portsCount,
      )) {
        add(servicesFirst, servicesCount, { family, address, prefixLength, ports: { low, high } });
      }
    }
  }
  return found.map(joinPorts);
}

/** The host names of each service, by its number. */
export function readNames(reader: SectionReader): readonly ServiceView['names'][] {
  const lists = reader.words('destinationServices');
  const ranges = reader.records('portRanges', 'portRange');
  const found: (NameView & { readonly ports: { high: number } })[][] = reader
    .records('services', 'service')
    .map(() => []);
  for (const { nameOffset, nameLength, portsFirst, portsCount } of reader.records('names', 'name')) {
    const name = reader.text(nameOffset, nameLength);
    for (const { low, high, servicesFirst, servicesCount } of ranges.slice(
      portsFirst,
      portsFirst + portsCount,
    )) {
      for (const item of lists.slice(servicesFirst, servicesFirst + servicesCount)) {
        const { service, ...protocol } = readListing(item);
        const own = found[service];
        const last = own?.at(-1);
        if (
          last !== undefined &&
          last.name === name &&
          last.protocol === protocol.protocol &&
          last.ports.high + 1 === low
        )
          last.ports.high = high;
        else own?.push({ name, ports: { low, high }, ...protocol });
      }
    }
  }
  for (const own of found) own.sort((a, b) => compareText(a.name, b.name) || a.ports.low - b.ports.low);
  return found;
}

/** In order, with ranges joined that follow one another: they were cut where those of other services begin or end. */
function joinPorts(endpoints: EndpointView[]): readonly EndpointView[] {
  endpoints.sort(compareEndpoints);
  const joined: EndpointView[] = [];
  for (const endpoint of endpoints) {
    const last = joined.at(-1);
    if (last !== undefined && samePrefix(last, endpoint) && endpoint.ports.low <= last.ports.high + 1) {
      const high = Math.max(last.ports.high, endpoint.ports.high);
      joined[joined.length - 1] = { ...last, ports: { low: last.ports.low, high } };
    } else joined.push(endpoint);
  }
  return joined;
}

/** A service of a list, and the protocol by which alone it is there. */
function readListing(item: number): { readonly service: number; readonly protocol?: 'tcp' | 'udp' } {
  const { notTcp, notUdp } = LISTING_FLAGS;
  const service = item & ~(notTcp | notUdp);
  return item & notTcp
    ? { service, protocol: 'udp' }
    : item & notUdp
      ? { service, protocol: 'tcp' }
      : { service };
}

function samePrefix(a: EndpointView, b: EndpointView): boolean {
  return (
    a.protocol === b.protocol &&
    a.prefixLength === b.prefixLength &&
    Buffer.compare(a.address, b.address) === 0
  );
}

/** Negative, zero or positive: by family, address, prefix length and ports. */
export function compareEndpoints(a: EndpointView, b: EndpointView): number {
  return (
    a.family - b.family ||
    Buffer.compare(a.address, b.address) ||
    a.prefixLength - b.prefixLength ||
    compareText(a.protocol ?? '', b.protocol ?? '') ||
    a.ports.low - b.ports.low ||
    a.ports.high - b.ports.high
  );
}
