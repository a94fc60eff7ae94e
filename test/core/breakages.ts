// SPDX-License-Identifier: Apache-2.0
// Every rule of docs/bundle-format.md, and a bundle that breaks it: what is done to the sample, and what the verifier says.

import { LISTING_FLAGS, NONE, SECTIONS } from '../../src/bundle/generated.ts';
import { buildParts } from './build.ts';
import { hash, hashTable, u16 } from './build-tables.ts';
import { encodeParts, type Parts, tableEntry } from './parts.ts';
import { at, type Breakage, breaking, breakingBytes, must, put, set, text } from './break.ts';
import { FULL_BREAKAGES } from './breakages-full.ts';
import { SAMPLE } from './samples.ts';

const part = breaking(SAMPLE);
const raw = breakingBytes(SAMPLE);

const sample = buildParts(SAMPLE).sections;
const number = sample.values.findIndex(({ length }) => length === 0);
const prefix = sample.values.findIndex(({ fact }) => fact === 5);
const name = sample.values.findIndex(({ fact }) => fact === 1);
const strings = Buffer.from(sample.strings).toString('latin1');
const last = sample.strings.length - 1;
/** A bucket with two entries: the first of them. */
function pair(buckets: readonly number[]): number {
  return must(buckets.find((start, i) => must(buckets[i + 1]) - start >= 2));
}

const file: readonly Breakage[] = [
  at(['header', undefined, 'the file is shorter than a header'], new Uint8Array(35)),
  raw(['header', undefined, 'the file is not a bundle'], (v) => v.setUint8(0, 0)),
  {
    ...part(['header', undefined, 'the format version is not known'], (p) => (p.header.version = 1)),
    kind: 'version' as const,
  },
  part(['header', undefined, 'the file is not as long as its header says'], (p) => (p.header.size = 8)),
  part(['header', undefined, 'the header has an unknown size'], (p) => (p.header.headerSize = 28)),
  part(['header', undefined, 'the number of sections is not known'], (p) => (p.header.sectionCount = 22)),
  at(['header', undefined, 'the file ends within the section table'], cut(40)),
  part(
    ['header', undefined, 'the features are not those that the tables need'],
    (p) => (p.header.features = 1),
  ),
  raw(['values', undefined, 'the section has another number'], (v) => v.setUint16(tableEntry(4), 5, true)),
  raw(['values', undefined, 'the section has records of another size'], (v) =>
    v.setUint16(tableEntry(4) + 2, 4, true),
  ),
  raw(['values', undefined, 'the section is not where it should be'], (v) =>
    v.setUint32(tableEntry(4) + 4, 8, true),
  ),
  raw(['values', undefined, 'the section ends after the file'], (v) =>
    v.setUint32(tableEntry(4) + 8, NONE, true),
  ),
  raw(['prefixLengths', undefined, 'the bytes before the section are not zero'], (v) =>
    v.setUint8(tableEntry(SECTIONS.length + 1) + sample.strings.length, 1),
  ),
  part(['header', undefined, 'a flag is not known'], (p) => (p.header.flags = 8)),
  at(['header', undefined, 'bytes follow the last section'], longer()),
  part(['strings', last, 'the last string does not end'], put('strings', last, 0x78)),
  part(['strings', 0, 'a string is empty'], text(`\0${strings}`)),
  part(['strings', 2, 'strings are not ascending'], text(`\u007f\0${strings}`)),
  part(['header', undefined, 'a string is empty'], (p) => (p.header.trustDomainLength = 0)),
  part(
    ['header', undefined, 'a string lies outside strings'],
    (p) => (p.header.trustDomainOffset = last + 1),
  ),
  part(['header', undefined, 'a string lies outside strings'], (p) => (p.header.trustDomainLength = 4095)),
  part(
    ['header', undefined, 'a string is longer than its limit'],
    (p) => (p.header.trustDomainLength = 4096),
  ),
  part(['header', undefined, 'a string starts inside another'], (p) => p.header.trustDomainOffset++),
  part(['header', undefined, 'a string ends before its length'], (p) => (p.header.trustDomainLength += 4)),
  part(['header', undefined, 'a string goes on after its length'], (p) => p.header.trustDomainLength--),
];

