// SPDX-License-Identifier: Apache-2.0
// The older dialect as the compiler reads it.

import { describe, expect, test } from '@jest/globals';
import { expandDocuments } from '../../src/compiler/dialect/expand.ts';
import { parseFile } from '../../src/compiler/load/parse.ts';
import type { LoadedDocument } from '../../src/compiler/load/types.ts';
import type { DocumentPath, SourceRange } from '../../src/diagnostics/diagnostic.ts';
import { EVERYTHING } from './older.ts';
import { cpuTime } from '../cpu-time.ts';

function load(text: string): readonly LoadedDocument[] {
  return parseFile('old.yaml', Buffer.from(text)).value ?? [];
}

function expand(text: string): readonly LoadedDocument[] {
  return expandDocuments(load(text)).value ?? [];
}

function textAt({ start, end }: SourceRange, text: string): string {
  const lines = text.split('\n');
  const line = lines[start.line - 1] ?? '';
  return line.slice(start.column - 1, end.line === start.line ? end.column - 1 : undefined);
}

describe('a list of the older dialect', () => {
  const named = (name: string): LoadedDocument => {
    const found = expand(EVERYTHING).find(({ value }) => JSON.stringify(value).includes(`"name":"${name}"`));
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };

  test('is seen as documents, in its order', () => {
    const names = expand(EVERYTHING).map(({ value }) => JSON.parse(JSON.stringify(value)).metadata.name);
    expect(names).toEqual([
      'pythonwithoutmtls',
      'accounting-backend-process-uid',
      'curl',
      'curl-git-token',
      'traefik',
      'git',
    ]);
  });

  const places: readonly [string, DocumentPath, string, string][] = [
    ['pythonwithoutmtls', ['spec', 'workloadID'], 'pythonwithoutmtls', 'workloadID'],
    ['pythonwithoutmtls', ['metadata', 'name'], 'pythonwithoutmtls', 'workloadID'],
    ['pythonwithoutmtls', ['spec', 'connection', 'tls', 'mode'], 'DISABLE', 'mtls'],
    ['pythonwithoutmtls', ['spec', 'svid', 'x509', 'dnsNames', 0], 'books', 'books'],
    ['accounting-backend-process-uid', ['spec', 'selectors', 0, 'process:name'], 'nginx', 'linux:binary:name'],
    ['accounting-backend-process-uid', ['spec', 'svid', 'x509', 'ttl'], '1h30m', 'ttl'],
    ['accounting-backend-process-uid', ['spec', 'allowedSPIFFEIDs', 'inbound', 1], 'spiffe://acme.example/curl', 'spiffe://acme.example/curl'],
    ['curl', ['spec', 'scope', 'daemon', 'id'], 'riptides/daemon/x', 'id'],
    ['curl', ['spec', 'scope', 'daemon'], '{ id: riptides/daemon/x }', 'agent'],
    ['curl', ['spec', 'egress', 0, 'allowedSPIFFEIDs', 'outbound', 0], 'spiffe://acme.example/traefik', 'spiffe://acme.example/traefik'],
    ['curl', ['spec', 'egress', 0, 'workloadID'], 'pythonwithoutmtls', 'workloadID'],
    ['curl-git-token', ['spec', 'credentialSource'], 'git-token', 'credentialName'],
    ['curl-git-token', ['spec', 'propagation', 'injection', 'selectors', 0, 'api'], 'git', 'api'],
    ['traefik', ['spec', 'addresses', 0, 'port'], '8000', 'port'],
  ]; // prettier-ignore
  test.each(places)('%s leads from %j to where it is written', (name, path, value, key) => {
    expect(textAt(named(name).locate(path), EVERYTHING)).toBe(value);
    expect(textAt(named(name).locateKey(path), EVERYTHING)).toBe(key);
  });

  test('leads from what is missing to the nearest that is there', () => {
    expect(named('curl').locate(['spec', 'scope', 'daemonGroup', 'id']).start.line).toBe(
      EVERYTHING.split('\n').findIndex((line) => line.includes('scope:')) + 1,
    );
  });

  test('leads from the letters of a text to where they stand', () => {
    const range = named('accounting-backend-process-uid').locateText(
      ['spec', 'allowedSPIFFEIDs', 'outbound', 0],
      'spiffe://'.length,
      'spiffe://{{.TrustDomain}}'.length,
    );
    expect(textAt(range, EVERYTHING)).toBe('{{.TrustDomain}}');
  });
});

describe('what protects a connection', () => {
  const modes: readonly [string, unknown][] = [
    ['{ mtls: STRICT }', { tls: { mode: 'MUTUAL' } }],
    ['{ mtls: true }', { tls: { mode: 'MUTUAL' } }],
    ['{ mtls: DISABLE }', { tls: { mode: 'SIMPLE' } }],
    ['{ mtls: false }', { tls: { mode: 'SIMPLE' } }],
    ['{ mtls: UNSET }', undefined],
    ['{ passthrough: false }', undefined],
    ['{ tls: { mode: STRICT } }', { tls: { mode: 'MUTUAL' } }],
    ['{ tls: { mode: DISABLE } }', { tls: { mode: 'SIMPLE' } }],
    ['{ tls: { mode: PERMISSIVE, intercept: true } }', { tls: { mode: 'PERMISSIVE', intercept: true } }],
    ['{ tls: { mtls: true } }', { tls: { mode: 'MUTUAL' } }],
  ];
  test.each(modes)('is the same in the words of today: %s', (written, today) => {
    const [document] = expand(
      `- { selectors: [{ process:name: x }], workloadID: x, connection: ${written} }\n`,
    );
    expect(JSON.parse(JSON.stringify(document?.value)).spec.connection).toEqual(today);
  });
});

test('documents of today keep their names, and stay as they are', () => {
  const today =
    'apiVersion: core.riptides.io/v1alpha1\nkind: Service\nmetadata: { name: api }\nspec: { labels: { app: x } }\n';
  const documents = load(`${today}---\n- labels: { app: api }\n`);
  const [first, second] = expandDocuments(documents).value ?? [];
  expect(first).toBe(documents[0]);
  expect(JSON.parse(JSON.stringify(second?.value)).metadata.name).toBe('api-2');
  const plain = load(today);
  expect(expandDocuments(plain).value).toBe(plain);
});

test('a list of something else is left to be refused as one', () => {
  const list = load('- 1\n- { hosts: all }\n');
  expect(expandDocuments(list)).toEqual({ value: list, diagnostics: [] });
});

test('ten thousand entries of one name take no longer than any others', () => {
  const entries = (name: (i: number) => string): string =>
    Array.from({ length: 10_000 }, (_, i) => `- { labels: { app: ${name(i)} } }\n`).join('');
  const time = (text: string): number => {
    const documents = load(text);
    const start = cpuTime();
    expect(expandDocuments(documents).value).toHaveLength(10_000);
    return cpuTime() - start;
  };
  const different = entries((i) => `a${i}`);
  time(different);
  expect(time(entries(() => 'a'))).toBeLessThan(10 * time(different) + 100);
});
