// SPDX-License-Identifier: Apache-2.0

import { formatAddress } from '../../bundle/address.ts';
import { recordSize, writeRecord } from '../../bundle/codec.ts';
import {
  BUNDLE_MAGIC,
  BUNDLE_VERSION,
  LIMITS,
  type RecordName,
  SECTIONS,
  type SectionName,
} from '../../bundle/generated.ts';
import type { TableHost, TableNode, TablePorts, Tables, TableValue } from '../lower/types.ts';
import { layOutHash } from './hash-table.ts';
import { internStrings, listSection, recordSection, type StringReference, wordSection } from './sections.ts';
import type { Collision, EmitRefusal, HashLayout } from './types.ts';

/** Longest keys, in bytes (docs/bundle-format.md, "Hashing"). */
const KEY = { value: 2 + LIMITS.stringLength, grant: 8, exact4: 4 + 2, exact6: 16 + 2 } as const;
/** Every section starts at a multiple of this. */
const ALIGNMENT = 8;

type Sections = Readonly<Record<SectionName, Uint8Array>>;

/** The bytes of a bundle, or why there are none: it would be too large, or a hash table cannot be balanced. */
export function emitBundle(tables: Tables): Uint8Array | EmitRefusal {
  const values = layOutHash(tables.values, writeValueKey, KEY.value);
  const grants = layOutHash(tables.grants, grantKeyWriter(tables), KEY.grant);
  const exact4 = layOutHash(tables.hosts4, writeHostKey, KEY.exact4);
  const exact6 = layOutHash(tables.hosts6, writeHostKey, KEY.exact6);
  if (isCollision(values)) return collided(values, ({ data }) => String(data));
  if (isCollision(grants)) return collided(grants, (rule) => `rule ${rule}`);
  if (isCollision(exact4)) return collided(exact4, hostText);
  if (isCollision(exact6)) return collided(exact6, hostText);

  const strings = internStrings(allTexts(tables));
  const sections: Sections = {
    strings: strings.bytes,
    ...whoSections(tables, values, strings.find),
    ...ruleSections(tables, grants, strings.find),
    ...destinationSections(tables, exact4, exact6),
  };
  return assemble(tables, sections, strings.find(tables.trustDomain));
}

function isCollision<T>(layout: HashLayout<T> | Collision<T>): layout is Collision<T> {
  return 'collision' in layout;
}

function collided<T>({ collision }: Collision<T>, text: (item: T) => string): EmitRefusal {
  return { kind: 'collision', keys: collision.map(text) };
}

function hostText({ address, port }: TableHost): string {
  return port === 0 ? formatAddress(address) : `${formatAddress(address)} port ${port}`;
}

function writeValueKey(scratch: DataView, { fact, data }: TableValue): number {
  scratch.setUint16(0, fact, true);
  if (typeof data === 'number') {
    scratch.setUint32(2, data, true);
    return 6;
  }
  return 2 + Buffer.from(scratch.buffer).write(data, 2, 'utf8');
}

function grantKeyWriter({ rules }: Tables): (scratch: DataView, rule: number) => number {
  return (scratch, rule) => {
    scratch.setUint32(0, rules[rule]?.identity ?? 0, true);
    scratch.setUint32(4, rules[rule]?.set ?? 0, true);
    return KEY.grant;
  };
}

function writeHostKey(scratch: DataView, { address, port }: TableHost): number {
  for (const [i, byte] of address.entries()) scratch.setUint8(i, byte);
  scratch.setUint16(address.length, port, true);
  return address.length + 2;
}

function* allTexts(tables: Tables): Iterable<string> {
  yield tables.trustDomain;
  for (const identity of tables.identities) yield identity.workloadId;
  for (const service of tables.services) yield service.name;
  for (const { data } of tables.values) if (typeof data === 'string') yield data;
}

type WhoSection =
  | 'prefixLengths'
  | 'valueBuckets'
  | 'values'
  | 'valueTerms'
  | 'terms'
  | 'postings'
  | 'selectors'
  | 'selectorTerms';

