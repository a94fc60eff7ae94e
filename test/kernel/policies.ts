// SPDX-License-Identifier: Apache-2.0
//
// The policies that the module's tests put in force, as bundles.

import type { AgentLossName } from '../../src/bundle/view.ts';
import { buildParts } from '../core/build.ts';
import { encodeParts } from '../core/parts.ts';
import type { Action, Endpoint, Policy, Program, Term } from '../core/policy.ts';

/** The bundle of a policy. */
export const bundleOf = (policy: Policy): Uint8Array => encodeParts(buildParts(policy));

const EMPTY: Policy = {
  trustDomain: 'example.org',
  egress: 'allow',
  ingress: 'allow',
  identities: [],
  services: [],
};

/** No identities: every process is decided by the posture. */
export const posture = (egress: Action, ingress: Action = 'allow', keep = false): Uint8Array =>
  bundleOf({ ...EMPTY, egress, ingress, keep });

const v4 = (a: number, b: number, c: number, d: number): Uint8Array => Uint8Array.of(a, b, c, d);
const V6_LOOPBACK = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

const at = (address: Uint8Array, port: number): Endpoint => ({
  address,
  prefixLength: address.length * 8,
  low: port,
  high: port,
});

/** Ports of loopback, 127.0.0.1 and ::1: 8001 is allowed, 8002 audited, everything else denied. Port 8004 is allowed at 127.0.0.2 only. */
export const PORTS = { allowed: 8001, audited: 8002, denied: 8003, elsewhere: 8004 } as const;

/** Processes of user 0 are held to PORTS; of others nothing is known, and everything allowed. */
export const ports = bundleOf({
  ...EMPTY,
  identities: [
    {
      workloadId: 'superuser',
      selectors: [[{ fact: 'process:uid', values: [0] }]],
      fallback: 'deny',
      rules: [
        { action: 'allow', services: [0] },
        { action: 'audit', services: [1] },
      ],
    },
  ],
  services: [
    {
      name: 'allowed',
      endpoints: [
        at(v4(127, 0, 0, 1), PORTS.allowed),
        at(V6_LOOPBACK, PORTS.allowed),
        at(v4(127, 0, 0, 2), PORTS.elsewhere),
      ],
    },
    { name: 'audited', endpoints: [at(v4(127, 0, 0, 1), PORTS.audited), at(V6_LOOPBACK, PORTS.audited)] },
  ],
});

/** Denies everything but to the processes that the terms describe. */
export const only = (...terms: readonly Term[]): Uint8Array =>
  bundleOf({
    ...EMPTY,
    egress: 'deny',
    identities: [{ workloadId: 'known', selectors: [terms], fallback: 'allow', rules: [] }],
  });

/** Processes of user 0 may connect to these, and nowhere else; of others nothing is known, and everything allowed. */
export const endpoints = (
  ...list: readonly { readonly address: Uint8Array; readonly port: number }[]
): Uint8Array =>
  bundleOf({
    ...EMPTY,
    identities: [
      {
        workloadId: 'superuser',
        selectors: [[{ fact: 'process:uid', values: [0] }]],
        fallback: 'deny',
        rules: [{ action: 'allow', services: [0] }],
      },
    ],
    services: [{ name: 'listed', endpoints: list.map(({ address, port }) => at(address, port)) }],
  });

/** Whether a connection in comes from an address, as a condition. */
const from = (...address: readonly [number, number, number, number]): Program => [
  {
    field: 'sourceIp',
    test: 'inside',
    prefix: {
      address: Uint8Array.of(...Array<number>(10).fill(0), 0xff, 0xff, ...address),
      prefixLength: 128,
    },
    whenTrue: 'holds',
    whenFalse: 'fails',
  },
];

/** Processes of user 0 let in 127.0.0.1, and 127.0.0.2 with a report, and nobody else. */
export const admits = bundleOf({
  ...EMPTY,
  identities: [
    {
      workloadId: 'superuser',
      selectors: [[{ fact: 'process:uid', values: [0] }]],
      fallback: 'allow',
      rules: [],
      inbound: {
        fallback: 'deny',
        rules: [
          { action: 'allow', condition: from(127, 0, 0, 1) },
          { action: 'audit', condition: from(127, 0, 0, 2) },
        ],
      },
    },
  ],
});

/** Processes of user 0 may connect to some ports of 127.0.0.1, and be connected to at some. */
export const portsOnly = (out: readonly number[], inward: readonly number[], keep = false): Uint8Array =>
  bundleOf({
    ...EMPTY,
    identities: [
      {
        workloadId: 'superuser',
        selectors: [[{ fact: 'process:uid', values: [0] }]],
        keep,
        fallback: 'deny',
        rules: out.length === 0 ? [] : [{ action: 'allow', services: out.map((_, i) => i) }],
        inbound: {
          fallback: 'deny',
          rules: inward.map((port) => ({
            action: 'allow',
            condition: [
              {
                field: 'destinationPort',
                test: 'range',
                low: port,
                high: port,
                whenTrue: 'holds',
                whenFalse: 'fails',
              },
            ],
          })),
        },
      },
    ],
    services: out.map((port) => ({ name: `port-${port}`, endpoints: [at(v4(127, 0, 0, 1), port)] })),
  });

