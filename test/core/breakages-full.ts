// SPDX-License-Identifier: Apache-2.0
// Breakages of what few bundles have: conditions, options, inbound rules, names, certificates and credentials.

import { FIELD, NONE, TEST } from '../../src/bundle/generated.ts';
import { type Breakage, breaking, must, put, set } from './break.ts';
import { buildParts } from './build.ts';
import { hash } from './build-tables.ts';
import type { Parts } from './parts.ts';
import { FULL } from './samples.ts';

const part = breaking(FULL);
const sample = buildParts(FULL).sections;
const instructionOf = (field: number, test: number): number => {
  const at = sample.instructions.findIndex((i) => i.field === field && i.test === test);
  if (at < 0) throw new Error('the sample has changed');
  return at;
};
const numeric = instructionOf(FIELD.dayMinute, TEST.range);
const inside = instructionOf(FIELD.sourceIp, TEST.inside);
const empty = instructionOf(FIELD.destinationName, TEST.equal);
const starts = instructionOf(FIELD.peerPath, TEST.starts);
const named = instructionOf(FIELD.processName, TEST.equal);

/** Conditions of the sample, by where they may stand. */
const PEER = 0;
const TIME = 1;
const EGRESS = 2;
const INBOUND = 4;
const wrongPlace = 'its condition looks at what it may not';
const lists = 'a list does not start where the one before it ends';

const asked = sample.selectors.findIndex(({ precondition }) => precondition !== NONE);

const preconditions: readonly Breakage[] = [
  part(['identities', 0, 'an agent loss is not known'], set('identities', 0, { agentLoss: 3 })),
  part(
    ['selectors', asked, 'a precondition is missing, or is one too many'],
    set('selectors', asked, { precondition: NONE }),
  ),
  part(['selectors', asked, 'a number is out of range'], set('selectors', asked, { precondition: 1 })),
  part(
    ['preconditions', 0, 'another selector has it first'],
    set('preconditions', 0, { selector: asked + 1 }),
  ),
  part(
    ['preconditions', 0, 'an identity of its selectors is stricter'],
    set('preconditions', 0, { agentLoss: 1 }),
  ),
  part(['preconditions', 0, 'its terms are not those of its selectors'], (p) => {
    p.sections.preconditionTerms.push(0);
    set('preconditions', 0, { termsFirst: 0, termsCount: 1 })(p);
  }),
  part(['preconditions', 1, 'an item is in no list'], (p) =>
    p.sections.preconditions.push(must(p.sections.preconditions[0])),
  ),
  part(['preconditionTerms', 0, 'an item is in no list'], (p) => p.sections.preconditionTerms.push(0)),
];

const conditions: readonly Breakage[] = [
  part(['prefixes', 0, 'a prefix has bits beyond its length'], set('prefixes', 0, { prefixLength: 100 })),
  part(['prefixes', 1, 'a prefix has bits beyond its length'], set('prefixes', 1, { prefixLength: 129 })),
  part(['prefixes', 1, 'prefixes are not ascending'], (p) => p.sections.prefixes.reverse()),
  part(['prefixes', 1, 'prefixes are not ascending'], (p) =>
    set('prefixes', 1, must(p.sections.prefixes[0]))(p),
  ),
  part(['conditions', 0, 'a list is too short'], set('conditions', 0, { instructionsCount: 0 })),
  part(
    ['conditions', 0, 'a list is longer than its limit'],
    set('conditions', 0, { instructionsCount: 257 }),
  ),
  part(['conditions', 1, lists], set('conditions', 1, { instructionsFirst: 0 })),
  part(['conditions', 4, 'a list ends after its section'], set('conditions', 4, { instructionsCount: 4 })),
  part(['instructions', 13, 'an item is in no list'], (p) =>
    p.sections.instructions.push(must(p.sections.instructions[0])),
  ),
  ...[0, 17, 65535].map((field) =>
    part(['instructions', 0, 'a field is not known'], set('instructions', 0, { field })),
  ),
  ...[5, 65535].map((test) =>
    part(['instructions', 0, 'a test is not known'], set('instructions', 0, { test })),
  ),
  ...[TEST.equal, TEST.starts, TEST.ends, TEST.inside].map((test) =>
    part(['instructions', numeric, 'a test does not suit its field'], set('instructions', numeric, { test })),
  ),
  ...[TEST.range, TEST.inside].map((test) =>
    part(['instructions', starts, 'a test does not suit its field'], set('instructions', starts, { test })),
  ),
  ...[TEST.range, TEST.equal, TEST.starts, TEST.ends].map((test) =>
    part(['instructions', inside, 'a test does not suit its field'], set('instructions', inside, { test })),
  ),
  // The second of two instructions: itself, the one before, one past the last, and just before the ends.
  ...[1, 0, 2, 65533].flatMap((next) => [
    part(
      ['instructions', numeric, 'an instruction does not go on with a later one'],
      set('instructions', numeric, { whenTrue: next }),
    ),
    part(
      ['instructions', numeric, 'an instruction does not go on with a later one'],
      set('instructions', numeric, { whenFalse: next }),
    ),
  ]),
  part(
    ['instructions', numeric, 'a range ends before it starts'],
    set('instructions', numeric, { data: 2, length: 1 }),
  ),
  part(['instructions', inside, 'a number is out of range'], set('instructions', inside, { data: 2 })),
  part(['instructions', inside, 'a number has a length'], set('instructions', inside, { length: 1 })),
  part(['instructions', starts, 'a string is empty'], set('instructions', starts, { data: 0, length: 0 })),
  part(['instructions', empty, 'a string is empty'], set('instructions', empty, { data: 1 })),
  part(
    ['instructions', named, 'a string is longer than its limit'],
    set('instructions', named, { length: 16 }),
  ),
  part(
    ['instructions', empty, 'a string is longer than its limit'],
    set('instructions', empty, { length: 254 }),
  ),
  part(
    ['instructions', starts, 'a string is longer than its limit'],
    set('instructions', starts, { length: 2049 }),
  ),
  part(
    ['instructions', starts, 'a string goes on after its length'],
    set('instructions', starts, { length: 1 }),
  ),
];

