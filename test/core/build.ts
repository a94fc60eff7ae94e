// SPDX-License-Identifier: Apache-2.0
// A policy to the parts of a bundle, after docs/bundle-format.md and on purpose not with the code of the compiler:
// two writers that agree with one reader are a test of the page.

import { ACTION, FACTS, NONE, RULE_KIND, SECTIONS, SERVICE_FLAGS } from '../../src/bundle/generated.ts';
import { newHeader, type Parts, type Sections } from './parts.ts';
import { type Endpoint, firstRule, orderSelectors, type Policy, type Term } from './policy.ts';
import { buildTrie, splitPorts, type TrieNode } from './trie.ts';

const encoder = new TextEncoder();

/** The bundle of a policy. */
export function buildParts(policy: Policy): Parts {
  const sections = Object.fromEntries(SECTIONS.map(({ name }) => [name, []])) as unknown as Sections;
  const strings = internStrings(policy, sections);
  const header = newHeader();
  [header.trustDomainOffset, header.trustDomainLength] = strings(policy.trustDomain);
  addWho(policy, sections, strings);
  header.setCount = addRules(policy, sections, strings);
  addDestinations(policy, sections);
  return { header, sections };
}

type Strings = (text: string) => [offset: number, length: number];

function internStrings(policy: Policy, sections: Sections): Strings {
  const texts = new Set([policy.trustDomain]);
  for (const { workloadId, selectors } of policy.identities) {
    texts.add(workloadId);
    for (const { values } of selectors.flat())
      for (const value of values) if (typeof value === 'string') texts.add(value);
  }
  for (const { name } of policy.services) texts.add(name);
  const offsets = new Map<string, number>();
  const encoded = [...texts].map((text) => ({ text, bytes: encoder.encode(text) }));
  for (const { text, bytes } of encoded.toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))) {
    offsets.set(text, sections.strings.length);
    sections.strings.push(...bytes, 0);
  }
  return (text) => [offsets.get(text) ?? NONE, encoder.encode(text).length];
}

/** Adds a list to a section of numbers: where it starts, and how long it is. */
function slice(list: number[], items: readonly number[]): [first: number, count: number] {
  const first = items.length === 0 ? 0 : list.length;
  list.push(...items);
  return [first, items.length];
}

function addWho(policy: Policy, sections: Sections, strings: Strings): void {
  const selectors = orderSelectors(policy);
  const numbers = new Map<string, { number: number; term: Term }>();
  const numberOf = (term: Term): number => {
    const key = JSON.stringify([term.fact, term.values]);
    const known = numbers.get(key) ?? { number: numbers.size, term };
    numbers.set(key, known);
    return known.number;
  };
  const termsOf = selectors.map(({ terms }) => [...new Set(terms.map(numberOf))].sort((a, b) => a - b));
  const uses = (term: number): number => termsOf.filter((terms) => terms.includes(term)).length;
  selectors.forEach(({ identity }, i) => {
    const [termsFirst, termsCount] = slice(sections.selectorTerms, termsOf[i] ?? []);
    sections.selectors.push({ identity, termsFirst, termsCount });
  });
  const rarest = termsOf.map((terms) => terms.toSorted((a, b) => uses(a) - uses(b) || a - b)[0]);
  for (const { number } of numbers.values()) {
    const listed = selectors.flatMap((_, i) => (rarest[i] === number ? [i] : []));
    const [selectorsFirst, selectorsCount] = slice(sections.postings, listed);
    sections.terms.push({ selectorsFirst, selectorsCount });
  }
  addValues([...numbers.values()], sections, strings);
}

function addValues(
  terms: readonly { number: number; term: Term }[],
  sections: Sections,
  strings: Strings,
): void {
  const values = new Map<string, { fact: number; value: number | string; terms: number[] }>();
  for (const { number, term } of terms) {
    const fact = FACTS[term.fact].number;
    for (const value of term.values) {
      const entry = values.get(`${fact}=${value}`) ?? { fact, value, terms: [] };
      entry.terms.push(number);
      values.set(`${fact}=${value}`, entry);
      if (FACTS[term.fact].match === 'prefix') {
        const length = encoder.encode(String(value)).length;
        if (!sections.prefixLengths.includes(length)) sections.prefixLengths.push(length);
      }
    }
  }
  sections.prefixLengths.sort((a, b) => a - b);
  const table = hashTable([...values.values()], ({ fact, value }) =>
    typeof value === 'number' ? [...u16(fact), ...u32(value)] : [...u16(fact), ...encoder.encode(value)],
  );
  sections.valueBuckets = table.buckets;
  for (const { fact, value, terms: makes } of table.entries) {
    const [data, length] = typeof value === 'number' ? [value, 0] : strings(value);
    const [termsFirst, termsCount] = slice(
      sections.valueTerms,
      makes.toSorted((a, b) => a - b),
    );
    sections.values.push({ fact, reserved: 0, data, length, termsFirst, termsCount });
  }
}

