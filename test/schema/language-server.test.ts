// SPDX-License-Identifier: Apache-2.0
// What a person sees in an editor: the language server that editors run, with the JSON Schema that riptides prints.

import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { initialisePolicy } from '../../src/init/init.ts';
import { jsonSchema } from '../../src/schema/json-schema.ts';
import { type LanguageServer, startLanguageServer } from './language-server.ts';

const ROOT = join(import.meta.dirname, '../..');
const SHIPPED = globSync('policies/{examples,guardrails}/**/*.yaml', { cwd: ROOT }).toSorted();

const directory = mkdtempSync(join(tmpdir(), 'riptides-editor-'));
let server: LanguageServer;
let initial: readonly string[];

beforeAll(async () => {
  const schema = join(directory, 'schema.json');
  writeFileSync(schema, JSON.stringify(jsonSchema()));
  // A new policy names the schema that lies in it; what comes with riptides names none.
  const written = await initialisePolicy(join(directory, 'new'), {});
  initial = written.filter((path) => path.endsWith('.yaml') && !path.startsWith('.github'));
  server = await startLanguageServer({ [schema]: ['**/policies/**/*.yaml', '**/by-settings/*.yaml'] });
}, 20_000);

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

let opened = 0;
/** A file that was not opened before, beside those that the schema is named for. */
function newFile(folder: 'new' | 'by-settings'): string {
  opened += 1;
  return join(directory, folder, `${opened}.yaml`);
}

const MODELINE = '# yaml-language-server: $schema=.riptides/schema.json\n';

/** What the editor says, by the number of the line as people count them. */
async function found(file: string, text: string): Promise<readonly (readonly [number, string])[]> {
  const diagnostics = await server.open(file, text);
  return diagnostics.map(({ range, message }) => [range.start.line + 1, message]);
}

describe('in an editor', () => {
  test('nothing is wrong with the policies that come with riptides', async () => {
    expect(SHIPPED.length).toBeGreaterThan(15);
    const all = await Promise.all(
      SHIPPED.map(async (path) => [
        path,
        await found(join(directory, path), readFileSync(join(ROOT, path), 'utf8')),
      ]),
    );
    expect(all.filter(([, findings]) => findings?.length !== 0)).toEqual([]);
  }, 20_000);

  test('nothing is wrong with what riptides init writes', async () => {
    expect(initial).toContain('identities/web.yaml');
    for (const path of initial) {
      const file = join(directory, 'new', path);
      expect({ path, found: await found(file, readFileSync(file, 'utf8')) }).toEqual({ path, found: [] });
    }
  });

  test('each of these files is checked: a field that is not known is found in every one', async () => {
    const files = [
      ...SHIPPED.map((path) => [join(ROOT, path), join(directory, path)] as const),
      ...initial.map((path) => [join(directory, 'new', path), join(directory, 'new', path)] as const),
    ];
    const unseen = await Promise.all(
      files.map(async ([source, file]) => {
        const text = readFileSync(source, 'utf8').replaceAll(/^spec:$/gm, 'spec:\n  unheardOf: 1');
        const findings = await found(file.replace(/\.yaml$/, '-changed.yaml'), text);
        const wanted = [...text.matchAll(/unheardOf/g)].map(
          ({ index }) => text.slice(0, index).split('\n').length,
        );
        const lines = new Set(findings.map(([line]) => line));
        return wanted.length > 0 && wanted.every((line) => lines.has(line)) ? [] : [file, wanted, findings];
      }),
    );
    expect(unseen.filter((list) => list.length > 0)).toEqual([]);
  }, 20_000);
});

const HEAD = (kind: string) => `apiVersion: core.riptides.io/v1alpha1\nkind: ${kind}\nmetadata:\n  name: a\n`;
const IDENTITY = `${HEAD('WorkloadIdentity')}spec:\n  workloadID: a\n  selectors:\n    - process:uid: 1\n`;

