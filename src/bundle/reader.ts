// SPDX-License-Identifier: Apache-2.0
// Reads the tables of a bundle back into words. It decodes and does not verify: that is the core's part (core.ts).

import {
  AGENT_LOSS,
  BUNDLE_FLAGS,
  FACTS,
  type FactName,
  FEATURE_FLAGS,
  IDENTITY_FLAGS,
  MODE,
  SERVICE_FLAGS,
  TLS_MODE,
} from './generated.ts';
import { readEndpoints, readNames } from './reader-endpoints.ts';
import { flagNames, nameOf, unlessNone } from './reader-numbers.ts';
import { readConditions, readCredentials, readRules, readSvids } from './reader-rules.ts';
import { readSections, type SectionReader } from './reader-sections.ts';
import { numberSets } from './reader-sets.ts';
import { compareText } from './text.ts';
import type { BundleView, FeatureName, IdentityView, SelectorView, TermView } from './view.ts';

/**
 * A verified bundle in words.
 *
 * @throws RangeError when the bytes are not a well-formed bundle. Call `openBundle` first: it says what is wrong with them.
 */
export function readBundle(bytes: Uint8Array): BundleView {
  const reader = readSections(bytes);
  const header = reader.header();
  const setNumbers = numberSets(reader, bytes.length);
  const rules = readRules(reader, setNumbers);
  const svids = readSvids(reader);
  const selectors = readSelectors(reader);
  const serviceSets = reader.words('serviceSets').map(setNumbers.of);
  const endpoints = readEndpoints(reader);
  const names = readNames(reader);

  const sets: number[][] = Array.from({ length: setNumbers.count }, () => []);
  const services = reader.records('services', 'service').map((record, number) => {
    const own = serviceSets.slice(record.setsFirst, record.setsFirst + record.setsCount);
    for (const set of own) sets[set]?.push(number);
    return {
      name: reader.text(record.nameOffset, record.nameLength),
      external: (record.flags & SERVICE_FLAGS.external) !== 0,
      tls: (record.flags & SERVICE_FLAGS.tls) !== 0,
      endpoints: endpoints[number] ?? [],
      names: names[number] ?? [],
      sets: own,
    };
  });
  const identities = reader.records('identities', 'identity').map((record, number): IdentityView => {
    const svid = svids.get(number);
    return {
      workloadId: reader.text(record.workloadIdOffset, record.workloadIdLength),
      mode: nameOf(MODE, record.mode),
      selectors: selectors.get(number) ?? [],
      rules: rules.slice(record.rulesFirst, record.rulesFirst + record.rulesCount),
      inbound: rules.slice(record.inboundFirst, record.inboundFirst + record.inboundCount),
      peers: unlessNone(record.peers),
      tls: nameOf(TLS_MODE, record.tls),
      template: (record.flags & IDENTITY_FLAGS.template) !== 0,
      keep: (record.flags & IDENTITY_FLAGS.keep) !== 0,
      agentLoss: nameOf(AGENT_LOSS, record.agentLoss),
      svid,
    };
  });
  return {
    size: bytes.length,
    trustDomain: reader.text(header.trustDomainOffset, header.trustDomainLength),
    features: flagNames(FEATURE_FLAGS, header.features),
    keep: (header.flags & BUNDLE_FLAGS.keep) !== 0,
    udp: (header.flags & BUNDLE_FLAGS.udp) !== 0,
    denyOthers: (header.flags & BUNDLE_FLAGS.denyOthers) !== 0,
    identities,
    services,
    rules,
    sets,
    conditions: readConditions(reader),
    ...readCredentials(reader, setNumbers),
  };
}

/** What carrying out a verified bundle needs of a host: the header alone is read. */
export function readFeatures(bytes: Uint8Array): readonly FeatureName[] {
  return flagNames(FEATURE_FLAGS, readSections(bytes).header().features);
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
  const terms = reader
    .records('terms', 'term')
    .map(({ fact }) => ({ fact: factOf(fact), values: [] as (number | string)[] }));
  for (const record of reader.records('values', 'value')) {
    const fact = factOf(record.fact);
    const isNumber = FACTS[fact].match === 'number';
    const value = isNumber ? record.data : reader.text(record.data, record.length);
    for (const term of lists.slice(record.termsFirst, record.termsFirst + record.termsCount))
      terms[term]?.values.push(value);
  }
  for (const { values } of terms) values.sort(compareValues);
  return terms;
}

function compareValues(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));
}

const FACT_NAMES: ReadonlyMap<number, FactName> = new Map(
  Object.keys(FACTS)
    .filter((name): name is FactName => Object.hasOwn(FACTS, name))
    .map((name) => [FACTS[name].number, name]),
);

function factOf(number: number): FactName {
  const name = FACT_NAMES.get(number);
  if (name === undefined) throw new RangeError(`there is no fact ${number}`);
  return name;
}
