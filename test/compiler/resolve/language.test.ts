// SPDX-License-Identifier: Apache-2.0
// What the fields of the whole language become in the model.

import { describe, expect, test } from '@jest/globals';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { resolveModel } from '../../../src/compiler/resolve/resolve.ts';
import type { Model, ModelIdentity, ResolveOptions } from '../../../src/compiler/resolve/types.ts';
import { shapeDocuments } from '../../../src/compiler/shape/shape.ts';
import { document, documentsOf, EVERY_NODE, inWords, PROJECT } from '../documents.ts';

const API = document('Service', 'api', '{ labels: { app: api }, addresses: [{ address: 10.0.0.1 }] }');
const GIT = document(
  'Service',
  'git',
  '{ labels: { app: git }, addresses: [{ address: Git.Example.com., port: 443, aliases: [GIT2.example.com] }] }',
);
const PAT = document(
  'CredentialSource',
  'pat',
  '{ kubernetes: { type: BearerToken, secretRef: { name: pat, key: token } } }',
);

function identity(name: string, more = ''): string {
  return document(
    'WorkloadIdentity',
    name,
    `{ workloadID: ${name}, selectors: [{ process:uid: 1 }] ${more} }`,
  );
}

function modelOf(texts: readonly string[], options: ResolveOptions = {}): Model {
  const { value, diagnostics } = resolveModel(documentsOf(...texts), options);
  if (value === undefined) throw new Error(inWords(diagnostics, texts).join('\n'));
  return value;
}

function findings(texts: readonly string[], options: ResolveOptions = {}): readonly string[] {
  return inWords(resolveModel(documentsOf(...texts), options).diagnostics, texts);
}

/** The only identity of a policy, without places. */
function plain(more: string): ModelIdentity {
  const { identities } = modelOf([PROJECT, API, identity('web', more)]);
  return JSON.parse(
    JSON.stringify(identities[0], (key, value: unknown) => (key === 'source' ? undefined : value)),
  );
}

const PEER = { kind: 'text', field: 'peerId', test: 'equal' };

describe('an identity', () => {
  test('of which nothing more is said has the defaults', () => {
    expect(plain('')).toEqual({
      workloadId: 'web',
      agentLoss: 'deny',
      mode: 'enforce',
      selectors: [{ terms: [{ fact: 'process:uid', values: [1] }] }],
      egress: [],
      tls: 'none',
      template: false,
      keep: false,
    });
  });

  test('has the TLS mode, the SVIDs and the peers that it says', () => {
    const spec =
      ', connection: { tls: { mode: MUTUAL } }, svid: { x509: { ttl: 3600s, dnsNames: [a.example] }, jwt: { audiences: [b, b] } }, allowedSPIFFEIDs: { outbound: ["spiffe://{{.TrustDomain}}/api"] }';
    expect(plain(spec)).toMatchObject({
      tls: 'mutual',
      svid: { x509Ttl: 3600, dnsNames: ['a.example'], audiences: ['b'] },
      peers: { ...PEER, text: 'spiffe://test.example/api' },
    });
  });

  test('of which the SVIDs are empty maps says nothing of them', () => {
    expect(plain(', svid: { x509: {}, jwt: {} }').svid).toBeUndefined();
  });

  test('with a placeholder is a template', () => {
    const text = document(
      'WorkloadIdentity',
      'w',
      '{ workloadID: "u/[process:uid]", selectors: [{ process:uid: 1 }] }',
    );
    expect(modelOf([PROJECT, text]).identities[0]).toMatchObject({
      workloadId: 'u/[process:uid]',
      template: true,
    });
  });
});

describe('a selector', () => {
  const cases: readonly (readonly [string, string, unknown])[] = [
    [
      'of facts that the kernel does not collect is of labels',
      '{ k8s:label:app: [web, api], process:uid: 1, docker:name: x }',
      [
        { fact: 'label', values: ['docker:name=x'] },
        { fact: 'label', values: ['k8s:label:app=api', 'k8s:label:app=web'] },
        { fact: 'process:uid', values: [1] },
      ],
    ],
    [
      'of addresses has their bytes, and equal ones once',
      '{ destination:ip: [10.0.0.1, "::ffff:10.0.0.1", "2001:db8::1"] }',
      [
        {
          fact: 'destination:ip',
          values: ['00000000000000000000ffff0a000001', '20010db8000000000000000000000001'],
        },
      ],
    ],
    [
      'of a direction has its number',
      '{ direction: [output, input] }',
      [{ fact: 'direction', values: [0, 1] }],
    ],
    [
      'of numbers that are labels has their text',
      '{ process:pid: 7 }',
      [{ fact: 'label', values: ['process:pid=7'] }],
    ],
  ];
  for (const [title, selector, expected] of cases) {
    test(title, () => {
      const text = document('WorkloadIdentity', 'w', `{ workloadID: w, selectors: [${selector}] }`);
      expect(modelOf([PROJECT, text]).identities[0]?.selectors[0]?.terms).toEqual(expected);
    });
  }
});