describe('in an editor, a document that is wrong is marked at its line:', () => {
  const CASES: readonly (readonly [name: string, text: string, line: number, message: RegExp])[] = [
    [
      'an unknown field',
      `${HEAD('Service')}spec:\n  labels: { a: b }\n  adresses: []\n`,
      7,
      /adresses is not allowed/,
    ],
    ['an unknown kind', `${HEAD('Servce')}spec: {}\n`, 2, /not accepted/],
    ['no spec', HEAD('Service'), 1, /Missing property "spec"/],
    ['a wrong type', `${HEAD('Service')}spec:\n  labels:\n    a: 1\n`, 7, /Incorrect type/],
    ['a fact that nobody knows', IDENTITY.replace('process:uid', 'process:user'), 8, /process:user/],
    ['a text that is a number', IDENTITY.replace('process:uid', 'process:name'), 8, /Incorrect type/],
    ['an unknown mode', `${IDENTITY}  mode: adit\n`, 9, /not accepted/],
    [
      'a field in the wrong place',
      `${IDENTITY}  egress:\n    - ports: [443]\n      selectors:\n        - a: b\n      allowedSPIFFEIDs: { inbound: [] }\n`,
      13,
      /not allowed/,
    ],
    ['an indentation', `${IDENTITY} mode: audit\n`, 9, /./],
  ];
  const WAYS = ['by a comment', 'by the settings'] as const;
  test.each(
    CASES.flatMap(([name, ...entry]) => WAYS.map((way) => [`${name}, ${way}`, ...entry, way] as const)),
  )('%s', async (_name, text, line, message, way) => {
    const isComment = way === 'by a comment';
    const findings = await found(
      newFile(isComment ? 'new' : 'by-settings'),
      isComment ? `${MODELINE}${text}` : text,
    );
    const first = isComment ? line + 1 : line;
    expect(findings.filter(([at]) => at === first).map(([, words]) => words)).toContainEqual(
      expect.stringMatching(message),
    );
  });

  test('the second one of a file, by the settings or by a comment of its own', async () => {
    const second = `${HEAD('Project')}spec:\n  trustDomain: 1\n`;
    const lines = async (folder: 'new' | 'by-settings', text: string) =>
      (await found(newFile(folder), text)).map(([line]) => line);
    expect(await lines('by-settings', `${IDENTITY}---\n${second}`)).toContain(14);
    expect(await lines('new', `${MODELINE}${IDENTITY}---\n${MODELINE}${second}`)).toContain(16);
    // What docs/editors.md says of files with several documents.
    expect(await lines('new', `${MODELINE}${IDENTITY}---\n${second}`)).toEqual([]);
  });
});

describe('an editor helps to write', () => {
  test('the fields of an identity', async () => {
    const file = newFile('new');
    const text = `${MODELINE}${HEAD('WorkloadIdentity')}spec:\n  \n`;
    await server.open(file, text);
    const words = await server.complete(file, { line: 6, character: 2 });
    expect(words).toEqual(
      expect.arrayContaining(['workloadID', 'selectors', 'egress', 'ingress', 'mode', 'svid']),
    );
    expect(words).not.toContain('addresses');
  });

  test('the kinds, the modes and the facts', async () => {
    const file = newFile('new');
    await server.open(
      file,
      `${MODELINE}${IDENTITY.replace('process:uid: 1', '').replace('WorkloadIdentity', '')}`,
    );
    expect(await server.complete(file, { line: 2, character: 6 })).toEqual(
      expect.arrayContaining(['WorkloadIdentity', 'Service', 'Guardrail', 'PolicyTest']),
    );
    const other = newFile('new');
    await server.open(other, `${MODELINE}${IDENTITY.replace('process:uid: 1', 'process:')}  mode: \n`);
    expect(await server.complete(other, { line: 9, character: 8 })).toEqual(
      expect.arrayContaining(['enforce', 'audit', '"off"']),
    );
    expect(await server.complete(other, { line: 8, character: 6 })).toEqual(
      expect.arrayContaining(['process:uid', 'process:binary:path']),
    );
  });

  test('with what a field means', async () => {
    const file = newFile('new');
    await server.open(file, `${MODELINE}${IDENTITY}`);
    expect(await server.hover(file, { line: 6, character: 4 })).toContain('The path of the SPIFFE ID');
    expect(await server.hover(file, { line: 7, character: 4 })).toContain('Which processes');
  });
});