function cut(length: number): Uint8Array {
  const bytes = encodeParts(buildParts(SAMPLE)).slice(0, length);
  new DataView(bytes.buffer).setUint32(8, length, true);
  return bytes;
}

function longer(): Uint8Array {
  const bytes = new Uint8Array([...encodeParts(buildParts(SAMPLE)), 0, 0, 0, 0]);
  new DataView(bytes.buffer).setUint32(8, bytes.length, true);
  return bytes;
}

const notUtf8: readonly Breakage[] = [
  '\x80',
  '\xbf',
  '\xc0\x80',
  '\xc1\xbf',
  '\xc2',
  '\xc2\x7f',
  '\xc2\xc0',
  '\xe0\x9f\xbf',
  '\xe0\xa0',
  '\xe1\x80',
  '\xe1\x80\x7f',
  '\xed\xa0\x80',
  '\xed\xbf\xbf',
  '\xf0\x8f\xbf\xbf',
  '\xf0\x90\x80',
  '\xf1\x80\x80\xc0',
  '\xf4\x90\x80\x80',
  '\xf5\x80\x80\x80',
  '\xff',
].map((bytes) => part(['strings', 1, 'a string is not UTF-8'], text(`!${bytes}\0${strings}`)));

const rules: readonly Breakage[] = [
  part(['rules', undefined, 'the postures are not there'], (p) => (p.sections.rules.length = 1)),
  part(['rules', 0, 'a rule of this kind does not belong there'], set('rules', 0, { kind: 1 })),
  part(['rules', 1, 'a rule of this kind does not belong there'], set('rules', 1, { kind: 0 })),
  part(['rules', 2, 'a rule of this kind does not belong there'], set('rules', 2, { kind: 3 })),
  part(['rules', 3, 'a rule of this kind does not belong there'], set('rules', 3, { kind: 2 })),
  part(['rules', 0, 'a rule names another identity'], set('rules', 0, { identity: 0 })),
  part(['rules', 6, 'a rule names another identity'], set('rules', 6, { identity: 0 })),
  part(['rules', 0, "a rule's set is out of range"], set('rules', 0, { set: 0 })),
  part(['rules', 3, "a rule's set is out of range"], set('rules', 3, { set: 3 })),
  part(['rules', 3, "a rule's set is out of range"], set('rules', 3, { set: NONE })),
  part(['rules', 2, "a rule's action is not known"], set('rules', 2, { action: 3 })),
  part(['rules', 8, 'an item is in no list'], (p) => p.sections.rules.push(must(p.sections.rules[7]))),
  part(['identities', 0, 'a string lies outside strings'], set('identities', 0, { workloadIdOffset: NONE })),
  part(['identities', 1, 'names are not ascending'], (p) => {
    const { workloadIdOffset, workloadIdLength } = must(p.sections.identities[0]);
    set('identities', 1, { workloadIdOffset, workloadIdLength })(p);
  }),
  part(['identities', 0, 'a mode is not known'], set('identities', 0, { mode: 3 })),
  part(['identities', 0, 'a list is too short'], set('identities', 0, { rulesCount: 0, rulesFirst: 0 })),
  part(
    ['identities', 0, 'a list does not start where the one before it ends'],
    set('identities', 0, { rulesFirst: 1 }),
  ),
  part(
    ['identities', 1, 'a list does not start where the one before it ends'],
    set('identities', 1, { rulesFirst: 2 }),
  ),
  part(['identities', 1, 'a list ends after its section'], set('identities', 1, { rulesCount: 3 })),
  part(['identities', 1, 'a list ends after its section'], set('identities', 1, { rulesCount: NONE })),
  part(['grants', 0, 'a number is out of range'], put('grants', 0, 8)),
  part(['grants', 0, 'a grant is not an egress rule'], put('grants', 0, 2)),
  part(['grants', pair(sample.grantBuckets) + 1, 'an entry is there twice'], (p) =>
    put('grants', pair(sample.grantBuckets) + 1, must(p.sections.grants[pair(sample.grantBuckets)]))(p),
  ),
  part(['rules', 3, 'an egress rule is not in grants'], (p) =>
    put('grants', p.sections.grants.indexOf(3), 5)(p),
  ),
  part(['rules', 3, 'an egress rule is not in grants'], (p) => {
    p.sections.grants = [];
    p.sections.grantBuckets = [0];
  }),
];