/** Identities, rules, grants, services; gives the number of sets. */
function addRules(policy: Policy, sections: Sections, strings: Strings): number {
  const sets = new Map<string, number>();
  const setOf = (services: readonly number[]): number => {
    const number = sets.get(services.join()) ?? sets.size;
    sets.set(services.join(), number);
    return number;
  };
  const posture = { identity: NONE, set: NONE };
  sections.rules.push(
    { ...posture, kind: RULE_KIND.egressPosture, action: ACTION[policy.egress] },
    { ...posture, kind: RULE_KIND.ingressPosture, action: ACTION[policy.ingress] },
  );
  const grants = new Map<string, { identity: number; set: number; rule: number }>();
  policy.identities.forEach(({ workloadId, fallback, rules }, identity) => {
    const [workloadIdOffset, workloadIdLength] = strings(workloadId);
    const rulesFirst = firstRule(policy, identity);
    const rulesCount = rules.length + 1;
    sections.identities.push({ workloadIdOffset, workloadIdLength, rulesFirst, rulesCount, mode: 0 });
    sections.rules.push({ identity, set: NONE, kind: RULE_KIND.identityDefault, action: ACTION[fallback] });
    for (const { action, services } of rules) {
      const set = setOf(services);
      const key = `${identity} ${set}`;
      if (!grants.has(key)) grants.set(key, { identity, set, rule: sections.rules.length });
      sections.rules.push({ identity, set, kind: RULE_KIND.egress, action: ACTION[action] });
    }
  });
  const table = hashTable([...grants.values()], ({ identity, set }) => [...u32(identity), ...u32(set)]);
  sections.grantBuckets = table.buckets;
  sections.grants = table.entries.map(({ rule }) => rule);
  policy.services.forEach(({ name }, service) => {
    const [nameOffset, nameLength] = strings(name);
    const within = [...sets].flatMap(([key, set]) =>
      key.split(',').map(Number).includes(service) ? [set] : [],
    );
    const [setsFirst, setsCount] = slice(
      sections.serviceSets,
      within.toSorted((a, b) => a - b),
    );
    sections.services.push({ nameOffset, nameLength, flags: SERVICE_FLAGS.tls, setsFirst, setsCount });
  });
  return sets.size;
}

interface Place extends Endpoint {
  readonly service: number;
}

function addDestinations(policy: Policy, sections: Sections): void {
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
}

const isAnyPort = ({ low, high }: Endpoint): boolean => low === 0 && high === 65535;
const isExact = (e: Endpoint): boolean =>
  e.prefixLength === e.address.length * 8 && (isAnyPort(e) || (e.low === e.high && e.low !== 0));

function exactTable(places: readonly Place[], sections: Sections) {
  const byKey = new Map<string, { address: Uint8Array; port: number; services: Set<number> }>();
  for (const place of places.filter(isExact)) {
    const port = isAnyPort(place) ? 0 : place.low;
    const key = `${place.address.join()} ${port}`;
    const entry = byKey.get(key) ?? { address: place.address, port, services: new Set<number>() };
    entry.services.add(place.service);
    byKey.set(key, entry);
  }
  const { buckets, entries } = hashTable([...byKey.values()], ({ address, port }) => [
    ...address,
    ...u16(port),
  ]);
  return {
    buckets,
    entries: entries.map(({ address, port, services }) => {
      const list = [...services].sort((a, b) => a - b);
      const [servicesFirst, servicesCount] = slice(sections.destinationServices, list);
      return { address, port, reserved: 0, servicesFirst, servicesCount };
    }),
  };
}

function trieSection(places: readonly Place[], sections: Sections) {
  return buildTrie(places.filter((place) => !isExact(place))).map((node: TrieNode<Place>) => {
    const ranges = splitPorts(node.items);
    const portsFirst = ranges.length === 0 ? 0 : sections.portRanges.length;
    for (const { low, high, services } of ranges) {
      const [servicesFirst, servicesCount] = slice(sections.destinationServices, services);
      sections.portRanges.push({ low, high, servicesFirst, servicesCount });
    }
    const { address, prefixLength, left, right } = node;
    return { address, prefixLength, left, right, portsFirst, portsCount: ranges.length };
  });
}

/** Entries by bucket; the fewest buckets, a power of two, that are half as many as the entries or more and not too full. */
export function hashTable<T>(
  entries: readonly T[],
  key: (entry: T) => readonly number[],
): { buckets: number[]; entries: T[] } {
  if (entries.length === 0) return { buckets: [0], entries: [] };
  for (let n = 1; ; n *= 2) {
    const buckets = Array.from({ length: n }, (): T[] => []);
    for (const entry of entries) buckets[hash(key(entry)) & (n - 1)]?.push(entry);
    if (n * 2 < entries.length || buckets.some((bucket) => bucket.length > 32)) continue;
    let end = 0;
    return { buckets: [0, ...buckets.map((bucket) => (end += bucket.length))], entries: buckets.flat() };
  }
}

/** FNV-1a, then MurmurHash3's finaliser. */
export function hash(bytes: readonly number[]): number {
  let h = 2166136261;
  for (const byte of bytes) h = Math.imul(h ^ byte, 16777619);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The bytes of a number, little-endian. */
export function u16(n: number): number[] {
  return [n & 0xff, (n >>> 8) & 0xff];
}

/** The bytes of a number, little-endian. */
export function u32(n: number): number[] {
  return [...u16(n), ...u16(n >>> 16)];
}