function whoSections(
  tables: Tables,
  values: HashLayout<TableValue>,
  find: (text: string) => StringReference,
): Pick<Sections, WhoSection> {
  const valueTerms = listSection<number>();
  const postings = listSection<number>();
  const selectorTerms = listSection<number>();
  return {
    prefixLengths: wordSection(tables.prefixLengths),
    valueBuckets: wordSection(values.buckets),
    values: recordSection('value', values.entries, ({ fact, data, terms }) => {
      const { first, count } = valueTerms.add(terms);
      const text = typeof data === 'string' ? find(data) : { offset: data, length: 0 };
      return {
        fact,
        reserved: 0,
        data: text.offset,
        length: text.length,
        termsFirst: first,
        termsCount: count,
      };
    }),
    valueTerms: wordSection(valueTerms.items),
    terms: recordSection('term', tables.terms, ({ selectors }) => {
      const { first, count } = postings.add(selectors);
      return { selectorsFirst: first, selectorsCount: count };
    }),
    postings: wordSection(postings.items),
    selectors: recordSection('selector', tables.selectors, ({ identity, terms }) => {
      const { first, count } = selectorTerms.add(terms);
      return { identity, termsFirst: first, termsCount: count };
    }),
    selectorTerms: wordSection(selectorTerms.items),
  };
}

type RuleSection = 'identities' | 'rules' | 'grantBuckets' | 'grants' | 'services' | 'serviceSets';

function ruleSections(
  tables: Tables,
  grants: HashLayout<number>,
  find: (text: string) => StringReference,
): Pick<Sections, RuleSection> {
  const serviceSets = listSection<number>();
  return {
    identities: recordSection(
      'identity',
      tables.identities,
      ({ workloadId, rulesFirst, rulesCount, mode }) => {
        const { offset, length } = find(workloadId);
        return { workloadIdOffset: offset, workloadIdLength: length, rulesFirst, rulesCount, mode };
      },
    ),
    rules: recordSection('rule', tables.rules, (rule) => rule),
    grantBuckets: wordSection(grants.buckets),
    grants: wordSection(grants.entries),
    services: recordSection('service', tables.services, ({ name, flags, sets }) => {
      const { offset, length } = find(name);
      const { first, count } = serviceSets.add(sets);
      return { nameOffset: offset, nameLength: length, flags, setsFirst: first, setsCount: count };
    }),
    serviceSets: wordSection(serviceSets.items),
  };
}

type DestinationSection = Exclude<SectionName, WhoSection | RuleSection | 'strings'>;

function destinationSections(
  tables: Tables,
  exact4: HashLayout<TableHost>,
  exact6: HashLayout<TableHost>,
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
    trie4: recordSection('node4', tables.trie4, node),
    trie6: recordSection('node6', tables.trie6, node),
    portRanges: recordSection('portRange', ranges.items, ({ low, high, services: list }) => {
      const { first, count } = services.add(list);
      return { low, high, servicesFirst: first, servicesCount: count };
    }),
    destinationServices: wordSection(services.items),
  };
}

/** Header, section table and sections, each at its place. */
function assemble(
  tables: Tables,
  sections: Sections,
  trustDomain: StringReference,
): Uint8Array | EmitRefusal {
  let size = recordSize('header') + SECTIONS.length * recordSize('section');
  const places = SECTIONS.map(({ name, number, itemSize }) => {
    const offset = Math.ceil(size / ALIGNMENT) * ALIGNMENT;
    const bytes = sections[name];
    size = offset + bytes.length;
    return { bytes, record: { id: number, recordSize: itemSize, offset, count: bytes.length / itemSize } };
  });
  if (size > LIMITS.bundleSize) return { kind: 'size', size };
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  writeRecord(view, 0, 'header', {
    magic: Buffer.from(BUNDLE_MAGIC, 'latin1'),
    version: BUNDLE_VERSION,
    headerSize: recordSize('header'),
    size,
    sectionCount: SECTIONS.length,
    trustDomainOffset: trustDomain.offset,
    trustDomainLength: trustDomain.length,
    setCount: tables.setCount,
    reserved: 0,
  });
  const entry: RecordName = 'section';
  places.forEach(({ bytes, record }, i) => {
    writeRecord(view, recordSize('header') + i * recordSize(entry), entry, record);
    file.set(bytes, record.offset);
  });
  return file;
}