const selectors: readonly Breakage[] = [
  part(['selectors', 0, 'a number is out of range'], set('selectors', 0, { identity: 2 })),
  part(['terms', 0, 'a fact is not known'], set('terms', 0, { fact: 99 })),
  part(['terms', 0, 'a flag is not known'], set('terms', 0, { flags: 2 })),
  part(['values', 0, 'a term is of another fact'], (p) => {
    for (const term of p.sections.terms) term.fact = term.fact === 1 ? 2 : 1;
  }),
  part(
    ['selectors', 0, 'a precondition is missing, or is one too many'],
    set('selectors', 0, { precondition: 0 }),
  ),
  part(['selectors', 0, 'a list is too short'], set('selectors', 0, { termsCount: 0 })),
  part(['selectors', 0, 'a list is longer than its limit'], set('selectors', 0, { termsCount: 17 })),
  part(
    ['selectors', 1, 'a list does not start where the one before it ends'],
    set('selectors', 1, { termsFirst: 0 }),
  ),
  part(['selectorTerms', 0, 'a number is out of range'], put('selectorTerms', 0, sample.terms.length)),
  part(
    ['selectorTerms', 1, 'a list is not ascending'],
    put('selectorTerms', 1, must(sample.selectorTerms[0])),
  ),
  part(['selectorTerms', sample.selectorTerms.length, 'an item is in no list'], (p) =>
    p.sections.selectorTerms.push(0),
  ),
  part(['terms', 0, 'a list ends after its section'], set('terms', 0, { selectorsCount: 1024 })),
  part(['terms', 0, 'a list is longer than its limit'], set('terms', 0, { selectorsCount: 1025 })),
  part(
    ['terms', 1, 'a list does not start where the one before it ends'],
    set('terms', 1, { selectorsFirst: 1 }),
  ),
  part(['postings', 0, 'a number is out of range'], put('postings', 0, 4)),
  part(['postings', 0, 'a selector stands under a term that it has not'], put('postings', 0, 3)),
  part(['postings', 4, 'an item is in no list'], (p) => p.sections.postings.push(0)),
  part(['selectors', 3, 'a selector is not under exactly one of its terms'], (p) => {
    p.sections.postings.pop();
    set('terms', 6, { selectorsFirst: 0, selectorsCount: 0 })(p);
  }),
  part(['selectors', 0, 'a selector is not under exactly one of its terms'], (p) => {
    p.sections.postings = [0, 0, 1, 2, 3];
    p.sections.terms.forEach((term, i) => {
      if (i === 1) Object.assign(term, { selectorsFirst: 1, selectorsCount: 1 });
      else if (i > 1 && term.selectorsCount > 0) term.selectorsFirst++;
    });
  }),
];

