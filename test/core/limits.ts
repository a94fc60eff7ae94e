// SPDX-License-Identifier: Apache-2.0
// The limits of the format, each with what is at it.

import { FEATURE_FLAGS, LIMITS, NONE } from '../../src/bundle/generated.ts';
import { buildParts } from './build.ts';
import type { Parts } from './parts.ts';
import type { Field, Identity, Instruction, Next, Policy, Program, Rule, Term } from './policy.ts';
import { endpoint, remote } from './samples.ts';

/** No identities, no services. */
export const EMPTY: Policy = {
  trustDomain: 'a',
  egress: 'deny',
  ingress: 'allow',
  identities: [],
  services: [],
};

/** An identity without rules. */
export function identity(selectors: readonly (readonly Term[])[], name = 'w'): Identity {
  return { workloadId: name, selectors, fallback: 'audit', rules: [] };
}

/** An identity with these selectors. */
export function who(selectors: readonly (readonly Term[])[]): Parts {
  return buildParts({ ...EMPTY, identities: [identity(selectors)] });
}

/** So many of something. */
export function counted<T>(n: number, make: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => make(i));
}

/** Terms. */
export const cmdline = (...values: string[]): Term => ({ fact: 'process:cmdline', values });
export const labels = (...values: string[]): Term => ({ fact: 'label', values: values.toSorted() });
export const uid = (...values: number[]): Term => ({ fact: 'process:uid', values });
/** So many names, ascending. */
export const names = (n: number): string[] => counted(n, (i) => `s${String(i).padStart(4, '0')}`);

/** All values in one bucket. */
function oneBucket(parts: Parts): Parts {
  parts.sections.valueBuckets = [0, parts.sections.values.length];
  return parts;
}

/** One service that says that it is in so many sets. */
function manySets(n: number): Parts {
  const parts = buildParts({ ...EMPTY, services: [{ name: 's', endpoints: [] }] });
  parts.header.setCount = n;
  parts.sections.serviceSets = counted(n, (i) => i);
  for (const service of parts.sections.services) service.setsCount = n;
  return parts;
}

/** 256 services, at these places in turns, that say that they are in so many sets together. */
function manySetsAt(n: number, ...places: readonly Omit<Policy['services'][number], 'name'>[]): Parts {
  const services = names(256).map((name, i) => ({
    name,
    ...(places[i % places.length] ?? { endpoints: [] }),
  }));
  const parts = buildParts({ ...EMPTY, services });
  const most = Math.ceil(n / 256);
  parts.header.setCount = most;
  let left = n;
  parts.sections.serviceSets = [];
  for (const service of parts.sections.services) {
    service.setsCount = Math.min(left, most);
    left -= service.setsCount;
    service.setsFirst = service.setsCount === 0 ? 0 : parts.sections.serviceSets.length;
    for (let set = 0; set < service.setsCount; set++) parts.sections.serviceSets.push(set);
  }
  return parts;
}

/** References to strings, of which so many bytes are referred to. */
function references(n: number): Parts {
  const whole = LIMITS.stringLength;
  const times = Math.ceil(n / whole) - 1;
  const own = identity([[uid(1)]], 'x'.repeat(whole));
  const parts = buildParts({ ...EMPTY, trustDomain: 'a'.repeat(n - times * whole), identities: [own] });
  const textOffset = parts.sections.identities[0]?.workloadIdOffset ?? 0;
  // One of the references is that of the identity.
  parts.sections.texts = counted(times - 1, () => ({ textOffset, textLength: whole }));
  const dnsNames = { dnsNamesFirst: 0, dnsNamesCount: times - 1, audiencesFirst: 0, audiencesCount: 0 };
  parts.sections.svids = [{ identity: 0, x509Ttl: 0, jwtTtl: 0, ...dnsNames }];
  parts.header.features = FEATURE_FLAGS.tls;
  return parts;
}

/** So many services in 10.0.0.0/8 and its part 10.1.0.0/16, at overlapping ports. */
function nested(outer: number, inner: number): Parts {
  const services = names(outer + inner).map((name, i) => ({
    name,
    endpoints: [endpoint(i < outer ? '10.0.0.0/8' : '10.1.0.0/16', 1, 100)],
  }));
  return buildParts({ ...EMPTY, services });
}

/** A connection of which little is known. */
export const HERE = { remote: remote('192.0.2.1', 443) };

