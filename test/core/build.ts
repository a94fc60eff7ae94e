// SPDX-License-Identifier: Apache-2.0
// A policy to the parts of a bundle, after docs/bundle-format.md and on purpose not with the code of the compiler:
// two writers that agree with one reader are a test of the page.

import { AGENT_LOSS, BUNDLE_FLAGS, FACTS, NONE, SECTIONS, TERM_FLAGS } from '../../src/bundle/generated.ts';
import { isKernelLabel, labelName } from '../../src/bundle/labels.ts';
import { addConditions, addCredentials, textsOf } from './build-conditions.ts';
import { addDestinations } from './build-destinations.ts';
import { addRules, addServices, startSets } from './build-rules.ts';
import { hashTable, slice, type Strings, u16, u32 } from './build-tables.ts';
import { featuresOf } from './decide.ts';
import { newHeader, type Parts, type Sections } from './parts.ts';
import { orderSelectors, type Policy, type Term } from './policy.ts';

const encoder = new TextEncoder();

/** The bundle of a policy. */
export function buildParts(policy: Policy): Parts {
  const sections = Object.fromEntries(SECTIONS.map(({ name }) => [name, []])) as unknown as Sections;
  const strings = internStrings(policy, sections);
  const header = newHeader();
  const sets = startSets();
  [header.trustDomainOffset, header.trustDomainLength] = strings(policy.trustDomain);
  header.features = featuresOf(policy);
  header.flags =
    (policy.keep === true ? BUNDLE_FLAGS.keep : 0) |
    (policy.udp === true ? BUNDLE_FLAGS.udp : 0) |
    (policy.denyOthers === true ? BUNDLE_FLAGS.denyOthers : 0);
  addConditions(policy, sections, strings);
  addWho(policy, sections, strings);
  addRules(policy, sections, strings, sets);
  addCredentials(policy, sections, strings, sets.numberOf);
  addServices(policy, sections, strings, sets);
  addDestinations(policy, sections, strings);
  header.setCount = sets.all().length;
  return { header, sections };
}

function internStrings(policy: Policy, sections: Sections): Strings {
  const texts = new Set([policy.trustDomain, ...textsOf(policy)]);
  for (const { workloadId, selectors } of policy.identities) {
    texts.add(workloadId);
    for (const { values } of selectors.flat())
      for (const value of values) if (typeof value === 'string') texts.add(value);
  }
  for (const { name, names = [] } of policy.services)
    for (const text of [name, ...names.map((host) => host.name)]) texts.add(text);
  const offsets = new Map<string, number>();
  const encoded = [...texts].map((text) => ({ text, bytes: encoder.encode(text) }));
  for (const { text, bytes } of encoded.toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))) {
    offsets.set(text, sections.strings.length);
    sections.strings.push(...bytes, 0);
  }
  return (text) => [offsets.get(text) ?? NONE, encoder.encode(text).length];
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
    sections.selectors.push({ identity, termsFirst, termsCount, precondition: NONE });
  });
  const rarest = termsOf.map((terms) => terms.toSorted((a, b) => uses(a) - uses(b) || a - b)[0]);
  for (const { number, term } of numbers.values()) {
    const listed = selectors.flatMap((_, i) => (rarest[i] === number ? [i] : []));
    const [selectorsFirst, selectorsCount] = slice(sections.postings, listed);
    const fact = FACTS[term.fact].number;
    const flags = isOfAgent(term) ? TERM_FLAGS.agent : 0;
    sections.terms.push({ fact, flags, selectorsFirst, selectorsCount });
  }
  addPreconditions(policy, termsOf, sections);
  addValues([...numbers.values()], sections, strings);
}

/** Whether the kernel cannot tell whether a term holds. */
function isOfAgent({ fact, values }: Term): boolean {
  return fact === 'label' && values.some((value) => !isKernelLabel(labelName(String(value))));
}

/** Each different list of terms of a selector with labels, without those. */
function addPreconditions(policy: Policy, termsOf: readonly (readonly number[])[], sections: Sections): void {
  const known: { readonly terms: string; readonly number: number }[] = [];
  for (const [number, selector] of sections.selectors.entries()) {
    const terms = termsOf[number] ?? [];
    const others = terms.filter((term) => ((sections.terms[term]?.flags ?? 0) & TERM_FLAGS.agent) === 0);
    if (others.length === terms.length) continue;
    const agentLoss = AGENT_LOSS[policy.identities[selector.identity]?.agentLoss ?? 'deny'];
    const same = known.find((other) => other.terms === String(others));
    selector.precondition = same?.number ?? known.length;
    const precondition = sections.preconditions[selector.precondition];
    if (precondition !== undefined) {
      precondition.agentLoss = Math.min(precondition.agentLoss, agentLoss);
    } else {
      known.push({ terms: String(others), number: known.length });
      const [termsFirst, termsCount] = slice(sections.preconditionTerms, others);
      sections.preconditions.push({ selector: number, agentLoss, termsFirst, termsCount });
    }
  }
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
