// SPDX-License-Identifier: Apache-2.0
// Policies and questions that chance makes. Facts, addresses, names and times are few, so that they meet.

import fc from 'fast-check';
import { FACTS, type FactName, FIELD } from '../../src/bundle/generated.ts';
import { maskAddress, parseAddress } from '../../src/bundle/address.ts';
import type { Connection, Facts } from '../../src/bundle/core.ts';
import type { Query } from './native.ts';
import type {
  Action,
  Binding,
  Endpoint,
  Field,
  Identity,
  Instruction,
  Policy,
  Program,
  Term,
} from './policy.ts';
import { prefix, remote } from './samples.ts';

const action = fc.constantFrom<Action>('allow', 'audit', 'deny');
const tls = fc.constantFrom('none', 'mutual', 'simple', 'permissive');
const TEXTS = ['a', 'ab', 'abc', 'abd', 'b', 'ba', 'é', 'éa', 'curl'] as const;
const NUMBERS = [0, 1, 2, 33, 443, 4294967295] as const;
const PORTS = [0, 1, 79, 80, 81, 443, 65535] as const;
const FOUR = [
  '0.0.0.0',
  '10.0.0.0',
  '10.0.0.1',
  '10.0.1.0',
  '10.128.0.0',
  '128.0.0.0',
  '255.255.255.255',
] as const;
const SIX = ['::', '::1', 'fd00::', 'fd00::1', 'fd00:0:0:1::', 'fe80::', '8000::', 'ffff:ffff::1'] as const;
const HEX = [...FOUR, ...SIX].map((text) => Buffer.from(remote(text, 0).address).toString('hex'));
const NAMES = ['a', 'b.a', 'a.b.a', 'xn--p1ai'] as const;
const PEERS = [
  'spiffe://a',
  'spiffe://a/',
  'spiffe://a/b',
  'spiffe://ab/b/c',
  'spiffe:///a',
  'spiffe://',
  'SPIFFE://a/b',
  'https://a/b',
  'a',
] as const;
/** Around midnights, Mondays and the ends of what a number can be. */
const TIMES = [0, 59, 60, 86399, 86400, 345599, 345600, 950399, 1_000_000_000, 4294967295] as const;
const MINUTES = [0, 1, 5, 106, 1439, 1440, 4319, 4320, 10079] as const;
const PARTS = ['/', '/b', '.a', 'spiffe://a', 'spiffe://a/b', 'b/c'] as const;

const LABELS = [
  'process:env:A=.',
  'process:env:A=b',
  'process:env:A=',
  'process:env:A=b/c',
  'process:pid=1',
] as const;

/** What follows the name of an identity whose workload ID has placeholders. */
const TEMPLATES = [
  '/[process:uid]',
  '-[process:name]/[direction]',
  '/.[process:env:A]',
  '/[destination:port]',
  '/[source:port]/[process:gid]',
  '//[process:uid]',
] as const;

const isFact = (name: string): name is FactName => Object.hasOwn(FACTS, name);
const factNames = Object.keys(FACTS).filter(isFact);

const term: fc.Arbitrary<Term> = fc.constantFrom(...factNames).chain((fact) => {
  const texts = fact.endsWith(':ip') ? HEX : TEXTS;
  const pool: readonly (number | string)[] = FACTS[fact].match === 'number' ? NUMBERS : texts;
  return fc
    .uniqueArray(fc.constantFrom(...pool), { minLength: 1, maxLength: 3 })
    .map((values) => ({ fact, values: values.toSorted((a, b) => (a < b ? -1 : 1)) }));
});

const selector = fc.uniqueArray(term, { minLength: 1, maxLength: 3, selector: ({ fact }) => fact });

/** Absent, mostly: both. */
const protocol = fc.constantFrom(undefined, undefined, 'tcp' as const, 'udp' as const);

const anyEndpoint: fc.Arbitrary<Endpoint> = fc
  .record({
    address: fc.constantFrom(...FOUR, ...SIX),
    length: fc.nat(128),
    host: fc.boolean(),
    ports: fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS)),
    any: fc.boolean(),
    protocol,
  })
  .map(({ address, length, host, ports, any, protocol: only }) => {
    const full = parseAddress(address) ?? new Uint8Array(16);
    const bytes = address.includes(':') ? full : full.subarray(12);
    const prefixLength = host ? bytes.length * 8 : length % (bytes.length * 8 + 1);
    const [low, high] = any ? [0, 65535] : ports.toSorted((a, b) => a - b);
    return {
      address: maskAddress(bytes, prefixLength),
      prefixLength,
      low: low ?? 0,
      high: high ?? 0,
      protocol: only,
    };
  });

