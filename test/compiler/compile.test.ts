// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAddress } from '../../src/bundle/address.ts';
import { openBundle } from '../../src/bundle/core.ts';
import { readBundle } from '../../src/bundle/reader.ts';
import { compilePolicy } from '../../src/compiler/compile.ts';
import type { Compilation } from '../../src/compiler/types.ts';
import { document, PROJECT } from './documents.ts';

const EXAMPLES = join(import.meta.dirname, '../../policies/examples');
const SHOP = join(EXAMPLES, 'shop');

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'riptides-compile-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function compiled(...paths: readonly string[]): Promise<Compilation> {
  const { value, diagnostics } = await compilePolicy(paths);
  if (value === undefined)
    throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return value;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), text);
}

describe('a policy', () => {
  test('says what it is doing, for whoever waits', async () => {
    const said: string[] = [];
    await compilePolicy([SHOP], { onProgress: (text) => said.push(text) });
    expect(said).toEqual([
      expect.stringMatching(/^reading files, 0 of \d+$/),
      expect.stringMatching(/^checking \d+ documents$/),
      'resolving references',
      'compiling the tables',
      'analysing the policy',
    ]);
  });

  test('of the examples compiles without findings', async () => {
    for (const example of readdirSync(EXAMPLES)) {
      const { value, diagnostics } = await compilePolicy([join(EXAMPLES, example)]);
      expect({ example, diagnostics }).toEqual({ example, diagnostics: [] });
      expect(value?.digest).toBe(
        createHash('sha256')
          .update(value?.bundle ?? '')
          .digest('hex'),
      );
    }
  });

  test('decides as it says', async () => {
    const { bundle } = await compiled(SHOP);
    const core = openBundle(bundle);
    const ask = (path: string, uid: number, address: string, port: number) =>
      core.decideConnect(
        { 'process:binary:path': path, 'process:uid': uid },
        { remote: { address: parseAddress(address) ?? new Uint8Array(16), port } },
      ).action;
    expect(ask('/opt/shop/bin/web', 1001, '10.20.0.20', 8080)).toBe('allow');
    expect(ask('/opt/shop/bin/web', 1002, '10.20.0.20', 8080)).toBe('deny');
    expect(ask('/opt/shop/bin/web', 1001, '10.20.0.30', 5432)).toBe('deny');
    expect(ask('/opt/shop/bin/api-canary', 1002, '10.20.7.9', 8099)).toBe('audit');
    expect(ask('/usr/bin/curl', 0, '192.0.2.1', 443)).toBe('audit');
  });

  test('has a source map that leads from each rule, identity and service to its place', async () => {
    const { bundle, digest, sourceMap } = await compiled(SHOP);
    const { rules, identities, services } = readBundle(bundle);
    expect(sourceMap.bundle).toBe(digest);
    const lines = (places: readonly { file: string; start: { line: number } }[]): readonly string[] =>
      places.map(({ file, start }) => readFileSync(file, 'utf8').split('\n')[start.line - 1]?.trim() ?? '');
    expect(sourceMap.rules).toHaveLength(rules.length);
    expect(lines(sourceMap.rules).slice(0, 2)).toEqual(['egress: deny', 'ingress: allow']);
    expect(lines(sourceMap.identities)).toEqual(
      identities.map(({ workloadId }) => `workloadID: ${workloadId}`),
    );
    expect(lines(sourceMap.services)).toEqual(services.map(({ name }) => `name: ${name}`));
    expect(JSON.parse(JSON.stringify(sourceMap)).identities[0].start.line).toBeGreaterThan(1);
  });

  test('gives the same bytes when files are renamed, joined and read in another order', async () => {
    const { digest } = await compiled(SHOP);
    const files = readdirSync(SHOP, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.yaml'),
    );
    files.forEach((file, i) =>
      write(`${files.length - i}/policy-${i}.yaml`, readFileSync(join(SHOP, file), 'utf8')),
    );
    expect((await compiled(directory)).digest).toBe(digest);

    const joined = files.toReversed().map((file) => readFileSync(join(SHOP, file), 'utf8'));
    rmSync(directory, { recursive: true });
    write('all.yml', `# one file\n${joined.join('\n---\n')}`);
    expect((await compiled(join(directory, 'all.yml'))).digest).toBe(digest);
  });
});

describe('findings', () => {
  test('of all documents are collected, and there is no bundle when one is an error', async () => {
    write('riptides.yaml', PROJECT);
    write(
      'a.yaml',
      document(
        'WorkloadIdentity',
        'a',
        '{ workloadID: a, selectors: [{ process:uid: 1 }], egress: [{ selectors: [{ x: y }] }] }',
      ),
    );
    write('b.yaml', document('Service', 'b', '{ labels: { app: b }, addresses: [{ address: 10.0.0.1/8 }] }'));
    write(
      'c.yaml',
      document(
        'Guardrail',
        'c',
        '{ matchKinds: [Service], rules: [{ id: r, expression: "false", message: no }] }',
      ),
    );
    const { value, diagnostics } = await compilePolicy([directory]);
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code }) => code).sort()).toEqual(['RTP1205', 'RTP1208', 'RTP1305']);
  });

  test('are given for text that has no form in UTF-8, which two different values would share', async () => {
    write('riptides.yaml', PROJECT);
    const selectors = '[{ process:cmdline: "a\\ud800" }, { process:cmdline: "a\\ud801" }]';
    write('a.yaml', document('WorkloadIdentity', 'a', `{ workloadID: a, selectors: ${selectors} }`));
    const { value, diagnostics } = await compilePolicy([directory]);
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(['RTP1144', 'RTP1144']);
  });

  test('that are warnings leave the bundle', async () => {
    write('riptides.yaml', PROJECT);
    write('a.yaml', document('Service', 'a', '{ labels: { app: a }, addresses: [{ address: 10.0.0.1 }] }'));
    const { value, diagnostics } = await compilePolicy([directory]);
    expect(value?.bundle.length).toBeGreaterThan(0);
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['warning RTP1401']);
  });

  test('of a directory that holds several projects are one, which names their directories', async () => {
    for (const name of ['build', 'shop', 'web']) {
      write(`${name}/riptides.yaml`, PROJECT);
      write(`${name}/service.yaml`, document('Service', 'same', '{ labels: { app: a }, addresses: [{}] }'));
    }
    write('web/broken.yaml', 'kind: [');
    const { value, diagnostics } = await compilePolicy([directory]);
    expect(value).toBeUndefined();
    const directories = ['build', 'shop', 'web'].map((name) => join(directory, name)).join(', ');
    expect(diagnostics).toEqual([
      expect.objectContaining({
        code: 'RTP1202',
        message: 'the policy has 3 Projects',
        fix: `name the directory of one of them: ${directories}`,
      }),
    ]);
  });

  test('of a project inside another do not advise to name the outer one again', async () => {
    write('riptides.yaml', PROJECT);
    write('web/riptides.yaml', PROJECT);
    const { diagnostics } = await compilePolicy([directory]);
    expect(diagnostics.map(({ code, fix }) => `${code}: ${fix}`)).toEqual([
      'RTP1202: keep one, or list the directories of the policy in spec.policies of riptides.yaml',
    ]);
  });

  test('of reading stop the compiler before it says what follows from them', async () => {
    write('riptides.yaml', PROJECT);
    write('a.yaml', 'kind: [');
    const { value, diagnostics } = await compilePolicy([directory]);
    expect(value).toBeUndefined();
    expect(diagnostics.every(({ code }) => code.startsWith('RTP10'))).toBe(true);
  });
});
