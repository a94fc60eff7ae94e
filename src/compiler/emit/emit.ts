// SPDX-License-Identifier: Apache-2.0

import { formatAddress } from '../../bundle/address.ts';
import { recordSize, writeRecord } from '../../bundle/codec.ts';
import { BUNDLE_MAGIC, BUNDLE_VERSION, LIMITS, type RecordName, SECTIONS } from '../../bundle/generated.ts';
import { textLength } from '../../bundle/text.ts';
import { memoFlatMap, memoLast, memoMap } from '../incremental.ts';
import type {
  TableHost,
  TableIdentity,
  TableName,
  Tables,
  TableService,
  TableValue,
} from '../lower/types.ts';
import { credentialSections } from './credentials.ts';
import { destinationSections } from './destinations.ts';
import { layOutHash } from './hash-table.ts';
import { identitySection, optionSections, ruleSections, serviceSections } from './rules.ts';
import { type PlacedValue, selectorSections, valueSections } from './selectors.ts';
import { createStringTable, NO_STRINGS, type StringReference, type Strings } from './strings.ts';
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
  return createEmitter()(tables);
}

/** `emitBundle` for one bundle after the other: sections of tables that are the same as in the last one are not written anew. */
export function createEmitter(): (tables: Tables) => Uint8Array | EmitRefusal {
  const layOutValues = memoLast((values: readonly PlacedValue[]) =>
    layOutHash(values, writeValueKey, KEY.value),
  );
  const layOutGrants = memoLast((grants: Tables['grants'], rules: Tables['rules']) =>
    layOutHash(grants, grantKeyWriter(rules), KEY.grant),
  );
  const layOutHosts4 = memoLast((hosts: Tables['hosts4']) => layOutHash(hosts, writeHostKey, KEY.exact4));
  const layOutHosts6 = memoLast((hosts: Tables['hosts6']) => layOutHash(hosts, writeHostKey, KEY.exact6));
  const layOutNames = memoLast((names: Tables['names']) => layOutHash(names, writeNameKey, KEY.name));
  const idsOf = memoMap(({ workloadId }: TableIdentity) => workloadId);
  const namesOf = memoMap(({ name }: TableService) => name);
  const textsOfValues = memoFlatMap(({ data }: TableValue) => (typeof data === 'string' ? [data] : []));
  const internStrings = createStringTable();
  const lengthsOf = memoMap((texts: readonly string[]) => sum(texts, ({ length }) => length));
  const ofValues = memoLast(valueSections);
  const ofSelectors = memoLast(selectorSections);
  const ofIdentities = memoLast(identitySection);
  const ofRules = memoLast(ruleSections);
  const ofServices = memoLast(serviceSections);
  const ofDestinations = memoLast(destinationSections);
  let strings: Strings = NO_STRINGS;
  const find = (text: string): StringReference => strings.find(text);
  const referencesToIds = memoLast((ids: readonly string[]) => ids.map(find));
  const referencesToNames = memoLast((names: readonly string[]) => names.map(find));
  const placeValues = memoMap(
    ({ fact, data, terms }: TableValue): PlacedValue => ({
      fact,
      data,
      terms,
      text: typeof data === 'string' ? find(data) : undefined,
    }),
  );
  return (tables) => {
    const ids = idsOf(tables.identities);
    const serviceNames = namesOf(tables.services);
    const texts = [ids, serviceNames, textsOfValues(tables.values), ...otherTexts(tables)];
    // As long as there are few bytes of texts, it need not be known how many.
    const most = 3 * sum(lengthsOf(texts), (length) => length);
    const size = most <= LIMITS.referencedBytes ? most : sum(texts, (list) => sum(list, textLength));
    if (size > LIMITS.referencedBytes) return { kind: 'texts', size };
    strings = internStrings(texts);
    const values = layOutValues(placeValues(tables.values));
    const grants = layOutGrants(tables.grants, tables.rules);
    const exact4 = layOutHosts4(tables.hosts4);
    const exact6 = layOutHosts6(tables.hosts6);
    const names = layOutNames(tables.names);
    if (isCollision(values)) return collided(values, ({ data }) => String(data));
    if (isCollision(grants)) return collided(grants, (rule) => `rule ${rule}`);
    if (isCollision(exact4)) return collided(exact4, hostText);
    if (isCollision(exact6)) return collided(exact6, hostText);
    if (isCollision(names)) return collided(names, ({ name }) => name);

    const sections: Sections = {
      strings: strings.bytes,
      ...ofValues(values, strings),
      ...ofSelectors(
        tables.prefixLengths,
        tables.terms,
        tables.selectors,
        tables.preconditions,
        tables.preconditionOf,
      ),
      ...ofIdentities(tables.identities, referencesToIds(ids), strings),
      ...ofRules(tables.rules, grants),
      ...ofServices(tables.services, referencesToNames(serviceNames), strings),
      // Without names there is nothing in it that depends on strings.
      ...ofDestinations(
        exact4,
        exact6,
        tables.trie4,
        tables.trie6,
        names,
        tables.names.length > 0 ? strings : NO_STRINGS,
      ),
      ...optionSections(tables, strings.find),
      ...credentialSections(tables, strings.find),
    };
    return assemble(tables, sections, strings.find(tables.trustDomain));
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
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

function grantKeyWriter(rules: Tables['rules']): (scratch: DataView, rule: number) => number {
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

/** The texts of what there is little of; those of one kind are one list. */
function otherTexts(tables: Tables): readonly (readonly string[])[] {
  const { trustDomain, conditions, svids } = tables;
  const named = (list: readonly { readonly name: string }[]): readonly string[] =>
    list.map(({ name }) => name);
  return [
    [trustDomain],
    conditions.flatMap((program) =>
      program.flatMap(({ data }) => (typeof data === 'string' && data !== '' ? [data] : [])),
    ),
    svids.flatMap(({ dnsNames, audiences }) => [...dnsNames, ...audiences]),
    ...[tables.names, tables.sources, tables.bindings].map(named),
  ];
}

/** Header, section table and sections, each at its offset. */
function assemble(
  tables: Tables,
  sections: Sections,
  trustDomain: StringReference,
): Uint8Array | EmitRefusal {
  let size = recordSize('header') + SECTIONS.length * recordSize('section');
  const laidOut = SECTIONS.map(({ name, number, itemSize }) => {
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
    flags: tables.flags,
  });
  const entry: RecordName = 'section';
  laidOut.forEach(({ bytes, record }, i) => {
    writeRecord(view, recordSize('header') + i * recordSize(entry), entry, record);
    file.set(bytes, record.offset);
  });
  return file;
}
