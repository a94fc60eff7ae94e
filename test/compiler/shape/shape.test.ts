// SPDX-License-Identifier: Apache-2.0
// What is refused, and with which words, stands in test/corpus.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import type { LoadedDocument } from '../../../src/compiler/load/types.ts';
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

const SELECTORS = 'selectors: [{process:uid: 1}]';

describe('shapeDocuments', () => {
  const cases: readonly [string, string, string, unknown][] = [
    [
      'fills in the defaults of a project',
      'Project',
      '{trustDomain: shop.example, defaultPosture: {egress: deny}}',
      { trustDomain: 'shop.example', defaultPosture: { egress: 'deny', ingress: 'allow' }, policies: ['.'] },
    ],
    [
      'keeps what a project says',
      'Project',
      '{trustDomain: a_b-c.d, defaultPosture: {egress: audit, ingress: audit}, policies: [a, b/c.yaml]}',
      {
        trustDomain: 'a_b-c.d',
        defaultPosture: { egress: 'audit', ingress: 'audit' },
        policies: ['a', 'b/c.yaml'],
      },
    ],
    [
      'fills in the defaults of an identity',
      'WorkloadIdentity',
      `{workloadID: shop/web, ${SELECTORS}}`,
      { workloadID: 'shop/web', mode: 'enforce', selectors: [{ 'process:uid': [1] }], egress: [] },
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
          { selectors: [{ app: ['x', 'y'], tier: ['z'] }], mode: 'audit' },
          { selectors: [{ a: ['b'] }], mode: 'enforce' },
        ],
      },
    ],
    [
      'makes ranges of ports, and any port of none',
      'Service',
      '{labels: {a: b}, addresses: [{address: 10.0.0.1, port: 80}, {address: "::1", port: 8000-8099}, {address: 10.0.0.0/8}, {networkPrefixes: [10.0.0.0/8, 10.1.2.3], port: "65535", tags: [x]}]}',
      {
        labels: { a: 'b' },
        addresses: [
          { address: '10.0.0.1', port: { low: 80, high: 80 }, networkPrefixes: [], tags: [] },
          { address: '::1', port: { low: 8000, high: 8099 }, networkPrefixes: [], tags: [] },
          { address: '10.0.0.0/8', port: { low: 0, high: 65_535 }, networkPrefixes: [], tags: [] },
          { port: { low: 65_535, high: 65_535 }, networkPrefixes: ['10.0.0.0/8', '10.1.2.3'], tags: ['x'] },
        ],
        external: false,
        tls: false,
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
    const kinds = fc.constantFrom('Project', 'WorkloadIdentity', 'Service', 'Guardrail', 'Daemon', 'x');
    fc.assert(
      fc.property(kinds, value, value, (kind, metadata, spec) => {
        const [document] = load(stringify({ apiVersion: 'core.riptides.io/v1alpha1', kind, metadata, spec }));
        if (document === undefined) throw new Error('the document was not loaded');
        const result = shapeDocument(document);
        expect(result.value === undefined).toBe(result.diagnostics.length > 0);
      }),
      { numRuns: 500 },
    );
  });
});
