// SPDX-License-Identifier: Apache-2.0
// The guardrails of policies/guardrails. In shipped/, each has a policy that satisfies it, one that does not, and what is then found.
// UPDATE=1 writes expected.txt anew: read the difference before you keep it.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { compilePolicy } from '../../../src/compiler/compile.ts';
import { guardDocuments } from '../../../src/compiler/guard/guard.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../../src/compiler/shape/shape.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { shownText } from '../../printed.ts';

const GUARDRAILS = join(import.meta.dirname, '../../../policies/guardrails');
const POLICIES = join(import.meta.dirname, 'shipped');
const names = readdirSync(GUARDRAILS)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

/** What the guardrail of a file finds in the policy of another. */
function guard(...files: readonly string[]): readonly Diagnostic[] {
  const loaded = files.map((file) => parseFile(file, readFileSync(file)));
  const shaped = shapeDocuments(loaded.flatMap(({ value }) => value ?? []));
  expect([...loaded.flatMap(({ diagnostics }) => diagnostics), ...shaped.diagnostics]).toEqual([]);
  return guardDocuments(shaped.value ?? []);
}

describe('the guardrail', () => {
  for (const name of names) {
    const guardrail = join(GUARDRAILS, `${name}.yaml`);

    test(`${name} says nothing of a policy that satisfies it`, () => {
      expect(guard(guardrail, join(POLICIES, name, 'good.yaml'))).toEqual([]);
    });

    test(`${name} finds what does not satisfy it, and nothing else`, () => {
      const file = join(POLICIES, name, 'bad.yaml');
      const found = guard(guardrail, file);
      const rendered = shownText(found)
        .replaceAll(`${join(POLICIES, name)}/`, '')
        .replaceAll(`${GUARDRAILS}/`, '');
      const expected = join(POLICIES, name, 'expected.txt');
      if (process.env['UPDATE'] === '1') writeFileSync(expected, rendered);
      expect(rendered).toBe(readFileSync(expected, 'utf8'));
      expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['RTP1305']));
    });

    test(`${name} begins with a comment that says what it is for`, () => {
      expect(readFileSync(guardrail, 'utf8')).toMatch(/^# [A-Z].{20}/);
    });
  }
});

describe('a policy repository with all of them', () => {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-guardrails-'));
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  cpSync(GUARDRAILS, join(directory, 'guardrails'), { recursive: true });
  writeFileSync(
    join(directory, 'riptides.yaml'),
    `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: shop }
spec: { trustDomain: shop.example, defaultPosture: { egress: deny }, policies: [guardrails, policy.yaml] }
`,
  );
  const policy = (labels: string): string => `apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: web, labels: ${labels} }
spec:
  workloadID: shop/web
  selectors: [{ process:binary:path: /usr/bin/web }]
  egress: [{ selectors: [{ app: api }] }]
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: api, labels: { owner: shop } }
spec:
  labels: { app: api }
  addresses: [{ address: 10.0.0.1, port: 443 }]
`;

  test('compiles when it satisfies them', async () => {
    writeFileSync(join(directory, 'policy.yaml'), policy('{ owner: shop, env: prod }'));
    const { value, diagnostics } = await compilePolicy([directory]);
    expect(diagnostics).toEqual([]);
    expect(value?.bundle.byteLength).toBeGreaterThan(0);
  });

  test('does not compile when one of them refuses it', async () => {
    writeFileSync(join(directory, 'policy.yaml'), policy('{ env: prod }'));
    const { value, diagnostics } = await compilePolicy([directory]);
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'RTP1305 WorkloadIdentity web needs the label owner: the team that answers for it',
    ]);
    expect(value).toBeUndefined();
  });
});
