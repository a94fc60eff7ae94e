// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import { analyseModel } from '../../../src/compiler/analyse/analyse.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { resolveModel } from '../../../src/compiler/resolve/resolve.ts';
import { shapeDocuments } from '../../../src/compiler/shape/shape.ts';

const document = (kind: string, name: string, spec: string): string =>
  `---\napiVersion: core.riptides.io/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;

const POLICY = [
  document('Project', 'p', '{ trustDomain: t.example, defaultPosture: { egress: deny } }'),
  ...['a', 'b', 'c'].map((app) =>
    document('Service', app, `{ labels: { app: ${app} }, addresses: [{ address: 10.0.0.1, port: 443 }] }`),
  ),
  document('CredentialSource', 's', '{ kubernetes: { type: BearerToken, secretRef: { name: x, key: y } } }'),
  document(
    'WorkloadIdentity',
    'w',
    '{ workloadID: w, selectors: [{ process:uid: 1 }], egress: [{ selectors: [{ app: [a, b] }] }] }',
  ),
].join('');

const binding = (name: string, ...apps: readonly string[]): string =>
  document(
    'CredentialBinding',
    name,
    `\n  workloadID: w\n  credentialSource: s\n  propagation:\n    injection:\n      selectors:\n${apps.map((app) => `        - app: ${app} # ${name} ${app}\n`).join('')}`,
  );

function found(text: string): readonly string[] {
  const shaped = shapeDocuments(parseFile('p.yaml', Buffer.from(text)).value ?? []);
  const { value, diagnostics } = resolveModel(shaped.value ?? []);
  const lines = text.split('\n');
  return [...diagnostics, ...(value === undefined ? [] : analyseModel(value))].flatMap(
    ({ code, range, related = [] }) =>
      ['RTP1215', 'RTP1408'].includes(code)
        ? [
            `${code} ${[range, ...related.map((one) => one.range)].map(({ start }) => lines[start.line - 1]?.trim()).join(' | ')}`,
          ]
        : [],
  );
}

test('two injections towards one service are shown by the selectors that select it', () => {
  expect(found(POLICY + binding('one', 'a', 'b') + binding('two', 'c', 'b'))).toEqual([
    'RTP1215 - app: b # two b | - app: b # one b',
  ]);
});

test('an injection that no rule leads to is shown by its selector', () => {
  expect(found(POLICY + binding('one', 'c'))).toEqual([
    expect.stringContaining('RTP1408 - app: c # one c |'),
  ]);
});