/** A test of a number. */
export const ranged = (field: Field, low: number, high: number, whenTrue: Next = 'holds'): Instruction => ({
  field,
  test: 'range',
  low,
  high,
  whenTrue,
  whenFalse: 'fails',
});

/** An identity of every user 1 with these rules, and services to grant. */
export function ruled(rules: readonly Rule[], inbound: readonly Program[] = []): Parts {
  const own = {
    ...identity([[uid(1)]]),
    rules,
    inbound: {
      fallback: 'deny' as const,
      rules: inbound.map((condition) => ({ action: 'allow' as const, condition })),
    },
  };
  const services = names(8).map((name) => ({ name, endpoints: [endpoint('192.0.2.1')] }));
  return buildParts({ ...EMPTY, identities: [own], services });
}

/** So many rules with conditions that do not hold, each of its own, then one that always grants. */
export function conditional(n: number): Rule[] {
  const rules = counted(n, (i): Rule => {
    const condition: Program = [ranged('time', i + 1, i + 1)];
    // No more than 32 rules for one set fit into a bucket.
    return { action: 'audit', services: [i % 8], condition };
  });
  return [...rules, { action: 'allow', services: [0] }];
}

/** A program of so many instructions: all must be passed. */
export function long(n: number): Program {
  return counted(n, (i) => ranged('time', 0, NONE, i + 1 < n ? i + 1 : 'holds'));
}

/** One condition that compares a field with a text of so many bytes. */
function compared(field: Field, n: number): Parts {
  return ruled([], [[{ field, test: 'ends', text: 'x'.repeat(n), whenTrue: 'holds', whenFalse: 'fails' }]]);
}

const tooMany = 'a list is longer than its limit';
const tooLong = 'a string is longer than its limit';