const values: readonly Breakage[] = [
  part(['prefixLengths', 1, 'a list is not ascending'], put('prefixLengths', 1, 15)),
  part(['prefixLengths', 1, 'a number is out of range'], put('prefixLengths', 1, 4096)),
  part(['prefixLengths', 2, 'no prefix has this length'], (p) => p.sections.prefixLengths.push(23)),
  part(
    ['values', prefix, 'a prefix has a length that is not listed'],
    (p) => (p.sections.prefixLengths = [1]),
  ),
  part(
    ['valueBuckets', undefined, 'the number of buckets does not suit the table'],
    (p) => (p.sections.valueBuckets = []),
  ),
  part(
    ['valueBuckets', undefined, 'the number of buckets does not suit the table'],
    (p) => (p.sections.valueBuckets = [0]),
  ),
  part(
    ['exact4Buckets', undefined, 'the number of buckets does not suit the table'],
    (p) => (p.sections.exact4 = []),
  ),
  part(['valueBuckets', undefined, 'the number of buckets is not a power of two'], (p) =>
    p.sections.valueBuckets.push(9),
  ),
  part(['valueBuckets', 0, 'the first bucket does not start at 0'], put('valueBuckets', 0, 1)),
  part(['valueBuckets', 3, "a bucket's offset is out of range"], put('valueBuckets', 3, 1)),
  part(['valueBuckets', 3, "a bucket's offset is out of range"], put('valueBuckets', 3, NONE)),
  part(['valueBuckets', 8, 'the last bucket does not end with the table'], put('valueBuckets', 8, 8)),
  part(['values', number, 'a fact is not known'], set('values', number, { fact: 0 })),
  part(['values', number, 'a fact is not known'], set('values', number, { fact: 12 })),
  part(['values', number, 'a fact is not known'], set('values', number, { fact: 65535 })),
  part(['values', number, 'a reserved field is not zero'], set('values', number, { reserved: 1 })),
  part(['values', number, 'a number has a length'], set('values', number, { length: 1 })),
  part(['values', number, 'an entry is in the wrong bucket'], (p) => {
    const value = must(p.sections.values[number]);
    value.data = otherBucket(p.sections.valueBuckets.length - 1, value);
  }),
  part(['values', name, 'a string is longer than its limit'], set('values', name, { length: 16 })),
  part(['values', name, 'a string ends before its length'], set('values', name, { length: 15 })),
  part(['values', pair(sample.valueBuckets) + 1, 'an entry is there twice'], (p) => {
    const first = pair(sample.valueBuckets);
    const { fact, data, length } = must(p.sections.values[first]);
    set('values', first + 1, { fact, data, length })(p);
  }),
  part(['values', 0, 'a list is too short'], set('values', 0, { termsCount: 0 })),
  part(['values', 0, 'a list is longer than its limit'], set('values', 0, { termsCount: 1025 })),
  part(
    ['values', 1, 'a list does not start where the one before it ends'],
    set('values', 1, { termsFirst: 2 }),
  ),
  part(['valueTerms', 0, 'a number is out of range'], put('valueTerms', 0, sample.terms.length)),
  part(['valueTerms', sample.valueTerms.length, 'an item is in no list'], (p) =>
    p.sections.valueTerms.push(0),
  ),
];

/** A number that goes to another bucket than the one it replaces. */
function otherBucket(n: number, { fact, data }: { fact: number; data: number }): number {
  const bucket = (value: number): number => hash([...u16(fact), ...u16(value), 0, 0]) & (n - 1);
  for (let value = 0; ; value++) if (bucket(value) !== bucket(data)) return value;
}

const services: readonly Breakage[] = [
  part(['services', 0, 'a string lies outside strings'], set('services', 0, { nameOffset: NONE })),
  part(['services', 1, 'names are not ascending'], (p) => {
    const { nameOffset, nameLength } = must(p.sections.services[0]);
    set('services', 1, { nameOffset, nameLength })(p);
  }),
  part(['services', 0, 'a flag is not known'], set('services', 0, { flags: 4 })),
  part(['services', 0, 'a list is longer than its limit'], set('services', 0, { setsCount: 4097 })),
  part(
    ['services', 1, 'a list does not start where the one before it ends'],
    set('services', 1, { setsFirst: 0 }),
  ),
  part(['serviceSets', 0, 'a number is out of range'], put('serviceSets', 0, 3)),
  part(['serviceSets', 2, 'a list is not ascending'], put('serviceSets', 2, 1)),
  part(['serviceSets', sample.serviceSets.length, 'an item is in no list'], (p) =>
    p.sections.serviceSets.push(0),
  ),
  part(['exact4', 0, 'a reserved field is not zero'], set('exact4', 0, { reserved: 1 })),
  part(['exact4', 1, 'an entry is there twice'], (p) =>
    set('exact4', 1, { port: must(p.sections.exact4[0]).port })(p),
  ),
  part(['exact6', 1, 'an entry is there twice'], (p) =>
    set('exact6', 1, { port: must(p.sections.exact6[0]).port })(p),
  ),
  part(['exact4', 0, 'an entry is in the wrong bucket'], (p) => swapBuckets(p, 'exact4Buckets', 'exact4', 4)),
  part(['exact6', 0, 'an entry is in the wrong bucket'], (p) =>
    swapBuckets(p, 'exact6Buckets', 'exact6', 16),
  ),
  part(['exact4', 0, 'a list is too short'], set('exact4', 0, { servicesCount: 0 })),
  part(
    ['exact6', 0, 'a list does not start where the one before it ends'],
    set('exact6', 0, { servicesFirst: 0 }),
  ),
  part(['exact4', 0, 'a list is longer than its limit'], set('exact4', 0, { servicesCount: 257 })),
  part(['destinationServices', 0, 'a number is out of range'], put('destinationServices', 0, 3)),
  part(
    ['destinationServices', 0, 'a service is there by no protocol'],
    put('destinationServices', 0, LISTING_FLAGS.notTcp | LISTING_FLAGS.notUdp),
  ),
  part(['destinationServices', sample.destinationServices.length, 'an item is in no list'], (p) =>
    p.sections.destinationServices.push(0),
  ),
];