/**
 * Processes of user 0 that the agent says are `web` may connect and be connected to; the others of user 0 may not. Of other users
 * nothing is known, and everything allowed.
 */
export const labelled = (agentLoss: AgentLossName = 'deny'): Uint8Array =>
  bundleOf({
    ...EMPTY,
    identities: [
      {
        workloadId: 'rest',
        selectors: [[{ fact: 'process:uid', values: [0] }]],
        fallback: 'deny',
        rules: [],
        inbound: { fallback: 'deny', rules: [] },
      },
      {
        workloadId: 'web',
        selectors: [
          [
            { fact: 'process:uid', values: [0] },
            { fact: 'label', values: ['docker:name=web'] },
          ],
        ],
        fallback: 'allow',
        rules: [],
        agentLoss,
      },
    ],
  });
/** The condition that the name of the destination ends with a text. */
export const nameEnds = (text: string): Program => [
  { field: 'destinationName', test: 'ends', text, whenTrue: 'holds', whenFalse: 'fails' },
];

/** Names, and how processes of user 0 may connect to them; of others nothing is known, and everything allowed. */
export interface NamedPolicy {
  /** Names of services at every port, in the order of their rules; one rule for each. */
  readonly names: readonly (readonly [name: string, action?: Action])[];
  /** Addresses of any name that ends so are allowed as well, wherever they are. */
  readonly ending?: string;
  readonly keep?: boolean;
}

/** Processes of user 0 may connect to the addresses of names, and nowhere else. */
export const named = ({ names, ending, keep = false }: NamedPolicy): Uint8Array => {
  const services = names.map(([name], i) => ({
    name: `s${String(i).padStart(3, '0')}`,
    endpoints: [],
    names: [{ name, low: 0, high: 65535 }],
  }));
  const everywhere = {
    name: 'x',
    endpoints: [4, 16].map((size) => ({
      address: new Uint8Array(size),
      prefixLength: 0,
      low: 0,
      high: 65535,
    })),
  };
  return bundleOf({
    ...EMPTY,
    identities: [
      {
        workloadId: 'superuser',
        selectors: [[{ fact: 'process:uid', values: [0] }]],
        keep,
        fallback: 'deny',
        rules: [
          ...names.map(([, action = 'allow' as const], i) => ({ action, services: [i] })),
          ...(ending === undefined
            ? []
            : [{ action: 'allow' as const, services: [names.length], condition: nameEnds(ending) }]),
        ],
      },
    ],
    services: ending === undefined ? services : [...services, everywhere],
  });
};

/** Ports by protocol, besides PORTS: where TCP alone is granted, and where UDP alone is. */
export const PROTOCOLS = { tcp: 8005, udp: 8006 } as const;

/** What the policies of transports say besides; UDP is decided unless they say otherwise. */
export type Transports = Pick<Policy, 'udp' | 'denyOthers'> & {
  readonly egress?: Action;
  /** The whole of 127.0.1.0/24 is allowed besides. */
  readonly wide?: boolean;
  /** Every port of this name is allowed besides. */
  readonly name?: string;
};

/** Processes of user 0 are held to PORTS and PROTOCOLS, by UDP as well; other users to the posture. */
export const transports = ({
  udp = true,
  denyOthers,
  egress = 'allow',
  wide = false,
  name,
}: Transports = {}): Uint8Array => {
  const everywhere = (port: number, protocol?: 'tcp' | 'udp'): readonly Endpoint[] =>
    [v4(127, 0, 0, 1), V6_LOOPBACK].map((address) => ({ ...at(address, port), protocol }));
  return bundleOf({
    ...EMPTY,
    egress,
    udp,
    denyOthers,
    identities: [
      {
        workloadId: 'superuser',
        selectors: [[{ fact: 'process:uid', values: [0] }]],
        fallback: 'deny',
        rules: [
          { action: 'allow', services: [0, 2, 3] },
          { action: 'audit', services: [1] },
        ],
      },
    ],
    services: [
      {
        name: 'allowed',
        endpoints: [
          ...everywhere(PORTS.allowed),
          at(v4(127, 0, 0, 2), PORTS.elsewhere),
          ...(wide ? [{ address: v4(127, 0, 1, 0), prefixLength: 24, low: 0, high: 65535 }] : []),
        ],
        names: name === undefined ? [] : [{ name, low: 0, high: 65535 }],
      },
      { name: 'audited', endpoints: everywhere(PORTS.audited) },
      { name: 'only-tcp', endpoints: everywhere(PROTOCOLS.tcp, 'tcp') },
      { name: 'only-udp', endpoints: everywhere(PROTOCOLS.udp, 'udp') },
    ],
  });
};

/** Processes of user 0 may send datagrams to PORTS.elsewhere of 127.0.0.1, and nowhere else. */
export const onlyElsewhere = bundleOf({
  ...EMPTY,
  udp: true,
  identities: [
    {
      workloadId: 'superuser',
      selectors: [[{ fact: 'process:uid', values: [0] }]],
      fallback: 'deny',
      rules: [{ action: 'allow', services: [0] }],
    },
  ],
  services: [{ name: 'elsewhere', endpoints: [at(v4(127, 0, 0, 1), PORTS.elsewhere)] }],
});