/** Each limit, what is at it or beyond it, and what the verifier says of the latter. */
export const CASES: readonly (readonly [
  name: string,
  limit: number,
  make: (n: number) => Parts,
  reason: string,
])[] = [
  [
    'prefixHits',
    LIMITS.prefixHits,
    (n) => who(counted(n, (i) => [cmdline('a'.repeat(i + 1))])),
    'a value has too many prefixes',
  ],
  [
    'prefixLengths',
    LIMITS.prefixLengths,
    (n) => who(counted(n, (i) => [cmdline(String.fromCharCode(0x4e00 + i) + 'x'.repeat(i))])),
    'prefixes have too many lengths',
  ],
  [
    'candidates of a term',
    LIMITS.candidates,
    (n) => buildParts({ ...EMPTY, identities: names(n).map((name) => identity([[uid(1)]], name)) }),
    tooMany,
  ],
  [
    'candidates of a value',
    LIMITS.candidates,
    (n) => {
      const selectors = (i: number): Term[][] => (i % 2 === 0 ? [[uid(1)]] : [[uid(1, 2)]]);
      return buildParts({ ...EMPTY, identities: names(n).map((name, i) => identity(selectors(i), name)) });
    },
    'a value brings too many selectors into question',
  ],
  ['valueTerms', LIMITS.valueTerms, (n) => who(counted(n, (i) => [uid(1, i + 2)])), tooMany],
  [
    'selectorTerms',
    LIMITS.selectorTerms,
    (n) => who([counted(n, (i) => cmdline('a'.repeat(i + 1)))]),
    tooMany,
  ],
  [
    'bucket',
    LIMITS.bucket,
    (n) => oneBucket(who([[uid(...counted(n, (i) => i))]])),
    'a bucket holds too many entries',
  ],
  ['serviceSets', LIMITS.serviceSets, manySets, tooMany],
  [
    'destinationSets of a host',
    LIMITS.destinationSets,
    (n) => manySetsAt(n, { endpoints: [endpoint('10.0.0.1', 1)] }),
    'the services of one address are in too many sets',
  ],
  [
    'destinationSets of a prefix',
    LIMITS.destinationSets,
    (n) => manySetsAt(n, { endpoints: [endpoint('fd00::/8')] }),
    'the services of one address are in too many sets',
  ],
  [
    'destinationSets of a name',
    LIMITS.destinationSets,
    (n) => manySetsAt(n, { endpoints: [], names: [{ name: 'x', low: 1, high: 1 }] }),
    'the services of one address are in too many sets',
  ],
  [
    'destinationSets on a way',
    LIMITS.destinationSets,
    (n) =>
      manySetsAt(
        n,
        { endpoints: [endpoint('10.0.0.0/8', 1, 9)] },
        { endpoints: [endpoint('10.1.0.0/16', 5, 9)] },
      ),
    'services on the way to a node are in too many sets',
  ],
  ['referencedBytes', LIMITS.referencedBytes, references, 'strings are referred to too often'],
  [
    'destinationServices of a host',
    LIMITS.destinationServices,
    (n) =>
      buildParts({
        ...EMPTY,
        services: names(n).map((name) => ({ name, endpoints: [endpoint('10.0.0.1', 1)] })),
      }),
    tooMany,
  ],
  ['destinationServices of a prefix', LIMITS.destinationServices, (n) => nested(n, 0), tooMany],
  [
    'destinationServices on a way',
    LIMITS.destinationServices,
    (n) => nested(100, n - 100),
    'too many services on the way to a node',
  ],
  ['stringLength', LIMITS.stringLength, (n) => buildParts({ ...EMPTY, trustDomain: 'a'.repeat(n) }), tooLong],
  [
    'nameLength',
    LIMITS.nameLength,
    (n) => who([[{ fact: 'process:name', values: ['x'.repeat(n)] }]]),
    tooLong,
  ],
  [
    'pathLength',
    LIMITS.pathLength,
    (n) => who([[{ fact: 'process:binary:path', values: ['x'.repeat(n)] }]]),
    tooLong,
  ],
  ['cmdlineLength', LIMITS.cmdlineLength, (n) => who([[cmdline('x'.repeat(n))]]), tooLong],
  ['labelLength', LIMITS.labelLength, (n) => who([[{ fact: 'label', values: ['x'.repeat(n)] }]]), tooLong],
  [
    'addressLength',
    LIMITS.addressLength,
    (n) => who([[{ fact: 'source:ip', values: ['0'.repeat(n)] }]]),
    tooLong,
  ],
  ['conditionLength', LIMITS.conditionLength, (n) => ruled([], [long(n)]), tooMany],
  [
    'conditionalRules',
    LIMITS.conditionalRules,
    (n) => ruled(conditional(n)),
    'too many rules have a condition',
  ],
  [
    'inboundRules',
    LIMITS.inboundRules,
    (n) =>
      ruled(
        [],
        counted(n - 1, () => [ranged('time', 0, NONE)]),
      ),
    tooMany,
  ],
  [
    'hostNameLength',
    LIMITS.hostNameLength,
    (n) =>
      buildParts({
        ...EMPTY,
        services: [{ name: 's', endpoints: [], names: [{ name: 'x'.repeat(n), low: 0, high: 9 }] }],
      }),
    tooLong,
  ],
  [
    'destinationServices of a name',
    LIMITS.destinationServices,
    (n) =>
      buildParts({
        ...EMPTY,
        services: names(n).map((name) => ({
          name,
          endpoints: [],
          names: [{ name: 'x', low: 1, high: 1 }],
        })),
      }),
    tooMany,
  ],
  ['nameLength in a condition', LIMITS.nameLength, (n) => compared('processName', n), tooLong],
  ['pathLength in a condition', LIMITS.pathLength, (n) => compared('processBinaryPath', n), tooLong],
  ['cmdlineLength in a condition', LIMITS.cmdlineLength, (n) => compared('processCmdline', n), tooLong],
  ['spiffeIdLength in a condition', LIMITS.spiffeIdLength, (n) => compared('peerId', n), tooLong],
  [
    'envNames',
    LIMITS.envNames,
    (n) => who([[labels(...names(n).map((name) => `process:env:${name}=x`), 'process:env:s0000=y')]]),
    'too many variables are named',
  ],
  [
    'envNames in a workload ID',
    LIMITS.envNames,
    (n) =>
      buildParts({
        ...EMPTY,
        identities: [
          {
            ...identity(
              [[uid(1)]],
              names(n)
                .map((name) => `[process:env:${name}]`)
                .join('/'),
            ),
            template: true,
          },
        ],
      }),
    'too many variables are named',
  ],
  [
    'envNameLength',
    LIMITS.envNameLength,
    (n) => who([[labels(`process:env:${'x'.repeat(n)}=x`)]]),
    'the name of a variable is too long',
  ],
  [
    'namedGroups',
    LIMITS.namedGroups,
    (n) => who([[labels(...counted(n, (i) => `process:gid:additional=${i}`), 'process:gid:additional=007')]]),
    'too many supplementary groups are named',
  ],
];
