// SPDX-License-Identifier: Apache-2.0
// Where: the sections that lead from an address or a host name to services.

import type { TableHost, TableName, TableNode, TablePorts, Tables } from '../lower/types.ts';
import { listSection, recordSection, wordSection } from './sections.ts';
import type { Strings } from './strings.ts';
import type { HashLayout, Sections } from './types.ts';

type DestinationSection =
  | 'exact4Buckets'
  | 'exact4'
  | 'exact6Buckets'
  | 'exact6'
  | 'trie4'
  | 'trie6'
  | 'nameBuckets'
  | 'names'
  | 'portRanges'
  | 'destinationServices';

/** The sections of addresses, names and ports. */
export function destinationSections(
  exact4: HashLayout<TableHost>,
  exact6: HashLayout<TableHost>,
  trie4: Tables['trie4'],
  trie6: Tables['trie6'],
  names: HashLayout<TableName>,
  { find }: Pick<Strings, 'find'>,
): Pick<Sections, DestinationSection> {
  const services = listSection<number>();
  const ranges = listSection<TablePorts>();
  const host = ({ address, port, services: list }: TableHost) => {
    const { first, count } = services.add(list);
    return { address, port, reserved: 0, servicesFirst: first, servicesCount: count };
  };
  const node = ({ address, prefixLength, left, right, ports }: TableNode) => {
    const { first, count } = ranges.add(ports);
    return { address, prefixLength, left, right, portsFirst: first, portsCount: count };
  };
  // In the order in which their lists stand in destination-services and port-ranges.
  return {
    exact4Buckets: wordSection(exact4.buckets),
    exact4: recordSection('exact4', exact4.entries, host),
    exact6Buckets: wordSection(exact6.buckets),
    exact6: recordSection('exact6', exact6.entries, host),
    trie4: recordSection('node4', trie4, node),
    trie6: recordSection('node6', trie6, node),
    nameBuckets: wordSection(names.buckets),
    names: recordSection('name', names.entries, ({ name, ports }) => {
      const { offset, length } = find(name);
      const { first, count } = ranges.add(ports);
      return { nameOffset: offset, nameLength: length, portsFirst: first, portsCount: count };
    }),
    portRanges: recordSection('portRange', ranges.items, ({ low, high, services: list }) => {
      const { first, count } = services.add(list);
      return { low, high, servicesFirst: first, servicesCount: count };
    }),
    destinationServices: wordSection(services.items),
  };
}
