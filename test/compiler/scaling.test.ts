// SPDX-License-Identifier: Apache-2.0
// The compiler takes time in proportion to a policy, whatever it is made of. Each case is compiled at one size and at eight times that:
// what grows with the square would take sixty-four times as long. Takes a minute.

import { describe, expect, test } from '@jest/globals';
import { parseFile } from '../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../src/compiler/shape/shape.ts';
import { resolveModel } from '../../src/compiler/resolve/resolve.ts';
import { analyseModel } from '../../src/compiler/analyse/analyse.ts';
import { compileModel } from '../../src/compiler/compile-model.ts';
import { document, PROJECT } from './documents.ts';

const seq = (count: number, item: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(', ');
const ip = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const service = (addresses: string, name = 's', labels = 'app: s'): string =>
  document('Service', name, `{ labels: { ${labels} }, addresses: [ ${addresses} ] }`);
const identity = (egress: string, more = '', selector = 'process:uid: 1', id = 'w'): string =>
  document(
    'WorkloadIdentity',
    id,
    `{ workloadID: ${id}, selectors: [ { ${selector} } ], ${more} egress: [ { selectors: [ { app: s } ] ${egress} } ] }`,
  );
const ANY = service('{ address: 10.0.0.1, port: 1-65535 }');
const admit = (i: number): string =>
  identity(
    '',
    `allowedSPIFFEIDs: { inbound: ['spiffe://test.example/w'] },`,
    `process:uid: ${i + 2}`,
    `a${i}`,
  );

/** Policies by what they have many of: as many documents as texts. */
const CASES: Readonly<Record<string, (count: number) => readonly string[]>> = {
  'ports that do not touch': (n) => [ANY, identity(`, ports: [${seq(n, (i) => String(2 * i + 1))}]`)],
  'ports that overlap': (n) => [ANY, identity(`, ports: [${seq(n, (i) => `${i + 1}-${i + 100}`)}]`)],
  addresses: (n) => [service(seq(n, (i) => `{ address: ${ip(i * 3)}, port: 80 }`)), identity('')],
  'one address at ports that do not touch': (n) => [
    service(seq(n, (i) => `{ address: 10.0.0.1, port: ${2 * i + 1} }`)),
    identity(''),
  ],
  'one address at ports that overlap': (n) => [
    service(seq(n, (i) => `{ address: 10.0.0.1, port: ${i + 1}-${i + 1000} }`)),
    identity(''),
  ],
  prefixes: (n) => [
    service(`{ networkPrefixes: [${seq(n, (i) => `${ip(i * 16)}/28`)}], port: 80 }`),
    identity(''),
  ],
  'prefixes that overlap': (n) => [
    service(
      seq(n, (i) =>
        `{ address: ${ip((i * 4) & ~7)}/${i % 2 === 0 ? 29 : 30}, port: ${1 + (i % 1000)}-60000 }`.replace(
          /(\S+)\/30/,
          `${ip(i * 4)}/30`,
        ),
      ),
    ),
    identity(''),
  ],
  'prefixes of peers': (n) => [
    ANY,
    identity('', `allowedSPIFFEIDs: { outbound: [${seq(n, (i) => `'spiffe://x.example/p${i}/*'`)}] },`),
  ],
  'peers on both sides': (n) => [
    ANY,
    identity('', `allowedSPIFFEIDs: { outbound: [${seq(n, (i) => `'spiffe://test.example/q${i}'`)}] },`),
    ...Array.from({ length: n / 8 }, (_, i) => admit(i)),
  ],
  'command lines of two identities': (n) => [
    ANY,
    identity('', '', `process:cmdline: [${seq(n, (i) => `x${i}z`)}]`, 'v'),
    identity('', '', `process:cmdline: [${seq(n, (i) => `y${i}z`)}, x1z]`, 'w'),
  ],
  'rules at ports that a service does not have': (n) => [
    service(seq(n, (i) => `{ address: ${ip(i)}, port: ${1 + (i % 1000)} }`)),
    document(
      'WorkloadIdentity',
      'w',
      `{ workloadID: w, selectors: [ { process:uid: 1 } ], egress: [ ${seq(n / 4, (i) => `{ selectors: [ { app: s } ], ports: ${2000 + i} }`)} ] }`,
    ),
  ],
  'rules towards services without an address': (n) => [
    ...Array.from({ length: n / 4 }, (_, i) => service('', `s${i}`)),
    document(
      'WorkloadIdentity',
      'w',
      `{ workloadID: w, selectors: [ { process:uid: 1 } ], egress: [ ${seq(n / 4, (i) => `{ selectors: [ { app: s } ], ports: ${1 + i} }`)} ] }`,
    ),
  ],
};

const SMALL = 1_000;
const TIMES = 8;
/** Between that of proportion, which is eight, and that of a square, which is sixty-four. */
const MOST_RATIO = 24;

function cpuTime(texts: readonly string[]): number {
  const loaded = [PROJECT, ...texts].flatMap(
    (text, i) => parseFile(`${i}.yaml`, Buffer.from(text)).value ?? [],
  );
  const start = process.cpuUsage();
  const shaped = shapeDocuments(loaded).value ?? [];
  const { value } = resolveModel(shaped, {});
  expect(value).toBeDefined();
  if (value !== undefined) {
    analyseModel(value);
    compileModel(value);
  }
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

describe('time grows with the policy and no faster, with many', () => {
  test.each(Object.entries(CASES))('%s', (_, make) => {
    const least = (count: number, runs: number): number =>
      Math.min(...Array.from({ length: runs }, () => cpuTime(make(count))));
    const small = least(SMALL, 4);
    const ratio = least(SMALL * TIMES, 2) / small;
    expect(ratio).toBeLessThan(MOST_RATIO);
  });
});
