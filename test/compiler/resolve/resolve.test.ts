// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { formatPrefix } from '../../../src/bundle/address.ts';
import { resolveModel } from '../../../src/compiler/resolve/resolve.ts';
import type { Model, ResolveOptions } from '../../../src/compiler/resolve/types.ts';
import { hasErrors } from '../../../src/diagnostics/diagnostic.ts';
import { document, documentsOf, EVERY_NODE, inWords, PROJECT, textAt } from '../documents.ts';

function modelOf(texts: readonly string[], options: ResolveOptions = {}): Model {
  const { value, diagnostics } = resolveModel(documentsOf(...texts), options);
  if (value === undefined) throw new Error(inWords(diagnostics, texts).join('\n'));
  return value;
}

function findings(texts: readonly string[], options: ResolveOptions = {}): readonly string[] {
  const { value, diagnostics } = resolveModel(documentsOf(...texts), options);
  expect(value === undefined).toBe(hasErrors(diagnostics));
  return inWords(diagnostics, texts);
}

const API = document(
  'Service',
  'api',
  '{ labels: { app: api, tier: back }, addresses: [{ address: 10.0.0.1 }] }',
);
const DATABASE = document(
  'Service',
  'db',
  '{ labels: { app: db, tier: back }, addresses: [{ address: 10.0.0.2 }] }',
);

function web(egress: string, rest = ''): string {
  return document(
    'WorkloadIdentity',
    'web',
    `{ workloadID: web, selectors: [{ process:uid: 1 }], egress: ${egress} ${rest} }`,
  );
}

function endpointsOf(addresses: string): readonly string[] {
  const service = document('Service', 's', `{ labels: { app: s }, addresses: ${addresses} }`);
  const endpoints = modelOf([PROJECT, service]).services[0]?.endpoints ?? [];
  return endpoints.map(({ ports, ...prefix }) => `${formatPrefix(prefix)} ${ports.low}-${ports.high}`);
}

describe('a model', () => {
  test('has identities by workload ID and services by name, whatever the order of the documents', () => {
    const other = document('WorkloadIdentity', 'z', '{ workloadID: api, selectors: [{ process:uid: 2 }] }');
    const texts = [web('[]'), DATABASE, other, PROJECT, API];
    const { identities, services } = modelOf(texts);
    expect(identities.map(({ workloadId }) => workloadId)).toEqual(['api', 'web']);
    expect(services.map(({ name }) => name)).toEqual(['api', 'db']);
    expect(identities[0]?.egress).toEqual([]);
  });

  test('knows where its parts are written', () => {
    const texts = [PROJECT, API, web('[{ selectors: [{ app: api }] }]')];
    const { project, identities, services } = modelOf(texts);
    const places = [
      project.egress.source,
      project.ingress.source,
      services[0]?.source,
      services[0]?.endpoints[0]?.source,
      identities[0]?.source,
      identities[0]?.selectors[0]?.source,
      identities[0]?.egress[0]?.source,
    ];
    expect(places.map((place) => place && textAt(place, texts))).toEqual([
      'deny',
      'defaultPosture',
      'api',
      '10.0.0.1',
      'web',
      '{ process:uid: 1 }',
      '{ selectors: [{ app: api }] }',
    ]);
  });

  test('has the values of a selector ascending and once', () => {
    const text = document(
      'WorkloadIdentity',
      'w',
      '{ workloadID: w, selectors: [{ process:uid: [10, 9, 10], process:name: [b, a, b] }] }',
    );
    expect(modelOf([PROJECT, text]).identities[0]?.selectors[0]?.terms).toEqual([
      { fact: 'process:name', values: ['a', 'b'] },
      { fact: 'process:uid', values: [9, 10] },
    ]);
  });
});