describe('an egress rule', () => {
  const rule = (more: string, own = '') =>
    plain(`, egress: [{ selectors: [{ app: api }] ${more} }] ${own}`).egress;

  test('joins ports, times and when into one condition', () => {
    expect(rule(', ports: 443, notAfter: "1970-01-01T00:00:10Z", when: process.uid == 7')).toEqual([
      {
        action: 'allow',
        services: [0],
        tls: 'none',
        intercept: false,
        condition: {
          kind: 'all',
          of: [
            { kind: 'number', field: 'destinationPort', low: 443, high: 443 },
            { kind: 'number', field: 'time', low: 0, high: 9 },
            { kind: 'number', field: 'processUid', low: 7, high: 7 },
          ],
        },
      },
    ]);
  });

  test('that holds always has no condition, and one that never holds is there all the same', () => {
    expect(rule(', when: "true"')[0]).not.toHaveProperty('condition');
    expect(rule(', when: "process.uid != 0 || process.uid != 1"')[0]).not.toHaveProperty('condition');
    expect(rule(', when: "false"')).toMatchObject([{ condition: { kind: 'constant', value: false } }]);
  });

  test('has its own TLS and peers', () => {
    const more =
      ', connection: { tls: { mode: SIMPLE } }, allowedSPIFFEIDs: { outbound: ["spiffe://x.example/a"] }';
    expect(rule(more, ', connection: { tls: { mode: MUTUAL, intercept: true } }')).toMatchObject([
      { tls: 'simple', intercept: false, peers: { ...PEER, text: 'spiffe://x.example/a' } },
    ]);
  });

  test('that says nothing of TLS has that of the identity', () => {
    expect(rule('', ', connection: { tls: { intercept: true } }')).toMatchObject([
      { tls: 'none', intercept: true },
    ]);
  });

  test('shows the identity that it names by its place in the model', () => {
    const texts = [
      PROJECT,
      API,
      identity('a'),
      identity('web', ', egress: [{ selectors: [{ app: api }], workloadID: a }]'),
    ];
    expect(modelOf(texts).identities[1]?.egress[0]?.identity).toBe(0);
    const own = [PROJECT, API, identity('web', ', egress: [{ selectors: [{ app: api }], workloadID: web }]')];
    expect(modelOf(own).identities[0]?.egress[0]?.identity).toBeUndefined();
  });

  test('cannot show an identity of another node', () => {
    const texts = [
      PROJECT,
      API,
      identity('a', ', scope: { daemon: { id: n2 } }'),
      identity('web', ', egress: [{ selectors: [{ app: api }], workloadID: a }]'),
    ];
    expect(findings(texts, { node: 'n1' })).toEqual([
      'RTP1220 at { daemon: { id: n2 } }: no scope and no DaemonGroup names the node "n1"',
      'RTP1218 at a: the identity "a" is not for this node, and cannot be shown here',
    ]);
    expect(findings(texts, { node: 'n2' })).toEqual([]);
    expect(findings(texts, { scopes: 'ignore' })).toEqual([]);
  });
});

describe('inbound rules', () => {
  test('are those of allowedSPIFFEIDs, then those of ingress', () => {
    const spec =
      ', allowedSPIFFEIDs: { inbound: ["spiffe://x/a", "spiffe://x/b/*"] }, ingress: [{ peers: ["spiffe://x/c"], ports: 80, mode: audit }, {}]';
    expect(plain(spec).inbound).toEqual([
      {
        action: 'allow',
        peers: [{ pattern: 'spiffe://x/a' }, { pattern: 'spiffe://x/b/*' }],
        condition: {
          kind: 'any',
          of: [
            { ...PEER, text: 'spiffe://x/a' },
            { kind: 'text', field: 'peerId', test: 'starts', text: 'spiffe://x/b/' },
          ],
        },
      },
      {
        action: 'audit',
        peers: [{ pattern: 'spiffe://x/c' }],
        condition: {
          kind: 'all',
          of: [
            { ...PEER, text: 'spiffe://x/c' },
            { kind: 'number', field: 'destinationPort', low: 80, high: 80 },
          ],
        },
      },
      { action: 'allow', peers: [] },
    ]);
  });

  test.each([
    ['are not there when nothing is said', '', undefined],
    ['admit nobody when all of them are off', ', ingress: [{ mode: off }]', []],
    [
      'admit nobody when none can hold',
      ', ingress: [{ when: "false" }]',
      [{ action: 'allow', peers: [], condition: { kind: 'constant', value: false } }],
    ],
  ])('%s', (_what, spec, expected) => {
    expect(plain(spec).inbound).toEqual(expected);
  });
});