const anyName = fc
  .record({
    name: fc.constantFrom(...NAMES),
    ports: fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS)),
    protocol,
  })
  .map(({ name, ports, protocol: only }) => ({
    name,
    low: Math.min(...ports),
    high: Math.max(...ports),
    protocol: only,
  }));

type Where = Pick<Instruction, 'field' | 'whenTrue' | 'whenFalse'>;

function anyTest(where: Where): fc.Arbitrary<Instruction> {
  const between = (pool: readonly number[]): fc.Arbitrary<Instruction> =>
    fc
      .tuple(fc.constantFrom(...pool), fc.constantFrom(...pool))
      .map((ends) => ({ ...where, test: 'range', low: Math.min(...ends), high: Math.max(...ends) }));
  switch (where.field) {
    case 'time':
      return between(TIMES);
    case 'dayMinute':
    case 'weekMinute':
      return between(MINUTES);
    case 'processUid':
    case 'processGid':
    case 'destinationPort':
    case 'sourcePort':
      return between(NUMBERS);
    case 'destinationIp':
    case 'sourceIp':
      return fc.tuple(fc.constantFrom(...FOUR, ...SIX), fc.nat(128)).map(([address, length]) => {
        const { address: full } = prefix(address);
        return {
          ...where,
          test: 'inside',
          prefix: { address: maskAddress(full, length), prefixLength: length },
        };
      });
    default:
      return fc.oneof(
        fc
          .constantFrom('', ...TEXTS, ...NAMES, ...PARTS)
          .map((text) => ({ ...where, test: 'equal' as const, text })),
        fc
          .tuple(
            fc.constantFrom<('starts' | 'ends')[]>('starts', 'ends'),
            fc.constantFrom(...TEXTS, ...NAMES, ...PARTS),
          )
          .map(([test, text]) => ({ ...where, test, text })),
      );
  }
}

/** A program over some fields: any jumps, as long as they lead forward. */
function anyProgram(fields: readonly Field[]): fc.Arbitrary<Program> {
  const next = fc.oneof(fc.constantFrom<('holds' | 'fails')[]>('holds', 'fails'), fc.nat(4));
  const step = fc.record({ field: fc.constantFrom(...fields), whenTrue: next, whenFalse: next });
  return fc.array(step, { minLength: 1, maxLength: 5 }).chain((steps) => {
    const forward = (to: 'holds' | 'fails' | number, own: number): 'holds' | 'fails' | number =>
      typeof to === 'string'
        ? to
        : own + 1 + to < steps.length
          ? own + 1 + to
          : to % 2 === 0
            ? 'holds'
            : 'fails';
    return fc.tuple(
      ...steps.map(({ field, whenTrue, whenFalse }, i) =>
        anyTest({ field, whenTrue: forward(whenTrue, i), whenFalse: forward(whenFalse, i) }),
      ),
    );
  });
}

const isField = (name: string): name is Field => Object.hasOwn(FIELD, name);
const fieldNames = Object.keys(FIELD).filter(isField);
const isPeer = (field: Field): boolean => field.startsWith('peer');
const egressProgram = anyProgram(fieldNames.filter((field) => !isPeer(field) && !field.startsWith('source')));
const inboundProgram = anyProgram(
  fieldNames.filter((field) => field !== 'destinationIp' && field !== 'destinationName'),
);
const peerProgram = anyProgram(fieldNames.filter(isPeer));
const timeProgram = anyProgram(['time', 'dayMinute', 'weekMinute']);

const some = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(of, { nil: undefined, freq: 2 });

function setOf(services: number): fc.Arbitrary<readonly number[]> {
  return fc
    .uniqueArray(fc.nat(services - 1), { minLength: 1, maxLength: 4 })
    .map((list) => list.toSorted((a, b) => a - b));
}

