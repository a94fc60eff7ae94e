// SPDX-License-Identifier: Apache-2.0
// Documents with kinds in the form that they had once. What counts as replaced is asked of the schema and of the dialect, so that a
// form that is replaced in future is not forgotten here.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { compilePolicy } from '../../src/compiler/compile.ts';
import { MODES } from '../../src/compiler/dialect/connection.ts';
import { FACTS } from '../../src/compiler/dialect/identity.ts';
import { formatFile } from '../../src/format/format.ts';
import { importedText, importFiles } from '../../src/import/import.ts';
import { writeImported } from '../../src/import/write.ts';
import { jsonSchema } from '../../src/schema/json-schema.ts';
import { REFUSED_KINDS } from '../../src/schema/kinds.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'riptides-replaced-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const document = (kind: string, name: string, spec: string): string =>
  `---\napiVersion: core.riptides.io/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n${spec.replaceAll(/^/gm, '  ')}\n`;

/** What the forms need around them. */
const REST = [
  document('Project', 'demo', 'trustDomain: acme.example\ndefaultPosture: { egress: audit }'),
  document('Service', 'maps', 'labels: { api: maps }\naddresses: [{ address: 10.0.0.1, port: 443 }]'),
  document('Service', 'git', 'labels: { api: git }\naddresses: [{ address: 10.0.0.2, port: 443 }]'),
  document(
    'CredentialSource',
    'account',
    'kubernetes: { type: BearerToken, secretRef: { name: maps, key: token } }',
  ),
].join('');

const identity = (fields: string): string =>
  document(
    'WorkloadIdentity',
    'tiles',
    `workloadID: maps/tiles\nselectors:\n  - process:name: tiles\n${fields}`,
  );

const CREDENTIAL = document(
  'WorkloadCredential',
  'tiles-account',
  'workloadID: maps/tiles\ncredentialSource: account',
);
const RULE = 'egress:\n  - selectors:\n      - api: maps\n    credentialName: tiles-account';

/** A policy for each form, by where the schema has it: those that become something of today, and those that nothing can be made of. */
const FORMS: Readonly<Record<string, { readonly text: string; readonly refused?: string }>> = {
  'kind WorkloadCredential': { text: identity(RULE) + CREDENTIAL },
  'WorkloadIdentity spec.scope.agent': { text: identity('scope: { agent: { id: riptides/daemon/host-1 } }') },
  'WorkloadIdentity spec.egress.credentialName': { text: identity(RULE) + CREDENTIAL },
  'WorkloadIdentity spec.egress.allowedSPIFFEIDs.inbound': {
    text: identity(
      'egress:\n  - selectors: [{ api: maps }]\n    allowedSPIFFEIDs: { inbound: ["spiffe://acme.example/a"] }',
    ),
    // It never had a meaning there.
    refused: 'RTP1134',
  },
};

function readForms(text: string) {
  const file = join(root, 'old.yaml');
  writeFileSync(file, text);
  return importFiles([file], {});
}

const codes = (text: string): readonly string[] => readForms(text).diagnostics.map(({ code }) => code);

/** The places of a JSON Schema that are deprecated, or that nothing may stand at. */
function replacedIn(schema: unknown, path: readonly string[]): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = Object.entries(schema).some(
    ([key, value]) => (key === 'deprecated' && value === true) || key === 'not',
  );
  if (own) return [path.join('.')];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'properties' && typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, field]) => replacedIn(field, [...path, name]))
      : replacedIn(value, path),
  );
}

describe('every form that was replaced', () => {
  test('is known here', () => {
    const schemas = jsonSchema();
    const branches = 'allOf' in schemas && Array.isArray(schemas.allOf) ? schemas.allOf : [];
    const fields = branches.flatMap(
      (branch: { if: { properties: { kind: { const: string } } }; then: unknown }) =>
        replacedIn(branch.then, []).map((path) => `${branch.if.properties.kind.const} ${path}`),
    );
    const kinds = Object.entries(REFUSED_KINDS).flatMap(([kind, { code }]) =>
      code === 'RTP1135' ? [`kind ${kind}`] : [],
    );
    expect([...kinds, ...new Set(fields)].toSorted()).toEqual(Object.keys(FORMS).toSorted());
  });

  test.each(Object.entries(FORMS))('becomes a policy that is valid, or is refused: %s', async (_, form) => {
    const { value, diagnostics } = readForms(REST + form.text);
    if (form.refused !== undefined) {
      expect({ value, codes: diagnostics.map(({ code }) => code) }).toEqual({
        value: undefined,
        codes: [form.refused],
      });
      return;
    }
    expect(diagnostics).toEqual([]);
    const out = join(root, 'out');
    await writeImported(out, value ?? [], false);
    const { diagnostics: after } = await compilePolicy([out], { scopes: 'ignore' });
    expect(after.filter(({ severity, code }) => severity === 'error' || code === 'RTP1140')).toEqual([]);
  });

  test.each(Object.keys(FACTS))('of the lists, too: the fact %s', (fact) => {
    const value = fact.endsWith('id')
      ? '33'
      : fact.endsWith('path')
        ? '/bin/a'
        : fact.endsWith('hash')
          ? `sha256:${'0'.repeat(64)}`
          : 'a';
    expect(
      codes(`- workloadID: a\n  selectors: [{ ${fact}: "${value}" }]\n`.replaceAll('"33"', '33')),
    ).toEqual([]);
  });

  test.each([...MODES.keys()].map(String))('of the lists, too: the mode %s', (mode) => {
    expect(
      codes(`- workloadID: a\n  selectors: [{ process:uid: 1 }]\n  connection: { mtls: ${mode} }\n`),
    ).toEqual([]);
  });
});