describe('an egress rule', () => {
  const cases: readonly (readonly [string, string, readonly number[]])[] = [
    ['grants the services that have all labels of one entry', '[{ app: api, tier: back }]', [0]],
    ['grants the services of all entries', '[{ app: db }, { app: api }]', [0, 1]],
    ['grants the services with one of several values', '[{ app: [db, api] }]', [0, 1]],
    ['grants every service with a common label', '[{ tier: back }]', [0, 1]],
  ];
  for (const [title, selectors, services] of cases) {
    test(title, () => {
      const { identities } = modelOf([PROJECT, API, DATABASE, web(`[{ selectors: ${selectors} }]`)]);
      expect(identities[0]?.egress.map((rule) => rule.services)).toEqual([services]);
    });
  }

  test('that is off is left out, and one in audit mode says so', () => {
    const rules = '[{ selectors: [{ app: api }], mode: "off" }, { selectors: [{ app: db }], mode: audit }]';
    const { identities } = modelOf([PROJECT, API, DATABASE, web(rules)]);
    expect(identities[0]?.egress.map(({ action, services }) => ({ action, services }))).toEqual([
      { action: 'audit', services: [1] },
    ]);
  });
});

describe('a reference that leads nowhere', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'an unknown key',
      '[{ selectors: [{ ap: api }] }]',
      ['RTP1205 at ap: no service has a label "ap" (app?)'],
    ],
    [
      'an unknown value',
      '[{ selectors: [{ app: appi }] }]',
      ['RTP1205 at appi: no service has the label "app: appi" (api?)'],
    ],
    [
      'one unknown value of several',
      '[{ selectors: [{ app: [api, dbb] }] }]',
      ['RTP1205 at dbb: no service has the label "app: dbb" (db?)'],
    ],
    [
      'labels that no one service has together',
      '[{ selectors: [{ app: api, tier: front }] }, { selectors: [{ tier: back, app: [cache] }] }]',
      [
        'RTP1205 at front: no service has the label "tier: front"',
        'RTP1205 at [cache]: no service has the label "app: cache"',
      ],
    ],
    [
      'a rule that is off',
      '[{ selectors: [{ nap: api }], mode: "off" }]',
      ['RTP1205 at nap: no service has a label "nap"'],
    ],
  ];
  for (const [title, egress, expected] of cases) {
    test(`is an error: ${title}`, () => {
      expect(findings([PROJECT, API, DATABASE, web(egress)])).toEqual(expected);
    });
  }

  test('is an error although each of its labels exists', () => {
    const front = document('Service', 'f', '{ labels: { app: f, tier: front } }');
    expect(findings([PROJECT, API, front, web('[{ selectors: [{ app: api, tier: front }] }]')])).toEqual([
      'RTP1205 at { app: api, tier: front }: no service has all of these labels',
    ]);
  });

  test('to services without addresses is a warning', () => {
    const empty = document('Service', 'e', '{ labels: { app: e } }');
    expect(findings([PROJECT, empty, web('[{ selectors: [{ app: e }] }]')])).toEqual([
      'RTP1211 at [{ app: e }]: the services that the rule selects have no addresses (e)',
    ]);
  });
});

describe('names', () => {
  test('of documents are given once in a kind, and workload IDs once', () => {
    const twice = document('WorkloadIdentity', 'api', '{ workloadID: web, selectors: [{ process:uid: 2 }] }');
    expect(findings([PROJECT, API, twice, web('[]'), API])).toEqual([
      'RTP1204 at web: two identities have the workloadID "web"',
      'RTP1203 at api: two documents of kind Service are named "api"',
    ]);
  });

  test('of projects: there is at least one', () => {
    expect(findings([API])).toEqual([
      'RTP1201 at apiVersion: core.riptides.io/v1alpha1: the policy has no Project',
    ]);
  });

  test('of workloads make SPIFFE IDs of at most 2048 bytes', () => {
    const length = 2048 - 'spiffe://test.example/'.length;
    const text = (id: string) =>
      document('WorkloadIdentity', 'w', `{ workloadID: ${id}, selectors: [{ process:uid: 1 }] }`);
    expect(findings([PROJECT, text('w'.repeat(length))])).toEqual([]);
    const [first = ''] = findings([PROJECT, text('w'.repeat(length + 1))]);
    expect(first).toBe(
      `RTP1210 at ${'w'.repeat(length + 1)}: the SPIFFE ID has 2049 bytes; 2048 are allowed`,
    );
  });
});