const options: readonly Breakage[] = [
  part(['options', 0, 'a number is out of range'], set('options', 0, { condition: 5 })),
  part(['options', 2, 'a number is out of range'], set('options', 2, { peers: 5 })),
  part(['options', 2, 'a number is out of range'], set('options', 2, { identity: 2 })),
  ...[TIME, EGRESS, INBOUND].map((peers) => part(['options', 2, wrongPlace], set('options', 2, { peers }))),
  part(['options', 2, 'a TLS mode is not known'], set('options', 2, { tls: 4 })),
  part(['options', 2, 'a flag is not known'], set('options', 2, { flags: 2 })),
];

const rules: readonly Breakage[] = [
  part(['rules', 3, 'a number is out of range'], set('rules', 3, { options: 5 })),
  part(['rules', 9, 'a number is out of range'], set('rules', 9, { options: 5 })),
  ...[0, 1, 2, 8].map((rule) =>
    part(['rules', rule, 'a rule has options that its kind has not'], set('rules', rule, { options: 0 })),
  ),
  part(['rules', 9, 'a rule has options that its kind has not'], set('rules', 9, { options: 2 })),
  ...[{ condition: NONE }, { peers: PEER }, { identity: 0 }, { tls: 1 }, { flags: 1 }].map((fields) =>
    part(['rules', 9, 'a rule has options that its kind has not'], set('options', 3, fields)),
  ),
  ...[PEER, INBOUND].map((condition) => part(['rules', 3, wrongPlace], set('options', 0, { condition }))),
  part(['rules', 9, wrongPlace], set('options', 3, { condition: EGRESS })),
  part(['rules', 8, 'a rule of this kind does not belong there'], set('rules', 8, { kind: 5 })),
  part(['rules', 8, 'a rule of this kind does not belong there'], set('rules', 8, { kind: 2 })),
  part(['rules', 9, 'a rule of this kind does not belong there'], set('rules', 9, { kind: 4 })),
  part(['rules', 9, 'a rule of this kind does not belong there'], set('rules', 9, { kind: 3 })),
  part(['rules', 10, "a rule's set is out of range"], set('rules', 10, { set: 0 })),
  part(['rules', 10, 'a rule names another identity'], set('rules', 10, { identity: 1 })),
  part(['identities', 0, lists], set('identities', 0, { inboundFirst: 2 })),
  part(['identities', 0, lists], set('identities', 0, { inboundCount: 0 })),
  part(['identities', 0, 'a list is longer than its limit'], set('identities', 0, { inboundCount: 258 })),
  part(['identities', 1, 'a list ends after its section'], set('identities', 1, { inboundCount: 3 })),
  part(['identities', 0, 'a number is out of range'], set('identities', 0, { peers: 5 })),
  part(['identities', 0, wrongPlace], set('identities', 0, { peers: TIME })),
  part(['identities', 0, 'a TLS mode is not known'], set('identities', 0, { tls: 4 })),
  part(['identities', 0, 'a mode is not known'], set('identities', 0, { mode: 3 })),
  part(['identities', 0, 'a flag is not known'], set('identities', 0, { flags: 4 })),
  part(['grants', 4, 'an entry is there twice'], (p) => {
    p.sections.grants.splice(4, 0, 3);
    p.sections.grantBuckets = p.sections.grantBuckets.map((n) => (n >= 5 ? n + 1 : n));
  }),
  part(['grants', 3, 'a grant follows one without a condition'], (p) => put('grants', grantOf(p, 4), 7)(p)),
  part(['grants', 3, 'a grant follows one without a condition'], (p) => {
    put('grants', grantOf(p, 4), 6)(p);
    put('grants', 3, 7)(p);
  }),
  // Rule 7 is not in grants, for rule 6 always grants the same; without rule 6 it must be.
  part(['rules', 6, 'an egress rule is not in grants'], (p) => put('grants', grantOf(p, 6), 7)(p)),
  part(['rules', 3, 'an egress rule is not in grants'], (p) => remove(p, grantOf(p, 3))),
];

