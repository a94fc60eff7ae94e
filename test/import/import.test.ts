// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { compilePolicy } from '../../src/compiler/compile.ts';
import type { Compilation } from '../../src/compiler/types.ts';
import { formatFile } from '../../src/format/format.ts';
import { importedText, importFiles } from '../../src/import/import.ts';
import { writeImported } from '../../src/import/write.ts';
import { EVERYTHING, olderFiles } from './older.ts';

/** What EVERYTHING becomes. UPDATE=1 writes it anew: read the difference before you keep it. */
const EXPECTED = join(import.meta.dirname, 'everything.expected.txt');

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'riptides-import-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

/** The text that a file becomes. */
function imported(text: string, trustDomain?: string): string {
  const { value, diagnostics } = importFiles([write('old.yaml', text)], { trustDomain });
  if (value === undefined)
    throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return importedText(value);
}

/** Findings as "code line:column message". */
function findings(text: string): readonly string[] {
  return importFiles([write('old.yaml', text)], {}).diagnostics.map(
    ({ code, range, message }) => `${code} ${range.start.line}:${range.start.column} ${message}`,
  );
}

describe('a file of the older dialect becomes', () => {
  test('documents with names, in the one form, with every comment', () => {
    const text = imported(EVERYTHING);
    if (process.env['UPDATE'] === '1') writeFileSync(EXPECTED, text);
    expect(text).toBe(readFileSync(EXPECTED, 'utf8'));
    expect(formatFile('p.yaml', Buffer.from(text)).value?.text).toBe(text);
    for (const comment of EVERYTHING.match(/#.*$/gm) ?? []) expect(text).toContain(comment);
  });

  test('documents with the trust domain that is given in place of the placeholder', () => {
    expect(imported(EVERYTHING, 'acme.example')).not.toContain('{{');
    expect(imported(EVERYTHING, 'acme.example')).toContain('spiffe://acme.example/accounting # books');
  });

  test.each([
    ['- {selectors: [{process:name: x}], workloadID: a/B_c}', 'a-b-c'],
    ['- {selectors: [{process:name: x}], workloadID: "a..b"}', 'a.b'],
    ['- {selectors: [{process:name: x}], workloadID: "[process:uid]"}', 'process-uid'],
    ['- {labels: {app: api, tier: Back end}, addresses: []}', 'api-back-end'],
    ['- {labels: {app: "日本"}}', 'service'],
  ])('a document named after %s', (text, name) => {
    expect(parse(imported(text)).metadata.name).toBe(name);
  });

  test('documents of different names where theirs would be the same', () => {
    const names = imported(
      '- {selectors: [{process:uid: 1}], workloadID: a/b}\n- {selectors: [{process:uid: 2}], workloadID: a-b}\n',
    ).match(/^  name: .*/gm);
    expect(names).toEqual(['  name: a-b', '  name: a-b-2']);
  });

  test('its values where it has aliases, whose anchors may be in another document', () => {
    const text = imported(
      '- {selectors: &s [{process:name: x}], workloadID: a}\n- {selectors: *s, workloadID: b}\n',
    );
    expect(text).not.toMatch(/[&*]s/);
    expect(text.match(/selectors: \[\{ process:name: x \}\]/g)).toHaveLength(2);
  });
});

describe('what cannot be brought over is told at its place', () => {
  const base = '- selectors: [{ process:name: x }]\n  workloadID: a\n';
  test.each([
    ['a field that is not known', `${base}  egres: []\n`, 'RTP1052 3:3 the older dialect has no field "egres" here'],
    ['a mode that is not known', `${base}  connection: { mtls: MAYBE }\n`, 'RTP1053 3:23 "MAYBE" is not a mode of TLS'],
    ['a duration that is none', `${base}  certificate: { ttl: a day }\n`, 'RTP1053 3:23 "a day" is not a duration'],
    ['an identity that is named twice', `${base}  certificate: { workloadID: b }\n`, 'RTP1054 3:18 workloadID and certificate.workloadID mean the same'],
    ['a certificate of an egress rule', `${base}  egress:\n  - selectors: [{ app: x }]\n    certificate: { ttl: 1h }\n`, 'RTP1055 5:20 "ttl" is about a certificate, and an egress rule has none of its own'],
    ['an entry of both kinds', `- selectors: [{ process:name: x }]\n  labels: { app: x }\n`, 'RTP1051 1:3 the entry is an identity and a service at once'],
    ['an entry of neither', `${base}- foo: 1\n`, 'RTP1051 3:3 the entry is neither an identity nor a service'],
    ['a document of no kind', 'kind: Service\nspec: {}\n', 'RTP1051 1:1 the document is neither a list of the older dialect nor one with apiVersion and kind'],
    ['passthrough, with a warning', `${base}  connection:\n    passthrough: true\n`, 'RTP1055 4:5 the field "passthrough" is dropped'],
    ['DISABLE of today, with a warning', `${base}  connection: { tls: { mode: DISABLE } }\n`, 'RTP1056 3:24 DISABLE becomes SIMPLE: the server still shows a certificate'],
    ['a port that was one to listen on, with a warning', '- selectors:\n  - process:name: x\n    destination:port: 80\n  workloadID: a\n', 'RTP1056 3:5 "destination:port" is now the port that a process connects to, and never the one it listens on'],
    ['what the new document gets wrong', '- selectors: [{ process:nam: x }]\n  workloadID: a\n', 'RTP1111 1:17 there is no fact "process:nam"'],
    ['what the new document lacks', '- selectors: [{ process:name: x }]\n', 'RTP1106 1:3 the field "workloadID" is missing'],
  ])('%s', (_what, text, finding) => {
    expect(findings(text)).toEqual([finding]);
  }); // prettier-ignore
});

describe('files that are written', () => {
  test('are one for each document, and never overwritten without force', async () => {
    const { value = [] } = importFiles([write('old.yaml', EVERYTHING)], {});
    const out = join(directory, 'out');
    await writeImported(out, value, false);
    expect(
      readdirSync(out, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.yaml'))
        .toSorted(),
    ).toEqual([
      'bindings/curl-git-token.yaml',
      'identities/accounting-backend-process-uid.yaml',
      'identities/curl.yaml',
      'identities/pythonwithoutmtls.yaml',
      'services/git.yaml',
      'services/traefik.yaml',
    ]);
    writeFileSync(join(out, 'services/git.yaml'), 'mine\n');
    await expect(writeImported(out, value, false)).rejects.toThrow('exists already');
    expect(readFileSync(join(out, 'services/git.yaml'), 'utf8')).toBe('mine\n');
    await writeImported(out, value, true);
    expect(readFileSync(join(out, 'services/git.yaml'), 'utf8')).toContain('kind: Service');
  });
});

const PROJECT =
  'apiVersion: core.riptides.io/v1alpha1\nkind: Project\nmetadata: { name: p }\nspec: { trustDomain: p.example, defaultPosture: { egress: deny } }\n';

async function compiled(text: readonly string[]): Promise<Compilation> {
  const place = mkdtempSync(join(directory, 'policy-'));
  for (const [i, each] of [PROJECT, ...text].entries())
    writeFileSync(join(place, i === 0 ? 'riptides.yaml' : `${i}.yaml`), each);
  const { value, diagnostics } = await compilePolicy([place], { scopes: 'ignore' });
  if (value === undefined)
    throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return value;
}

test('a file that is imported gives the bundle that it gives as it is', async () => {
  await fc.assert(
    fc.asyncProperty(olderFiles, fc.boolean(), async (files, isWrittenOut) => {
      const paths = files.map((text, i) => write(`old-${i}.yaml`, text));
      const { value = [] } = importFiles(paths, isWrittenOut ? { trustDomain: 'p.example' } : {});
      const direct = await compiled(files);
      const through = await compiled([importedText(value)]);
      expect(through.digest).toBe(direct.digest);
    }),
    { numRuns: 60 },
  );
});