describe('a scope', () => {
  const texts = [PROJECT, web('[]', ', scope: { daemon: { id: riptides/daemon/one } }')];

  test('of the node compiled for keeps the identity, another leaves it out', () => {
    expect(modelOf(texts, { node: 'riptides/daemon/one' }).identities).toHaveLength(1);
    expect(modelOf([...texts, EVERY_NODE], { node: 'riptides/daemon/two' }).identities).toHaveLength(0);
  });

  test('without a node is an error, unless scopes are ignored', () => {
    expect(findings(texts)).toEqual([
      'RTP1206 at riptides/daemon/one: the identity "web" is for the node "riptides/daemon/one", and no node is named',
    ]);
    expect(modelOf(texts, { scopes: 'ignore' }).identities).toHaveLength(1);
  });
});

describe('addresses', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['a host without a port is any port of it', '[{ address: 10.0.0.1 }]', ['10.0.0.1 0-65535']],
    [
      'a port and a range of ports',
      '[{ address: 10.0.0.1, port: 80 }, { address: "fd00::1", port: 8000-8100 }]',
      ['10.0.0.1 80-80', 'fd00::1 8000-8100'],
    ],
    [
      'an address and prefixes are a union',
      '[{ address: 10.0.0.1, networkPrefixes: [10.1.0.0/16, "fd00::/8"], port: 1 }]',
      ['10.0.0.1 1-1', '10.1.0.0/16 1-1', 'fd00::/8 1-1'],
    ],
    [
      'an IPv4-mapped address is IPv4',
      '[{ address: "::ffff:10.0.0.1" }, { address: "::ffff:a00:0/104" }]',
      ['10.0.0.1 0-65535', '10.0.0.0/8 0-65535'],
    ],
    [
      'everything is 0.0.0.0/0 and ::/0',
      '[{ networkPrefixes: [0.0.0.0/0, "::/0"] }]',
      ['0.0.0.0/0 0-65535', '::/0 0-65535'],
    ],
  ];
  for (const [title, addresses, expected] of cases) {
    test(title, () => {
      expect(endpointsOf(addresses)).toEqual(expected);
    });
  }

  const wrong: readonly (readonly [string, string])[] = [
    ['0.0.0.0', 'RTP1207 at "0.0.0.0": "0.0.0.0" is not the address of a service'],
    ['::', 'RTP1207 at "::": "::" is not the address of a service'],
    ['::ffff:0.0.0.0', 'RTP1207 at "::ffff:0.0.0.0": "::ffff:0.0.0.0" is not the address of a service'],
    ['10.1.2.3/16', 'RTP1208 at "10.1.2.3/16": "10.1.2.3/16" has bits set beyond its prefix length'],
    ['::/64', 'RTP1209 at "::/64": "::/64" contains ::ffff:0:0/96, the IPv4 addresses in their IPv6 form'],
    ['::/1', 'RTP1209 at "::/1": "::/1" contains ::ffff:0:0/96, the IPv4 addresses in their IPv6 form'],
    [
      '::fffe:0:0/95',
      'RTP1209 at "::fffe:0:0/95": "::fffe:0:0/95" contains ::ffff:0:0/96, the IPv4 addresses in their IPv6 form',
    ],
  ];
  for (const [address, expected] of wrong) {
    test(`${address} is refused with the reason`, () => {
      const service = document(
        'Service',
        's',
        `{ labels: { app: s }, addresses: [{ address: "${address}" }] }`,
      );
      expect(findings([PROJECT, service])).toEqual([expected]);
    });
  }
});