function grantOf(parts: Parts, rule: number): number {
  return parts.sections.grants.indexOf(rule);
}

/** Takes a grant out of the one bucket that has entries. */
function remove({ sections }: Parts, grant: number): void {
  sections.grants.splice(grant, 1);
  sections.grantBuckets = sections.grantBuckets.map((n) => (n > grant ? n - 1 : n));
}

const names: readonly Breakage[] = [
  part(['nameBuckets', undefined, 'the number of buckets does not suit the table'], (p) =>
    p.sections.nameBuckets.splice(0),
  ),
  part(['names', 0, 'a string lies outside strings'], set('names', 0, { nameOffset: NONE })),
  part(['names', 0, 'a string is longer than its limit'], set('names', 0, { nameLength: 254 })),
  part(['names', 1, 'an entry is there twice'], (p) => {
    const { nameOffset, nameLength } = must(p.sections.names[0]);
    set('names', 1, { nameOffset, nameLength })(p);
  }),
  part(['names', 0, 'an entry is in the wrong bucket'], (p) => {
    p.sections.nameBuckets = [0, 0, 2];
    p.sections.names.sort((a) => (isOdd(p, a) ? 1 : -1));
  }),
  part(['names', 0, 'a list is too short'], set('names', 0, { portsCount: 0, portsFirst: 0 })),
  part(['names', 0, lists], set('names', 0, { portsFirst: 0 })),
  part(['names', 1, 'a list ends after its section'], set('names', 1, { portsCount: 9 })),
  part(['portRanges', 3, 'port ranges are not ascending and disjoint'], set('portRanges', 3, { low: 5432 })),
  part(['portRanges', 2, 'a list is longer than its limit'], set('portRanges', 2, { servicesCount: 257 })),
];

/** Whether a name belongs into the second of two buckets. */
function isOdd(
  { sections }: Parts,
  { nameOffset, nameLength }: { nameOffset: number; nameLength: number },
): boolean {
  return (hash(sections.strings.slice(nameOffset, nameOffset + nameLength)) & 1) === 1;
}

const credentials: readonly Breakage[] = [
  part(['svids', 1, 'a number is out of range'], set('svids', 1, { identity: 2 })),
  part(['svids', 1, 'identities are not ascending'], set('svids', 1, { identity: 0 })),
  part(['svids', 1, 'the record says nothing'], set('svids', 1, { jwtTtl: 0 })),
  part(['svids', 0, lists], set('svids', 0, { dnsNamesFirst: 1 })),
  part(['svids', 0, lists], set('svids', 0, { audiencesFirst: 0 })),
  part(['svids', 0, 'a list ends after its section'], set('svids', 0, { audiencesCount: 2 })),
  part(['texts', 3, 'an item is in no list'], (p) => p.sections.texts.push(must(p.sections.texts[0]))),
  part(['texts', 0, 'a string is empty'], set('texts', 0, { textLength: 0 })),
  part(['sources', 0, 'a string is empty'], set('sources', 0, { nameLength: 0 })),
  part(['sources', 1, 'names are not ascending'], (p) => p.sections.sources.reverse()),
  part(['sources', 0, 'a provider is not known'], set('sources', 0, { provider: 0 })),
  part(['sources', 0, 'a provider is not known'], set('sources', 0, { provider: 13 })),
  part(['bindings', 0, 'a string is empty'], set('bindings', 0, { nameLength: 0 })),
  ...[{ identity: 2 }, { source: 2 }, { set: 3 }, { condition: 5 }].map((fields) =>
    part(['bindings', 2, 'a number is out of range'], set('bindings', 2, fields)),
  ),
  part(['bindings', 1, 'bindings are not ascending'], (p) => {
    const { nameOffset, nameLength } = must(p.sections.bindings[0]);
    set('bindings', 1, { nameOffset, nameLength })(p);
  }),
  part(['bindings', 1, 'bindings are not ascending'], set('bindings', 0, { identity: 1 })),
  part(['bindings', 0, 'a flag is not known'], set('bindings', 0, { flags: 3 })),
  part(['bindings', 0, 'a credential is delivered nowhere'], set('bindings', 0, { flags: 0 })),
  ...[PEER, EGRESS, INBOUND].map((condition) =>
    part(['bindings', 0, wrongPlace], set('bindings', 0, { condition })),
  ),
];

/** Each flag of the features wrong in turn. */
const features: readonly Breakage[] = [0, 1, 2, 3, 4, 5, 6, 7, 31].map((bit) =>
  part(
    ['header', undefined, 'the features are not those that the tables need'],
    ({ header }) => (header.features = (header.features ^ (1 << bit)) >>> 0),
  ),
);

/** Breakages of the full sample. */
export const FULL_BREAKAGES: readonly Breakage[] = [
  ...preconditions,
  ...conditions,
  ...options,
  ...rules,
  ...names,
  ...credentials,
  ...features,
];
