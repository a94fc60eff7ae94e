// SPDX-License-Identifier: Apache-2.0
// Reads the tables of a bundle back into words. It decodes and does not verify: that is the core's part (core.ts).

import {
  ACTION,
  type BundleRecord,
  FACTS,
  type FactName,
  MODE,
  NONE,
  RULE_KIND,
  SERVICE_FLAGS,
} from './generated.ts';
import { readEndpoints } from './reader-endpoints.ts';
import { readSections, type SectionReader } from './reader-sections.ts';
import { compareText } from './text.ts';
import type { BundleView, IdentityView, RuleView, SelectorView, TermView } from './view.ts';

/**
 * A verified bundle in words.
 *
 * @throws RangeError when the bytes are not a well-formed bundle. Call `openBundle` first: it says what is wrong with them.
 */
export function readBundle(bytes: Uint8Array): BundleView {
  const reader = readSections(bytes);
  const header = reader.header();
  const grants = new Set(reader.words('grants'));
  const rules = reader.records('rules', 'rule').map((record, id) => readRule(record, id, grants));
  const selectors = readSelectors(reader);
  const serviceSets = reader.words('serviceSets');
  const endpoints = readEndpoints(reader);

  const sets: number[][] = Array.from({ length: header.setCount }, () => []);
  const services = reader.records('services', 'service').map((record, number) => {
    const own = serviceSets.slice(record.setsFirst, record.setsFirst + record.setsCount);
    for (const set of own) sets[set]?.push(number);
    return {
      name: reader.text(record.nameOffset, record.nameLength),
      external: (record.flags & SERVICE_FLAGS.external) !== 0,
      tls: (record.flags & SERVICE_FLAGS.tls) !== 0,
      endpoints: endpoints[number] ?? [],
      sets: own,
    };
  });
  const identities = reader.records('identities', 'identity').map((record, number): IdentityView => {
    return {
      workloadId: reader.text(record.workloadIdOffset, record.workloadIdLength),
      mode: nameOf(MODE, record.mode),
      selectors: selectors.get(number) ?? [],
      rules: rules.slice(record.rulesFirst, record.rulesFirst + record.rulesCount),
    };
  });
  return {
    size: bytes.length,
    trustDomain: reader.text(header.trustDomainOffset, header.trustDomainLength),
    identities,
    services,
    rules,
    sets,
  };
}

function readRule(record: BundleRecord<'rule'>, id: number, grants: ReadonlySet<number>): RuleView {
  const kind = nameOf(RULE_KIND, record.kind);
  return {
    id,
    kind,
    action: nameOf(ACTION, record.action),
    ...(record.identity === NONE ? {} : { identity: record.identity }),
    ...(record.set === NONE ? {} : { set: record.set }),
    used: kind !== 'egress' || grants.has(id),
  };
}

/** The selectors of each identity. */
function readSelectors(reader: SectionReader): ReadonlyMap<number, readonly SelectorView[]> {
  const terms = readTerms(reader);
  const lists = reader.words('selectorTerms');
  const byIdentity = new Map<number, SelectorView[]>();
  reader.records('selectors', 'selector').forEach(({ identity, termsFirst, termsCount }, number) => {
    const own = lists.slice(termsFirst, termsFirst + termsCount).flatMap((term) => terms[term] ?? []);
    const selector = { number, terms: own };
    const list = byIdentity.get(identity);
    if (list === undefined) byIdentity.set(identity, [selector]);
    else list.push(selector);
  });
  return byIdentity;
}

/** The fact and the values of each term: the tables know which terms a value makes true, not the other way round. */
function readTerms(reader: SectionReader): readonly TermView[] {
  const lists = reader.words('valueTerms');
  const terms = new Map<number, { fact: FactName; values: (number | string)[] }>();
  for (const record of reader.records('values', 'value')) {
    const fact = factOf(record.fact);
    const isNumber = FACTS[fact].match === 'number';
    const value = isNumber ? record.data : reader.text(record.data, record.length);
    for (const term of lists.slice(record.termsFirst, record.termsFirst + record.termsCount)) {
      const entry = terms.get(term);
      if (entry === undefined) terms.set(term, { fact, values: [value] });
      else entry.values.push(value);
    }
  }
  return reader.records('terms', 'term').map((_, number) => {
    const term = terms.get(number);
    if (term === undefined) throw new RangeError(`term ${number} has no value`);
    term.values.sort(compareValues);
    return term;
  });
}

function compareValues(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));
}

function factOf(number: number): FactName {
  for (const name of factNames()) if (FACTS[name].number === number) return name;
  throw new RangeError(`there is no fact ${number}`);
}

function factNames(): readonly FactName[] {
  return Object.keys(FACTS).filter((name): name is FactName => Object.hasOwn(FACTS, name));
}

/** The name of a number in one of the generated tables. */
function nameOf<T extends Readonly<Record<string, number>>>(table: T, number: number): keyof T & string {
  for (const name in table) if (table[name] === number) return name;
  throw new RangeError(`${number} has no name`);
}
