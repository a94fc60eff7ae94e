// SPDX-License-Identifier: Apache-2.0
// Addresses that are no destination: what is said, why it matters, and what to write.

import { expect, test } from '@jest/globals';
import { resolveModel } from '../../../src/compiler/resolve/resolve.ts';
import { document, documentsOf, PROJECT } from '../documents.ts';

const ANY = 'it means "any" to a program that listens, and the host itself to one that connects';
const MAPPED = 'connections to those are decided as IPv4, so the prefix would not do what it seems to do';
const AS_IPV4 = 'write IPv4 prefixes as IPv4, and an IPv6 prefix that does not contain ::ffff:0:0/96';

test.each([
  ['0.0.0.0', 'RTP1207', ANY, 'write 0.0.0.0/0 for any destination, or the address of the host'],
  ['::', 'RTP1207', ANY, 'write ::/0 for any destination, or the address of the host'],
  ['0.0.0.0/32', 'RTP1207', ANY, 'write 0.0.0.0/0 for any destination, or the address of the host'],
  [
    '10.1.2.3/16',
    'RTP1208',
    'it could mean the one host or the whole network',
    'write 10.1.0.0/16 for the network, or the address without a length for the host',
  ],
  [
    'fd00::1/8',
    'RTP1208',
    'it could mean the one host or the whole network',
    'write fd00::/8 for the network, or the address without a length for the host',
  ],
  ['::/80', 'RTP1209', MAPPED, AS_IPV4],
])('%s', (address, code, why, fix) => {
  const entry = address.includes('/') ? `networkPrefixes: ["${address}"]` : `address: "${address}"`;
  const service = document('Service', 's', `{ labels: { app: s }, addresses: [{ ${entry} }] }`);
  const { value, diagnostics } = resolveModel(documentsOf(PROJECT, service));
  expect(value).toBeUndefined();
  const path = address.includes('/')
    ? ['spec', 'addresses', 0, 'networkPrefixes', 0]
    : ['spec', 'addresses', 0, 'address'];
  expect(diagnostics).toMatchObject([{ code, severity: 'error', path, why, fix }]);
});

test.each(['::/81', '::1:0:0/96', '::fffe:0:0/96', '::1'])('%s contains no IPv4 address', (address) => {
  const service = document(
    'Service',
    's',
    `{ labels: { app: s }, addresses: [{ networkPrefixes: ["${address}"] }] }`,
  );
  const { diagnostics } = resolveModel(documentsOf(PROJECT, service));
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
});
