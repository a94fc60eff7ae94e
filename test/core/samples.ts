// SPDX-License-Identifier: Apache-2.0
// Policies for tests: one that every host can carry out, and one with everything.

import { mapIPv4, parseAddress, parsePrefix } from '../../src/bundle/address.ts';
import type { Remote } from '../../src/bundle/core.ts';
import type { Endpoint, Instruction, Next, Policy, Prefix, Program } from './policy.ts';

/** `10.0.0.0/8` and ports as an endpoint. */
export function endpoint(prefix: string, low = 0, high = low === 0 ? 65535 : low): Endpoint {
  const parsed = parsePrefix(prefix);
  if ('problem' in parsed) throw new Error(`${prefix}: ${parsed.problem}`);
  return { address: parsed.address, prefixLength: parsed.prefixLength, low, high };
}

/** An address in text, and a port. */
export function remote(address: string, port: number): Remote {
  const bytes = parseAddress(address);
  if (bytes === undefined) throw new Error(`${address} is not an address`);
  return { address: bytes, port };
}

/** A prefix as conditions have it. */
export function prefix(text: string): Prefix {
  const { address, prefixLength } = endpoint(text);
  return address.length === 16
    ? { address, prefixLength }
    : { address: mapIPv4(address), prefixLength: prefixLength + 96 };
}

/** Small, without conditions, and with something in every section that such a policy needs. */
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

const range = (field: Instruction['field'], low: number, high: number, whenTrue: Next, whenFalse: Next) =>
  ({ field, test: 'range', low, high, whenTrue, whenFalse }) as const;

/** From Monday to Friday, 9:00 to 17:00 UTC. */
const OFFICE_HOURS: Program = [
  range('weekMinute', 0, 5 * 1440 - 1, 1, 'fails'),
  range('dayMinute', 9 * 60, 17 * 60 - 1, 'holds', 'fails'),
];
const FRIEND: Program = [
  { field: 'peerDomain', test: 'equal', text: 'example.org', whenTrue: 1, whenFalse: 'fails' },
  { field: 'peerPath', test: 'starts', text: '/ops/', whenTrue: 'holds', whenFalse: 2 },
  { field: 'peerId', test: 'ends', text: '/web', whenTrue: 'holds', whenFalse: 'fails' },
];
const NEAR: Program = [
  { field: 'sourceIp', test: 'inside', prefix: prefix('10.0.0.0/8'), whenTrue: 'holds', whenFalse: 1 },
  { field: 'sourceIp', test: 'inside', prefix: prefix('fd00::/8'), whenTrue: 2, whenFalse: 'fails' },
  range('sourcePort', 1024, 65535, 'holds', 'fails'),
];
const BY_NAME: Program = [
  { field: 'destinationName', test: 'ends', text: '.example.org', whenTrue: 1, whenFalse: 2 },
  { field: 'processName', test: 'equal', text: 'psql', whenTrue: 'holds', whenFalse: 'fails' },
  { field: 'destinationIp', test: 'inside', prefix: prefix('10.0.0.0/8'), whenTrue: 3, whenFalse: 'fails' },
  { field: 'destinationName', test: 'equal', text: '', whenTrue: 'holds', whenFalse: 'fails' },
];

/** Small, and with something in every section. */
export const FULL: Policy = {
  trustDomain: 'example.org',
  egress: 'allow',
  ingress: 'deny',
  identities: [
    {
      workloadId: 'api',
      selectors: [
        [{ fact: 'label', values: ['app=api', 'process:env:APP=api'] }],
        [
          { fact: 'process:cmdline', values: ['/usr/bin/api'] },
          { fact: 'direction', values: [1] },
        ],
      ],
      fallback: 'deny',
      rules: [
        { action: 'allow', services: [0], condition: OFFICE_HOURS },
        { action: 'audit', services: [0], condition: BY_NAME },
        { action: 'allow', services: [1], tls: 'simple', intercept: true, identity: 1, peers: FRIEND },
        { action: 'deny', services: [0] },
        { action: 'allow', services: [0], condition: OFFICE_HOURS },
      ],
      inbound: {
        fallback: 'deny',
        rules: [
          { action: 'allow', condition: FRIEND },
          { action: 'audit', condition: NEAR },
        ],
      },
      peers: [{ field: 'peerId', test: 'starts', text: 'spiffe://', whenTrue: 'holds', whenFalse: 'fails' }],
      tls: 'mutual',
      svid: { x509Ttl: 3600, jwtTtl: 0, dnsNames: ['api.example.org', 'api'], audiences: ['db'] },
    },
    {
      workloadId: 'web/[process:uid]',
      selectors: [
        [
          { fact: 'destination:ip', values: ['00000000000000000000ffff0a010203'] },
          { fact: 'process:uid', values: [33] },
        ],
        [
          { fact: 'source:ip', values: ['fd000000000000000000000000000001'] },
          { fact: 'source:port', values: [4000] },
        ],
      ],
      fallback: 'audit',
      rules: [{ action: 'allow', services: [0, 1] }],
      inbound: { fallback: 'audit', rules: [{ action: 'allow' }] },
      template: true,
      svid: { x509Ttl: 0, jwtTtl: 300, dnsNames: [], audiences: [] },
    },
  ],
  services: [
    {
      name: 'db',
      endpoints: [endpoint('10.1.2.3', 5432), endpoint('10.2.0.0/16', 5000, 6000)],
      names: [
        { name: 'db.example.org', low: 5432, high: 5432 },
        { name: 'db.example.org', low: 6000, high: 6010 },
      ],
    },
    {
      name: 'mail',
      endpoints: [endpoint('fd00::25', 25), endpoint('fd00:2::/32', 25)],
      names: [
        { name: 'mail.example.org', low: 25, high: 25 },
        { name: 'db.example.org', low: 6005, high: 6005 },
      ],
    },
  ],
  sources: [
    { name: 'aws', provider: 'aws' },
    { name: 'vault', provider: 'vault' },
  ],
  bindings: [
    { name: 'files', identity: 0, source: 0, flags: ['sysfs'], uses: 3 },
    { name: 'token', identity: 0, source: 1, services: [0], condition: OFFICE_HOURS },
    { name: 'token', identity: 1, source: 1, services: [1], flags: ['sysfs'] },
  ],
};
