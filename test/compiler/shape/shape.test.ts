// SPDX-License-Identifier: Apache-2.0
// What is refused, and with which words, stands in test/corpus.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import type { LoadedDocument } from '../../../src/compiler/load/types.ts';
import { hasErrors } from '../../../src/diagnostics/diagnostic.ts';
import { shapeDocument, shapeDocuments } from '../../../src/compiler/shape/shape.ts';

function load(text: string): readonly LoadedDocument[] {
  return parseFile('p.yaml', Buffer.from(text)).value ?? [];
}

function shape(kind: string, spec: string, more = '') {
  const text = `apiVersion: core.riptides.io/v1alpha1\nkind: ${kind}\nmetadata:\n  name: x\nspec: ${spec}\n${more}`;
  const { value, diagnostics } = shapeDocuments(load(text));
  expect(diagnostics).toEqual([]);
  return value?.[0];
}

const NONE = { aliases: [], networkNames: [], tags: [] };
const SELECTORS = 'selectors: [{process:uid: 1}]';

describe('shapeDocuments', () => {
  const cases: readonly [string, string, string, unknown][] = [
    [
      'fills in the defaults of a project',
      'Project',
      '{trustDomain: shop.example, defaultPosture: {egress: deny}}',
      {
        trustDomain: 'shop.example',
        defaultPosture: { egress: 'deny', ingress: 'allow' },
        onRevoke: 'close',
        onAgentLoss: 'deny',
        transports: ['tcp'],
        otherTransports: 'allow',
        policies: ['.'],
      },
    ],
    [
      'keeps what a project says',
      'Project',
      '{trustDomain: a_b-c.d, defaultPosture: {egress: audit, ingress: audit}, onRevoke: keep, transports: [tcp, udp], otherTransports: deny, policies: [a, b/c.yaml]}',
      {
        trustDomain: 'a_b-c.d',
        defaultPosture: { egress: 'audit', ingress: 'audit' },
        onRevoke: 'keep',
        onAgentLoss: 'deny',
        transports: ['tcp', 'udp'],
        otherTransports: 'deny',
        policies: ['a', 'b/c.yaml'],
      },
    ],
    [
      'fills in the defaults of an identity',
      'WorkloadIdentity',
      `{workloadID: shop/web, ${SELECTORS}}`,
      {
        workloadID: 'shop/web',
        mode: 'enforce',
        selectors: [{ 'process:uid': [1] }],
        egress: [],
        ingress: [],
      },
    ],
    [
      'makes lists of what may be one value or several, and numbers of numbers in quotes',
      'WorkloadIdentity',
      '{workloadID: a, selectors: [{process:uid: ["0", 4294967294], destination:port: "443", process:name: [a, b]}]}',
      {
        workloadID: 'a',
        mode: 'enforce',
        selectors: [
          { 'process:uid': [0, 4_294_967_294], 'destination:port': [443], 'process:name': ['a', 'b'] },
        ],
        egress: [],
        ingress: [],
      },
    ],
    [
      'keeps modes, scopes and labels',
      'WorkloadIdentity',
      `{workloadID: a/B.c-d_e, mode: off, scope: {daemon: {id: riptides/daemon/n1}}, ${SELECTORS}, egress: [{selectors: [{app: [x, y], tier: z}], mode: audit}, {selectors: [{a: b}]}]}`,
      {
        workloadID: 'a/B.c-d_e',
        mode: 'off',
        scope: { daemon: { id: 'riptides/daemon/n1' } },
        selectors: [{ 'process:uid': [1] }],
        egress: [
          { selectors: [{ app: ['x', 'y'], tier: ['z'] }], mode: 'audit', ports: [], windows: [] },
          { selectors: [{ a: ['b'] }], mode: 'enforce', ports: [], windows: [] },
        ],
        ingress: [],
      },
    ],
    [
      'makes ranges of ports, and any port of none',
      'Service',
      '{labels: {a: b}, addresses: [{address: 10.0.0.1, port: 80}, {address: "::1", port: 8000-8099}, {address: 10.8.0.0/16}, {networkPrefixes: [10.9.0.0/16, 10.1.2.3], port: "65535", tags: [x]}]}',
      {
        labels: { a: 'b' },
        addresses: [
          { address: '10.0.0.1', port: { low: 80, high: 80 }, networkPrefixes: [], ...NONE },
          { address: '::1', port: { low: 8000, high: 8099 }, networkPrefixes: [], ...NONE },
          { address: '10.8.0.0/16', port: { low: 0, high: 65_535 }, networkPrefixes: [], ...NONE },
          {
            port: { low: 65_535, high: 65_535 },
            networkPrefixes: ['10.9.0.0/16', '10.1.2.3'],
            ...NONE,
            tags: ['x'],
          },
        ],
        external: false,
        tls: false,
      },
    ],
    [
      'reads all of an identity',
      'WorkloadIdentity',
      `{workloadID: "a/[process:uid]", scope: {daemonGroup: {id: g}}, ${SELECTORS}, svid: {x509: {dnsNames: [A.Example.], ttl: 3600s}, jwt: {ttl: 300s, audience: x}}, connection: {tls: {mode: MUTUAL}}, allowedSPIFFEIDs: {inbound: ["spiffe://{{.TrustDomain}}/b/*"]}, egress: [{selectors: [{a: b}], workloadID: c, connection: {tls: {intercept: true}}, allowedSPIFFEIDs: {outbound: ["spiffe://d.example/e"]}, when: "true", ports: [80, 8000-8099], notBefore: "2026-01-01T00:00:00Z", notAfter: "2026-01-01T01:00:00-01:00"}]}`,
      {
        workloadID: 'a/[process:uid]',
        scope: { daemonGroup: { id: 'g' } },
        mode: 'enforce',
        selectors: [{ 'process:uid': [1] }],
        svid: { x509: { dnsNames: ['a.example'], ttl: 3600 }, jwt: { ttl: 300, audiences: ['x'] } },
        connection: { tls: { mode: 'MUTUAL', intercept: false } },
        allowedSPIFFEIDs: { inbound: ['spiffe://{{.TrustDomain}}/b/*'], outbound: [] },
        egress: [
          {
            selectors: [{ a: ['b'] }],
            mode: 'enforce',
            workloadID: 'c',
            connection: { tls: { intercept: true } },
            allowedSPIFFEIDs: { inbound: [], outbound: ['spiffe://d.example/e'] },
            when: 'true',
            ports: [
              { low: 80, high: 80 },
              { low: 8000, high: 8099 },
            ],
            notBefore: 1_767_225_600,
            notAfter: 1_767_232_800,
            windows: [],
          },
        ],
        ingress: [],
      },
    ],
    [
      'reads windows: days in any form, times, and distances from UTC',
      'WorkloadIdentity',
      `{workloadID: a, ${SELECTORS}, ingress: [{peers: ["spiffe://x.example/*"], ports: 80, windows: [{days: [fri-mon, wed]}, {days: tue, from: "22:00", to: "06:30", timezone: "-05:30"}, {to: "24:00", timezone: UTC}]}]}`,
      {
        workloadID: 'a',
        mode: 'enforce',
        selectors: [{ 'process:uid': [1] }],
        egress: [],
        ingress: [
          {
            mode: 'enforce',
            peers: ['spiffe://x.example/*'],
            ports: [{ low: 80, high: 80 }],
            windows: [
              { days: [0, 2, 4, 5, 6], from: 0, to: 1440, offset: 0 },
              { days: [1], from: 1320, to: 390, offset: -330 },
              { days: [0, 1, 2, 3, 4, 5, 6], from: 0, to: 1440, offset: 0 },
            ],
          },
        ],
      },
    ],
    [
      'gives facts their names and values one form',
      'WorkloadIdentity',
      `{workloadID: a, selectors: [{process:uid:effective: "7", "kubernetes:label:app": [x, y], destination:ip: "2001:DB8:0::1", direction: output, process:pid: 1, "process:binary:hash": "sha256:${'AB'.repeat(32)}", "systemd:dynamic-user": true, "githubactions:verified:repository": r, "docker:label:a:b/c": z, "gcp:instance:serviceaccount:1:email": e}]}`,
      {
        workloadID: 'a',
        mode: 'enforce',
        selectors: [
          {
            'process:uid': [7],
            'k8s:label:app': ['x', 'y'],
            'destination:ip': ['2001:db8::1'],
            direction: ['output'],
            'process:pid': [1],
            'process:binary:hash': [`sha256:${'ab'.repeat(32)}`],
            'systemd:dynamic-user': ['true'],
            'github:verified:repository': ['r'],
            'docker:label:a:b/c': ['z'],
            'gcp:instance:serviceaccount:1:email': ['e'],
          },
        ],
        egress: [],
        ingress: [],
      },
    ],
    [
      'reads a binding',
      'CredentialBinding',
      '{workloadID: a/b, credentialSource: s, propagation: {injection: {selectors: [{a: [b, c]}]}, sysfs: {}}, uses: 3}',
      {
        workloadID: 'a/b',
        credentialSource: 's',
        propagation: { injection: { selectors: [{ a: ['b', 'c'] }] }, sysfs: {} },
        uses: 3,
        windows: [],
      },
    ],
    [
      'reads a group of nodes',
      'DaemonGroup',
      '{workloadID: riptides/daemongroup/prod, daemons: [riptides/daemon/a, riptides/daemon/prod/*]}',
      { workloadID: 'riptides/daemongroup/prod', daemons: ['riptides/daemon/a', 'riptides/daemon/prod/*'] },
    ],
    [
      'names the provider of a source, and reads durations as seconds',
      'CredentialSource',
      '{aws: {roleArn: "arn:aws:iam::123456789012:role/x/reader", audience: sts.amazonaws.com, lifetime: 3600s, idTokenClaims: {a: [1]}}}',
      {
        provider: 'aws',
        aws: {
          roleArn: 'arn:aws:iam::123456789012:role/x/reader',
          audience: ['sts.amazonaws.com'],
          lifetime: 3600,
          idTokenClaims: { a: [1] },
        },
      },
    ],
    [
      'takes an empty external for no',
      'Service',
      '{labels: {a: b}, external: null, tls: true}',
      { labels: { a: 'b' }, addresses: [], external: false, tls: true },
    ],
    [
      'fills in the severity of rules',
      'Guardrail',
      '{matchKinds: [Service], rules: [{id: a, expression: "true"}, {id: b, expression: "true", severity: warning, message: m}]}',
      {
        matchKinds: ['Service'],
        variables: [],
        rules: [
          { id: 'a', expression: 'true', severity: 'error' },
          { id: 'b', expression: 'true', severity: 'warning', message: 'm' },
        ],
      },
    ],
  ];
  for (const [what, kind, spec, expected] of cases) {
    test(what, () => {
      expect(shape(kind, spec)).toMatchObject({ kind, metadata: { name: 'x' }, spec: expected });
      expect(JSON.parse(JSON.stringify(shape(kind, spec)?.spec))).toEqual(expected);
    });
  }

  test('takes what a server adds to a document for no part of the policy', () => {
    expect(shape('Service', '{labels: {a: b}}', 'status: {state: OK}\n')?.kind).toBe('Service');
  });

  test('takes what a server adds to the metadata, and a hundred DNS names', () => {
    const names = Array.from({ length: 100 }, (_, i) => `w${i}.example`);
    const text = `apiVersion: core.riptides.io/v1alpha1\nkind: WorkloadIdentity\nmetadata: {name: x, namespace: riptides-system, uid: 1-2, generation: 3, resourceVersion: "7", creationTimestamp: 2026-01-01T00:00:00Z}\nspec: {workloadID: a, ${SELECTORS}, svid: {x509: {dnsNames: [${names.join()}]}}}\n`;
    const { value, diagnostics } = shapeDocuments(load(text));
    expect(diagnostics).toEqual([]);
    expect(value).toHaveLength(1);
  });

  test('keeps the good documents, in order, and reports the others', () => {
    const good = (name: string) =>
      `apiVersion: core.riptides.io/v1alpha1\nkind: Service\nmetadata: {name: ${name}}\nspec: {labels: {a: b}}\n`;
    const { value, diagnostics } = shapeDocuments(load([good('a'), 'kind: x\n', good('c')].join('---\n')));
    expect(value?.map((d) => d.metadata.name)).toEqual(['a', 'c']);
    expect(diagnostics.map((d) => d.code)).toEqual(['RTP1102']);
  });

  test('never throws, and gives a document or a finding but not both, whatever a document holds', () => {
    const word = fc.constantFrom(
      'name',
      'spec',
      'metadata',
      'labels',
      'selectors',
      'egress',
      'rules',
      'address',
      'aws',
      'token',
      'scope',
      'windows',
      'constructor',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 0, -1, 1.5, '', 'x', 'deny', '10.0.0.1', 'Service'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    const kinds = fc.constantFrom(
      'Project',
      'WorkloadIdentity',
      'Service',
      'CredentialSource',
      'CredentialBinding',
      'DaemonGroup',
      'Guardrail',
      'Daemon',
      'JoinToken',
      'x',
    );
    fc.assert(
      fc.property(kinds, value, value, (kind, metadata, spec) => {
        const [document] = load(stringify({ apiVersion: 'core.riptides.io/v1alpha1', kind, metadata, spec }));
        if (document === undefined) throw new Error('the document was not loaded');
        const result = shapeDocument(document);
        expect(result.value === undefined).toBe(hasErrors(result.diagnostics) || kind === 'Daemon');
      }),
      { numRuns: 500, examples: [['Service', { labels: { token: {} } }, null]] },
    );
  });
});