describe('a group of nodes', () => {
  const GROUP = document('DaemonGroup', 'g', '{ workloadID: g/prod, daemons: [d/one, d/prod/*] }');
  const texts = [PROJECT, GROUP, EVERY_NODE, identity('web', ', scope: { daemonGroup: { id: g/prod } }')];

  test.each([
    ['d/one', 1],
    ['d/prod/web-1', 1],
    ['d/prod', 0],
    ['d/production', 0],
    ['d/onetwo', 0],
  ])('with the node %s gives it %d identities', (node, count) => {
    expect(modelOf(texts, { node }).identities).toHaveLength(count);
  });

  test('must exist, also when scopes are ignored', () => {
    const wrong = [PROJECT, GROUP, identity('web', ', scope: { daemonGroup: { id: g/prud } }')];
    expect(findings(wrong, { scopes: 'ignore' })).toEqual([
      'RTP1217 at g: no scope names the group "g"',
      'RTP1214 at g/prud: there is no DaemonGroup with the workloadID "g/prud" (g/prod?)',
    ]);
  });

  test('the old name of a scope for one node is read', () => {
    const old = identity('web', ', scope: { agent: { id: n1 } }');
    const { value = [] } = shapeDocuments(parseFile('0.yaml', Buffer.from(old)).value ?? []);
    const identities = (node: string) =>
      resolveModel([...documentsOf(PROJECT, EVERY_NODE), ...value], { node }).value?.identities;
    expect(identities('n1')).toHaveLength(1);
    expect(identities('n2')).toHaveLength(0);
  });
});

test('a service has the names of its hosts in one form, with their ports', () => {
  const [git] = modelOf([PROJECT, GIT]).services;
  expect(git?.names.map(({ name, ports }) => [name, ports])).toEqual([
    ['git.example.com', { low: 443, high: 443 }],
    ['git2.example.com', { low: 443, high: 443 }],
  ]);
  expect(git?.endpoints).toEqual([]);
});

describe('credentials', () => {
  const binding = (name: string, more: string, workload = 'web', source = 'pat') =>
    document(
      'CredentialBinding',
      name,
      `{ workloadID: ${workload}, credentialSource: ${source}, propagation: { ${more}`,
    );
  const INJECT = 'injection: { selectors: [{ app: git }] } }';

  test('of a binding are a source, an identity and what they are injected into', () => {
    const jwt = document('CredentialSource', 'jwt', '{ jwt: { audience: x } }');
    const texts = [
      PROJECT,
      API,
      GIT,
      jwt,
      PAT,
      identity('web'),
      identity('api'),
      binding('b', `${INJECT}, uses: 3, notAfter: "1970-01-01T00:00:10Z" }`),
      binding('a', 'sysfs: {} } }', 'web', 'jwt'),
      binding('c', 'sysfs: {}, injection: { selectors: [{ app: [git, api] }] } } }', 'api'),
    ];
    const { sources, bindings } = modelOf(texts);
    expect(sources.map(({ name, provider }) => [name, provider])).toEqual([
      ['jwt', 'jwt'],
      ['pat', 'kubernetes'],
    ]);
    const injected = { services: undefined, condition: undefined, uses: undefined };
    expect(bindings).toMatchObject([
      { ...injected, name: 'c', identity: 0, credential: 1, services: [0, 1], sysfs: true },
      { ...injected, name: 'a', identity: 1, credential: 0, sysfs: true },
      { name: 'b', identity: 1, credential: 1, services: [1], sysfs: false, uses: 3 },
    ]);
    expect(bindings[2]?.condition).toEqual({ kind: 'number', field: 'time', low: 0, high: 9 });
  });

  test('of a source have a digest of all that it says, however that is written', () => {
    const digest = (source: string): string | undefined =>
      modelOf([
        PROJECT,
        identity('web'),
        document('CredentialSource', 'aws', source),
        binding('a', 'sysfs: {} } }', 'web', 'aws'),
      ]).sources[0]?.digest;
    const role = (name: string) => `roleArn: "arn:aws:iam::123456789012:role/${name}"`;
    const first = digest(`{ aws: { ${role('reader')}, lifetime: 900s } }`);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(digest(`{ aws: { lifetime: 900s, ${role('reader')} } }`)).toBe(first);
    expect(digest(`{ aws: { ${role('admin')}, lifetime: 900s } }`)).not.toBe(first);
    expect(digest(`{ aws: { ${role('reader')} } }`)).not.toBe(first);
  });

  test('of identities of other nodes are left out, and so are sources that only they need', () => {
    const texts = [
      PROJECT,
      EVERY_NODE,
      GIT,
      PAT,
      identity('web', ', scope: { daemon: { id: n1 } }'),
      binding('b', `${INJECT} }`),
    ];
    expect(modelOf(texts, { node: 'n2' })).toMatchObject({ sources: [], bindings: [] });
    expect(modelOf(texts, { node: 'n1' })).toMatchObject({ sources: [{}], bindings: [{}] });
  });

  test('for one request are told apart by time, or refused', () => {
    const texts = [PROJECT, GIT, PAT, identity('web'), identity('api')];
    const two = [binding('a', `${INJECT} }`), binding('b', `${INJECT} }`)];
    expect(findings([...texts, ...two])).toEqual([
      'RTP1215 at { app: git }: "a" and "b" both inject towards the service "git"',
    ]);
    const later = binding('b', `${INJECT}, notBefore: "2026-01-01T00:00:00Z" }`);
    expect(findings([...texts, binding('a', `${INJECT} }`), later])).toEqual([]);
    expect(findings([...texts, binding('a', `${INJECT} }`), binding('b', `${INJECT} }`, 'api')])).toEqual([]);
  });
});
