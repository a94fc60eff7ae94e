// SPDX-License-Identifier: Apache-2.0
// Policies for tests: one that uses everything, and any number that chance makes.

import fc from 'fast-check';
import { FACTS } from '../../src/bundle/generated.ts';
import { maskAddress, parseAddress, parsePrefix } from '../../src/bundle/address.ts';
import type { Destination, Facts } from '../../src/bundle/core.ts';
import type { Action, Endpoint, Identity, Policy, Term } from './policy.ts';

/** `10.0.0.0/8` and ports as an endpoint. */
export function endpoint(prefix: string, low = 0, high = low === 0 ? 65535 : low): Endpoint {
  const parsed = parsePrefix(prefix);
  if ('problem' in parsed) throw new Error(`${prefix}: ${parsed.problem}`);
  return { address: parsed.address, prefixLength: parsed.prefixLength, low, high };
}

/** An address in text, and a port. */
export function destination(address: string, port: number): Destination {
  const bytes = parseAddress(address);
  if (bytes === undefined) throw new Error(`${address} is not an address`);
  return { address: bytes, port };
}

/** Small, and with something in every section. */
export const SAMPLE: Policy = {
  trustDomain: 'example.org',
  egress: 'deny',
  ingress: 'allow',
  identities: [
    {
      workloadId: 'backup',
      selectors: [
        [{ fact: 'process:cmdline', values: ['/usr/bin/restic', '/usr/bin/restic backup'] }],
        [
          { fact: 'process:gid', values: [34] },
          { fact: 'process:uid', values: [34, 1034] },
        ],
      ],
      fallback: 'audit',
      rules: [
        { action: 'allow', services: [0, 2] },
        { action: 'audit', services: [1] },
        { action: 'deny', services: [0, 2] },
      ],
    },
    {
      workloadId: 'web',
      selectors: [
        [
          { fact: 'process:name', values: ['nginx'] },
          { fact: 'process:uid', values: [33] },
        ],
        [
          { fact: 'destination:port', values: [443] },
          { fact: 'process:binary:path', values: ['/usr/sbin/nginx'] },
        ],
      ],
      fallback: 'deny',
      rules: [{ action: 'allow', services: [1, 2] }],
    },
  ],
  services: [
    {
      name: 'api',
      endpoints: [endpoint('10.1.2.3', 443), endpoint('fd00::1', 443), endpoint('10.9.0.0/16', 80, 90)],
    },
    {
      name: 'dns',
      endpoints: [
        endpoint('10.0.0.0/8', 53),
        endpoint('192.168.0.0/16', 53),
        endpoint('fd00::/16', 53),
        endpoint('fd00:1::/32', 1, 99),
      ],
    },
    {
      name: 'store',
      endpoints: [endpoint('10.1.2.3'), endpoint('10.9.0.0/16', 85, 443), endpoint('fd00::1')],
    },
  ],
};

const action = fc.constantFrom<Action>('allow', 'audit', 'deny');
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

const factNames = Object.keys(FACTS) as (keyof typeof FACTS)[];

const term: fc.Arbitrary<Term> = fc.constantFrom(...factNames).chain((fact) => {
  const numeric = FACTS[fact].match === 'number';
  return fc
    .uniqueArray<number | string, number | string>(fc.constantFrom(...(numeric ? NUMBERS : TEXTS)), {
      minLength: 1,
      maxLength: 3,
    })
    .map((values) => ({ fact, values: values.toSorted((a, b) => (a < b ? -1 : 1)) }));
});

const selector = fc.uniqueArray(term, { minLength: 1, maxLength: 3, selector: ({ fact }) => fact });

const anyEndpoint: fc.Arbitrary<Endpoint> = fc
  .record({
    address: fc.constantFrom(...FOUR, ...SIX),
    length: fc.nat(128),
    host: fc.boolean(),
    ports: fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS)),
    any: fc.boolean(),
  })
  .map(({ address, length, host, ports, any }) => {
    const full = parseAddress(address) ?? new Uint8Array(16);
    const bytes = address.includes(':') ? full : full.subarray(12);
    const prefixLength = host ? bytes.length * 8 : length % (bytes.length * 8 + 1);
    const [low, high] = any ? [0, 65535] : ports.toSorted((a, b) => a - b);
    return { address: maskAddress(bytes, prefixLength), prefixLength, low: low ?? 0, high: high ?? 0 };
  });

function identities(services: number): fc.Arbitrary<Identity[]> {
  const rule = fc.record({
    action,
    services: fc
      .uniqueArray(fc.nat(services - 1), { minLength: 1, maxLength: 4 })
      .map((list) => list.toSorted((a, b) => a - b)),
  });
  const identity = fc.record({
    workloadId: fc.constantFrom('a', 'b', 'c/d', 'w1', 'w2', 'é'),
    selectors: fc.uniqueArray(selector, { maxLength: 4, selector: (terms) => JSON.stringify(terms) }),
    fallback: action,
    rules: fc.array(rule, { maxLength: 5 }),
  });
  return fc
    .uniqueArray(identity, { maxLength: 5, selector: ({ workloadId }) => workloadId })
    .map((list) => list.toSorted((a, b) => (a.workloadId < b.workloadId ? -1 : 1)));
}

/** Policies whose facts and addresses are few, so that they meet. */
export const anyPolicy: fc.Arbitrary<Policy> = fc.integer({ min: 1, max: 6 }).chain((services) =>
  fc.record({
    trustDomain: fc.constantFrom('example.org', 'a', 'zz'),
    egress: action,
    ingress: action,
    identities: identities(services),
    services: fc.tuple(
      ...Array.from({ length: services }, (_, i) =>
        fc.array(anyEndpoint, { maxLength: 6 }).map((endpoints) => ({ name: `s${i}`, endpoints })),
      ),
    ),
  }),
);

/** Facts and destinations of the same few, so that policies apply to them. */
export const anyFacts: fc.Arbitrary<Facts> = fc.record(
  {
    'process:name': fc.constantFrom(...TEXTS, ''),
    'process:binary:path': fc.constantFrom(...TEXTS),
    'process:uid': fc.constantFrom(...NUMBERS),
    'process:gid': fc.constantFrom(...NUMBERS),
    'process:cmdline': fc.constantFrom(...TEXTS, '', 'abcabc', 'ab é'),
  },
  { requiredKeys: [] },
);

export const anyDestination: fc.Arbitrary<Destination> = fc.record({
  address: fc
    .constantFrom(...FOUR, ...SIX, '10.0.0.2', 'fd00::2')
    .map((text) => destination(text, 0).address),
  port: fc.constantFrom(...PORTS, 82),
});
