// SPDX-License-Identifier: Apache-2.0
// The JSON Schema against the documents of every policy here: it must take all that riptides takes.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';

import { isKind, jsonSchema } from '../../src/schema/json-schema.ts';
import { KINDS, SCHEMAS } from '../../src/schema/kinds.ts';

const ROOT = join(import.meta.dirname, '../..');
const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
const valid = ajv.compile(jsonSchema());

/** Whether riptides takes the document by itself, without asking what it refers to. */
function isTaken(document: unknown): boolean {
  const { kind } = Object.assign({ kind: '' }, document);
  return typeof kind === 'string' && isKind(kind) && SCHEMAS[kind].safeParse(document).success;
}

const policies = globSync('{policies/examples,test/golden,test/corpus}/**/*.yaml', { cwd: ROOT });
const documents = policies.flatMap((file) =>
  parseAllDocuments(readFileSync(join(ROOT, file), 'utf8')).flatMap((document) =>
    'errors' in document && document.errors.length === 0
      ? [{ file, document: safely(() => document.toJS()) }]
      : [],
  ),
);

/** Alias bombs of the corpus are no documents. */
function safely(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

describe('the JSON Schema', () => {
  test('takes every document that riptides takes', () => {
    const taken = documents.filter(({ document }) => isTaken(document));
    expect(taken.length).toBeGreaterThan(50);
    for (const { file, document } of taken)
      expect({ file, errors: valid(document) ? [] : valid.errors }).toEqual({ file, errors: [] });
  });

  const service = { apiVersion: 'core.riptides.io/v1alpha1', kind: 'Service', metadata: { name: 'a' } };
  const identity = (selector: object, rule?: object): object => ({
    ...service,
    kind: 'WorkloadIdentity',
    spec: { workloadID: 'a', selectors: [selector], ...(rule !== undefined && { egress: [rule] }) },
  });
  const egress = (rule: object): object =>
    identity({ 'process:uid': 1 }, { selectors: [{ a: 'b' }], ...rule });
  test.each([
    ['no kind', { ...service, kind: undefined, spec: { labels: { a: 'b' } } }],
    ['an unknown kind', { ...service, kind: 'Servce', spec: { labels: { a: 'b' } } }],
    ['an unknown field', { ...service, spec: { labels: { a: 'b' }, adresses: [] } }],
    ['a wrong type', { ...service, spec: { labels: { a: 1 } } }],
    ['no labels', { ...service, spec: { labels: {} } }],
    ['two providers', { ...service, kind: 'CredentialSource', spec: { jwt: {}, aws: {} } }],
    ['an unknown fact', identity({ 'process:user': 'web' })],
    ['a fact of a family without its own part', identity({ 'k8s:label:': 'web' })],
    ['what a job reports of itself', identity({ 'github:reported:repository': 'shop/web' })],
    ['a number where a fact is text', identity({ 'process:name': 7 })],
    ['a field that was replaced', egress({ credentialName: 'x' })],
    ['a field in the wrong place', egress({ allowedSPIFFEIDs: { inbound: [] } })],
  ])('refuses %s', (_what, document) => {
    expect(valid(JSON.parse(JSON.stringify(document)))).toBe(false);
  });

  test.each(KINDS)('of %s describes each of its fields', (kind) => {
    if (!isKind(kind)) throw new Error(kind);
    const schema = jsonSchema(kind);
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(fieldsWithoutDescription(Reflect.get(schema, 'properties').spec, 'spec')).toEqual([]);
  });
});

/** The fields of maps within a schema that say nothing of themselves. */
function fieldsWithoutDescription(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const {
    properties = {},
    patternProperties = {},
    items,
    anyOf = [],
  }: { properties?: object; patternProperties?: object; items?: unknown; anyOf?: unknown[] } = schema;
  return [
    ...Object.entries({ ...properties, ...patternProperties }).flatMap(([name, field]) => [
      ...('description' in Object(field) ? [] : [`${path}.${name}`]),
      ...fieldsWithoutDescription(field, `${path}.${name}`),
    ]),
    ...fieldsWithoutDescription(items, `${path}[]`),
    ...anyOf.flatMap((option) => fieldsWithoutDescription(option, path)),
  ];
}