/** All entries into a bucket that is none of theirs. */
function swapBuckets(
  p: Parts,
  buckets: 'exact4Buckets' | 'exact6Buckets',
  table: 'exact4' | 'exact6',
  size: number,
): void {
  const { entries } = hashTable<Parts['sections']['exact4'][number]>(
    p.sections[table],
    ({ address, port }) => [...address, ...u16(port)],
  );
  const taken = new Set(
    entries.map(({ address, port }) => hash([...address.subarray(0, size), ...u16(port)]) & 3),
  );
  const free = must([0, 1, 2, 3].find((h) => !taken.has(h)));
  p.sections[buckets] = [0, 1, 2, 3, 4].map((h) => (h <= free ? 0 : entries.length));
}

const tries: readonly Breakage[] = [
  part(['trie4', 0, 'the root is not the empty prefix'], (p) => p.sections.trie4.shift()),
  part(['trie4', 0, 'the trie says nothing'], (p) => {
    p.sections.trie4.length = 1;
    set('trie4', 0, { left: NONE, right: NONE })(p);
  }),
  part(['trie4', 2, 'a prefix has bits beyond its length'], set('trie4', 2, { prefixLength: 15 })),
  part(['trie4', 2, 'a prefix has bits beyond its length'], set('trie4', 2, { prefixLength: 33 })),
  part(['trie6', 2, 'a prefix has bits beyond its length'], set('trie6', 2, { prefixLength: 129 })),
  part(['trie4', 3, 'nodes are not ascending'], (p) => {
    set('trie4', 0, { right: NONE })(p);
    set('trie4', 3, { address: Uint8Array.of(10, 8, 0, 0) })(p);
  }),
  part(
    ['trie4', 2, 'a node without ports does not branch'],
    set('trie4', 2, { portsFirst: 0, portsCount: 0 }),
  ),
  part(['trie4', 0, 'the left child is not the next node'], set('trie4', 0, { left: 2 })),
  part(['trie4', 3, 'the left child is not the next node'], set('trie4', 3, { left: 4 })),
  part(
    ['trie4', 1, 'the left child does not belong there'],
    set('trie4', 1, { address: Uint8Array.of(9, 0, 0, 0) }),
  ),
  part(['trie4', 2, 'the left child does not belong there'], set('trie4', 2, { left: 3 })),
  part(['trie4', 0, 'the right child is out of range'], set('trie4', 0, { right: 4 })),
  part(['trie4', 0, 'the right child is out of range'], set('trie4', 0, { right: 0 })),
  part(['trie4', 0, 'the right child does not belong there'], set('trie4', 0, { right: 2 })),
  part(['trie6', 0, 'the right child is not the first of its side'], set('trie6', 0, { right: 2 })),
  part(['trie4', undefined, 'a node is the child of none'], set('trie4', 1, { left: NONE })),
  part(
    ['trie4', 1, 'a list does not start where the one before it ends'],
    set('trie4', 1, { portsFirst: 1 }),
  ),
  part(['trie6', 2, 'a list ends after its section'], set('trie6', 2, { portsCount: 2 })),
  part(['portRanges', 1, 'a port range ends before it starts'], set('portRanges', 1, { high: 79 })),
  part(['portRanges', 2, 'port ranges are not ascending and disjoint'], set('portRanges', 2, { low: 84 })),
  part(['portRanges', 0, 'a list is too short'], set('portRanges', 0, { servicesCount: 0 })),
  part(['portRanges', sample.portRanges.length, 'an item is in no list'], (p) =>
    p.sections.portRanges.push(must(p.sections.portRanges[0])),
  ),
];

export const BREAKAGES: readonly Breakage[] = [
  ...file,
  ...notUtf8,
  ...rules,
  ...selectors,
  ...values,
  ...services,
  ...tries,
  ...FULL_BREAKAGES,
];