describe('a credential', () => {
  const imported = (text: string): string => importedText(readForms(text).value ?? []);

  test('goes where the rules that name it lead, once each', () => {
    const text = imported(
      `${identity(`${RULE}\n  - selectors:\n      - api: git\n      - api: maps\n    credentialName: tiles-account`)}${CREDENTIAL}`,
    );
    expect(text).toContain('injection:\n      selectors:\n        - api: maps\n        - api: git\n');
    expect(text).not.toContain('credentialName');
    expect(text).not.toContain('WorkloadCredential');
  });

  test('keeps its comments, also those of what is gone', () => {
    const text = imported(
      `# above\n${identity(RULE).replace('credentialName: tiles-account', 'credentialName: tiles-account # from the account')}# between\n${CREDENTIAL.replace('workloadID: maps/tiles', '# who\n  workloadID: maps/tiles # they')}# below\n`,
    );
    for (const comment of ['# above', '# from the account', '# between', '# who', '# they', '# below'])
      expect(text).toContain(comment);
    expect(formatFile('p.yaml', Buffer.from(text)).value?.text).toBe(text);
  });

  test('gets another name where a CredentialBinding has its own', () => {
    const taken = document(
      'CredentialBinding',
      'tiles-account',
      'workloadID: maps/tiles\ncredentialSource: account\npropagation: { sysfs: {} }',
    );
    const names = readForms(taken + identity(RULE) + CREDENTIAL).value?.map(
      ({ kind, name }) => `${kind} ${name}`,
    );
    expect(names).toEqual([
      'CredentialBinding tiles-account',
      'WorkloadIdentity tiles',
      'CredentialBinding tiles-account-2',
    ]);
  });

  test('that says itself where it goes needs no rule', () => {
    const text = imported(`${CREDENTIAL}  propagation: { sysfs: {} }\n`);
    expect(text).toContain('propagation: { sysfs: {} }');
  });

  const times =
    'notBefore: 2026-01-01T00:00:00Z\n    notAfter: 2027-01-01T00:00:00Z\n    windows: [{ days: [mon], from: "08:00", to: "17:00" }]';

  test('goes there at the times of the rule and no others', () => {
    const text = imported(identity(`${RULE}\n    ${times}`) + CREDENTIAL);
    const binding = text.slice(text.indexOf('kind: CredentialBinding'));
    for (const limit of ['notBefore', 'notAfter', 'windows']) expect(binding).toContain(`${limit}:`);
  });

  // Dropped, each of these would give the credential to more connections than before.
  test.each([
    'ports: [5432]',
    'mode: off',
    'mode: audit',
    'when: process.uid == 1',
    'workloadID: maps/other',
    'allowedSPIFFEIDs: { outbound: ["spiffe://acme.example/a"] }',
    'connection: { tls: { mode: MUTUAL } }',
  ])('is refused with its place when the rule that names it has %s', (field) => {
    const { value, diagnostics } = readForms(REST + identity(`${RULE}\n    ${field}`) + CREDENTIAL);
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code, path }) => [code, path?.at(-1)])).toEqual([
      ['RTP1057', field.slice(0, field.indexOf(':'))],
    ]);
  });

  test('of a rule of the mode enforce is not refused', () => {
    expect(codes(REST + identity(`${RULE}\n    mode: enforce`) + CREDENTIAL)).toEqual([]);
  });

  // prettier-ignore
  test.each([
    ['two rules have different times', identity(`${RULE}\n    ${times}\n  - selectors: [{ api: git }]\n    credentialName: tiles-account`) + CREDENTIAL],
    ['it has times besides those of the rule', `${identity(`${RULE}\n    ${times}`)}${CREDENTIAL}  notAfter: 2028-01-01T00:00:00Z\n`],
    ['no rule names it', CREDENTIAL],
    ['a rule names one that is not there', identity(RULE)],
    ['it is for another identity', identity(RULE) + CREDENTIAL.replace('maps/tiles', 'maps/other')],
  ])('is refused, and with it everything, when %s', (_, text) => {
    const { value, diagnostics } = readForms(REST + text);
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['RTP1057', 'error']]);
  });
});

test('what has not changed stays as it is, in a file for each document', async () => {
  const text = REST.replaceAll('---\n', '---\n# a comment\n');
  const { value = [], diagnostics } = readForms(text);
  expect(diagnostics).toEqual([]);
  expect(await writeImported(join(root, 'out'), value, false)).toEqual(
    ['riptides.yaml', 'services/maps.yaml', 'services/git.yaml', 'sources/account.yaml'].map((file) =>
      join(root, 'out', file),
    ),
  );
  expect(importedText(value).match(/# a comment/g)).toHaveLength(4);
});

test('two documents of one name are not written over one another', () => {
  expect(codes(REST + REST)).toEqual(['RTP1203', 'RTP1203', 'RTP1203', 'RTP1203']);
});

test('what is not policy is left out with a warning, whatever its name', async () => {
  const { value = [], diagnostics } = readForms(
    `${REST}---\napiVersion: core.riptides.io/v1alpha1\nkind: Daemon\nmetadata: { name: ../../x }\n`,
  );
  expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['RTP1130', 'warning']]);
  expect(value).toHaveLength(4);
});
