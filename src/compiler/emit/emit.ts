// SPDX-License-Identifier: Apache-2.0

import { formatAddress } from '../../bundle/address.ts';
import { recordSize, writeRecord } from '../../bundle/codec.ts';
import { BUNDLE_MAGIC, BUNDLE_VERSION, LIMITS, type RecordName, SECTIONS } from '../../bundle/generated.ts';
import type { TableHost, TableName, Tables, TableValue } from '../lower/types.ts';
import { credentialSections } from './credentials.ts';
import { destinationSections } from './destinations.ts';
import { layOutHash } from './hash-table.ts';
import { optionSections, ruleSections } from './rules.ts';
import { internStrings, type StringReference } from './sections.ts';
import { selectorSections } from './selectors.ts';
import type { Collision, EmitRefusal, HashLayout, Sections } from './types.ts';

/** Longest keys, in bytes (docs/bundle-format.md, "Hashing"). */
const KEY = {
  value: 2 + LIMITS.stringLength,
  grant: 8,
  exact4: 4 + 2,
  exact6: 16 + 2,
  name: LIMITS.hostNameLength,
} as const;
/** Every section starts at a multiple of this. */
const ALIGNMENT = 8;

/** The bytes of a bundle, or why there are none: it would be too large, or a hash table cannot be balanced. */
export function emitBundle(tables: Tables): Uint8Array | EmitRefusal {
  const values = layOutHash(tables.values, writeValueKey, KEY.value);
  const grants = layOutHash(tables.grants, grantKeyWriter(tables), KEY.grant);
  const exact4 = layOutHash(tables.hosts4, writeHostKey, KEY.exact4);
  const exact6 = layOutHash(tables.hosts6, writeHostKey, KEY.exact6);
  const names = layOutHash(tables.names, writeNameKey, KEY.name);
  if (isCollision(values)) return collided(values, ({ data }) => String(data));
  if (isCollision(grants)) return collided(grants, (rule) => `rule ${rule}`);
  if (isCollision(exact4)) return collided(exact4, hostText);
  if (isCollision(exact6)) return collided(exact6, hostText);
  if (isCollision(names)) return collided(names, ({ name }) => name);

  const strings = internStrings(allTexts(tables));
  const sections: Sections = {
    strings: strings.bytes,
    ...selectorSections(tables, values, strings.find),
    ...ruleSections(tables, grants, strings.find),
    ...destinationSections(tables, { exact4, exact6, names }, strings.find),
    ...optionSections(tables, strings.find),
    ...credentialSections(tables, strings.find),
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

function writeNameKey(scratch: DataView, { name }: TableName): number {
  return Buffer.from(scratch.buffer).write(name, 'utf8');
}

function* allTexts(tables: Tables): Iterable<string> {
  yield tables.trustDomain;
  for (const identity of tables.identities) yield identity.workloadId;
  for (const service of tables.services) yield service.name;
  for (const { data } of tables.values) if (typeof data === 'string') yield data;
  for (const { name } of tables.names) yield name;
  for (const program of tables.conditions) {
    for (const { data } of program) if (typeof data === 'string' && data !== '') yield data;
  }
  for (const { dnsNames, audiences } of tables.svids) {
    yield* dnsNames;
    yield* audiences;
  }
  for (const { name } of tables.sources) yield name;
  for (const { name } of tables.bindings) yield name;
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
    features: tables.features,
  });
  const entry: RecordName = 'section';
  places.forEach(({ bytes, record }, i) => {
    writeRecord(view, recordSize('header') + i * recordSize(entry), entry, record);
    file.set(bytes, record.offset);
  });
  return file;
}
