// SPDX-License-Identifier: Apache-2.0
// What entries of the older dialect become, value by value.

import { describe, expect, test } from '@jest/globals';
import { expandDocuments, namesIn } from '../../../src/compiler/dialect/expand.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';

interface Document {
  readonly kind: string;
  readonly metadata: unknown;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The documents that a list becomes; findings that are no warnings are not expected. */
function expand(text: string): readonly Document[] {
  const { value = [], diagnostics } = expandDocuments(parseFile('old.yaml', Buffer.from(text)).value ?? []);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return value.map((document) => JSON.parse(JSON.stringify(document.value)));
}

function specOf(fields: string): Readonly<Record<string, unknown>> | undefined {
  return expand(`- { selectors: [{ process:name: x }], ${fields} }\n`)[0]?.spec;
}

describe('the certificate of an identity', () => {
  test.each([
    ['ttl: 3600s', { ttl: '3600s' }],
    ['ttl: 1h', { ttl: '3600s' }],
    ['ttl: 90m', { ttl: '5400s' }],
    ['ttl: 1h30m10s', { ttl: '5410s' }],
    ['ttl: 10s1h', { ttl: '3610s' }],
    ['ttl: 999999999h', { ttl: '3599999996400s' }],
    ['dns: [a.example]', { dnsNames: ['a.example'] }],
    ['dnsNames: [a.example]', { dnsNames: ['a.example'] }],
    ['dnsNames: [a.example], ttl: 12m', { dnsNames: ['a.example'], ttl: '720s' }],
  ])('becomes what the SVID holds: %s', (written, x509) => {
    expect(specOf(`workloadID: a, certificate: { ${written} }`)).toEqual({
      workloadID: 'a',
      selectors: [{ 'process:name': 'x' }],
      svid: { x509 },
    });
  });

  test.each(['certificate: {}', 'certificate:', 'certificate: { ttl: }'])(
    'is nothing when it says nothing: %s',
    (written) => {
      expect(specOf(`workloadID: a, ${written}`)?.['svid']).toBeUndefined();
    },
  );

  test.each(['0123456789s1h', '1h ', ' 1h', '1h1', 'h', '1.5h', '12345678901h'])(
    'is refused with the ttl "%s"',
    (ttl) => {
      const text = `- { selectors: [{ process:name: x }], certificate: { workloadID: a, ttl: "${ttl}" } }\n`;
      const documents = parseFile('old.yaml', Buffer.from(text)).value ?? [];
      expect(expandDocuments(documents).diagnostics).toMatchObject([
        { code: 'RTP1053', message: `"${ttl}" is not a duration` },
      ]);
    },
  );
});

describe('a workload ID', () => {
  test.each([
    ['workloadID: a/b', 'a/b'],
    ['workloadID: /a/b', 'a/b'],
    ['workloadID: //a', '/a'],
    ['certificate: { workloadID: /a/b }', 'a/b'],
    ['certificate: { workloadID: a }', 'a'],
  ])('is written without the slash before it: %s', (written, workloadID) => {
    expect(specOf(written)?.['workloadID']).toBe(workloadID);
  });
});

describe('who has it', () => {
  test('is told by the names that facts have now', () => {
    const [document] = expand(
      '- { workloadID: a, selectors: [{ linux:uid: 1, linux:gid: 2, linux:binary:name: x, linux:binary:path: /x, linux:binary:hash: y, process:cmdline: z }, { process:uid: 1 }] }\n',
    );
    expect(document?.spec['selectors']).toEqual([
      {
        'process:uid': 1,
        'process:gid': 2,
        'process:name': 'x',
        'process:binary:path': '/x',
        'process:binary:hash': 'y',
        'process:cmdline': 'z',
      },
      { 'process:uid': 1 },
    ]);
  });

  test.each([
    ['scope: { agent: { id: d/x } }', { daemon: { id: 'd/x' } }],
    ['scope: { daemon: { id: d/x } }', { daemon: { id: 'd/x' } }],
    ['scope: { daemonGroup: { id: g } }', { daemonGroup: { id: 'g' } }],
    ['scope: {}', undefined],
    ['scope:', undefined],
  ])('is limited to daemons: %s', (written, scope) => {
    expect(specOf(`workloadID: a, ${written}`)?.['scope']).toEqual(scope);
  });
});

describe('who may be at the other end', () => {
  const ids = ['spiffe://a.example/b'];
  test.each([
    ['allowedSPIFFEIDs: [spiffe://a.example/b]', { inbound: ids, outbound: ids }],
    ['connection: { allowedSPIFFEIDs: [spiffe://a.example/b] }', { inbound: ids, outbound: ids }],
    ['allowedSPIFFEIDs: { outbound: [spiffe://a.example/b] }', { outbound: ids }],
    ['allowedSPIFFEIDs: []', { inbound: [], outbound: [] }],
    ['allowedSPIFFEIDs:', undefined],
  ])('is said of both directions: %s', (written, allowed) => {
    expect(specOf(`workloadID: a, ${written}`)?.['allowedSPIFFEIDs']).toEqual(allowed);
  });

  test('is said of the way out in a rule', () => {
    const rule =
      '{ selectors: [{ app: x }], certificate: { workloadID: /b }, connection: { mtls: true, allowedSPIFFEIDs: [spiffe://a.example/b] } }';
    expect(specOf(`workloadID: a, egress: [${rule}]`)?.['egress']).toEqual([
      {
        selectors: [{ app: 'x' }],
        workloadID: 'b',
        connection: { tls: { mode: 'MUTUAL' } },
        allowedSPIFFEIDs: { outbound: ids },
      },
    ]);
  });
});

describe('a credential that a rule names', () => {
  test('becomes a binding for the services of the rule', () => {
    const documents = expand(
      '- { workloadID: /a/b, selectors: [{ process:name: x }], egress: [{ selectors: [{ app: x }], credentialName: pat }, { credentialName: pat }] }\n',
    );
    expect(documents.slice(1)).toEqual([
      {
        apiVersion: 'core.riptides.io/v1alpha1',
        kind: 'CredentialBinding',
        metadata: { name: 'a-b-pat' },
        spec: {
          workloadID: 'a/b',
          credentialSource: 'pat',
          propagation: { injection: { selectors: [{ app: 'x' }] } },
        },
      },
      {
        apiVersion: 'core.riptides.io/v1alpha1',
        kind: 'CredentialBinding',
        metadata: { name: 'a-b-pat-2' },
        spec: { workloadID: 'a/b', credentialSource: 'pat' },
      },
    ]);
  });
});

describe('names', () => {
  test('are those of the labels, or else of the first address, or else of the kind', () => {
    const names = expand(
      [
        '- { labels: { app: api, tier: Back } }',
        '- { labels: { app: 1 }, addresses: [{ address: 10.0.0.7 }] }',
        '- { labels: {}, addresses: [{ address: a.example }, { address: b.example }] }',
        '- { addresses: [10.0.0.8] }',
        '- { addresses: 10.0.0.8 }',
        '- { labels: [x], external: true }',
        '- { selectors: [] }',
        `- { workloadID: ${'a'.repeat(300)} }`,
        '- { workloadID: ".-a-.-.b--c." }',
        '',
      ].join('\n'),
    ).map(({ kind, metadata }) => [kind, metadata]);
    expect(names).toEqual([
      ['Service', { name: 'api-back' }],
      ['Service', { name: 'service' }],
      ['Service', { name: 'a.example' }],
      ['Service', { name: 'service-2' }],
      ['Service', { name: 'service-3' }],
      ['Service', { name: 'service-4' }],
      ['WorkloadIdentity', { name: 'identity' }],
      ['WorkloadIdentity', { name: 'a'.repeat(200) }],
      ['WorkloadIdentity', { name: 'a.b-c' }],
    ]);
  });

  test('are taken by documents of today that have one, for their kind', () => {
    const documents = parseFile(
      'p.yaml',
      Buffer.from(
        'kind: Service\nmetadata: { name: a }\n---\nkind: 1\nmetadata: { name: b }\n---\nkind: Service\nmetadata: { name: 2 }\n---\nkind: Service\nmetadata: x\n---\ntext\n',
      ),
    );
    expect([...namesIn(documents.value ?? [])]).toEqual(['Service/a']);
  });
});