function identities(services: number): fc.Arbitrary<Identity[]> {
  const rule = fc.record({
    action,
    services: setOf(services),
    condition: some(egressProgram),
    peers: fc.option(peerProgram, { nil: undefined, freq: 1 }),
    identity: fc.option(fc.nat(4), { nil: undefined, freq: 1 }),
    tls: some(tls),
    intercept: some(fc.boolean()),
  });
  const inboundRule = fc.record({ action, condition: some(inboundProgram) });
  const identity = fc.record({
    workloadId: fc.constantFrom('a', 'b', 'c/d', 'w1', 'w2', 'é'),
    selectors: fc.uniqueArray(selector, { maxLength: 4, selector: (terms) => JSON.stringify(terms) }),
    fallback: action,
    rules: fc.array(rule, { maxLength: 6 }),
    inbound: some(fc.record({ fallback: action, rules: fc.array(inboundRule, { maxLength: 3 }) })),
    peers: some(peerProgram),
    tls: some(tls),
    template: some(fc.constantFrom(...TEMPLATES)),
    keep: some(fc.boolean()),
  });
  return fc.uniqueArray(identity, { maxLength: 5, selector: ({ workloadId }) => workloadId }).map((list) =>
    list
      .map(({ template, workloadId, ...own }) => ({
        ...own,
        workloadId: template === undefined ? workloadId : `${workloadId}${template}`,
        template: template !== undefined,
      }))
      .toSorted((a, b) => (a.workloadId < b.workloadId ? -1 : 1))
      .map((own) => ({
        ...own,
        rules: own.rules.map((r) =>
          r.identity === undefined ? r : { ...r, identity: r.identity % list.length },
        ),
      })),
  );
}

function bindings(services: number): fc.Arbitrary<Binding[]> {
  const binding = fc.record({ services: setOf(services), condition: some(timeProgram), uses: fc.nat(3) });
  return fc
    .array(binding, { maxLength: 2 })
    .map((list) => list.map((own, i) => ({ ...own, name: `b${i}`, identity: 0, source: 0 })));
}

/** Policies whose facts and addresses are few, so that they meet. */
export const anyPolicy: fc.Arbitrary<Policy> = fc.integer({ min: 1, max: 6 }).chain((services) =>
  fc
    .record({
      trustDomain: fc.constantFrom('example.org', 'a', 'zz'),
      egress: action,
      ingress: action,
      keep: some(fc.boolean()),
      udp: some(fc.boolean()),
      denyOthers: some(fc.boolean()),
      identities: identities(services),
      bindings: bindings(services),
      services: fc.tuple(
        ...Array.from({ length: services }, (_, i) =>
          fc
            .record({
              endpoints: fc.array(anyEndpoint, { maxLength: 6 }),
              names: fc.array(anyName, { maxLength: 2 }),
            })
            .map((own) => ({ name: `s${i}`, ...own })),
        ),
      ),
    })
    .map(
      ({ bindings: own, ...policy }): Policy =>
        policy.identities.length === 0 || own.length === 0
          ? policy
          : { ...policy, sources: [{ name: 'source', provider: 'vault' }], bindings: own },
    ),
);

const anyFacts: fc.Arbitrary<Facts> = fc.record(
  {
    'process:name': fc.constantFrom(...TEXTS, ''),
    'process:binary:path': fc.constantFrom(...TEXTS),
    'process:uid': fc.constantFrom(...NUMBERS),
    'process:gid': fc.constantFrom(...NUMBERS),
    'process:cmdline': fc.constantFrom(...TEXTS, '', 'abcabc', 'ab é'),
    labels: fc.array(fc.constantFrom(...TEXTS, '', ...LABELS), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

const anyRemote = fc
  .record({
    address: fc.constantFrom(...FOUR, ...SIX, '10.0.0.2', 'fd00::2'),
    port: fc.constantFrom(...PORTS, 82),
  })
  .map(({ address, port }) => remote(address, port));

const anyConnection: fc.Arbitrary<Connection> = fc.record(
  {
    protocol: fc.constantFrom('tcp', 'udp'),
    remote: anyRemote,
    localPort: fc.constantFrom(...PORTS),
    time: fc.constantFrom(...TIMES),
    name: fc.constantFrom('', ...NAMES, 'c'),
    names: fc.array(fc.constantFrom('', ...NAMES, 'c'), { maxLength: 3 }),
    peer: fc.constantFrom('', ...PEERS),
  },
  { requiredKeys: ['remote'] },
);

/** Questions about the same few facts, addresses, names and times. */
export const anyQuery: fc.Arbitrary<Query> = fc.record({
  accepts: fc.boolean(),
  facts: anyFacts,
  connection: anyConnection,
});

/** Peers that those policies know something of. */
export const anyPeer: fc.Arbitrary<string> = fc.constantFrom('', ...PEERS);
