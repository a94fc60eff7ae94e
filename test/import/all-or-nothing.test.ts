// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { importFiles } from '../../src/import/import.ts';
import { writeImported } from '../../src/import/write.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'riptides-import-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function imported(selector: string) {
  const file = join(root, 'old.yaml');
  writeFileSync(
    file,
    `- selectors:\n    - process:gid: 33\n${selector}  certificate:\n    workloadID: edge/caddy\n`,
  );
  return importFiles([file], {});
}

test('a document that is not valid is an error, and there is nothing to write', () => {
  const { value, diagnostics } = imported('      docker:image:nome: caddy\n');
  expect(diagnostics.map(({ code }) => code)).toEqual(['RTP1111']);
  expect(value).toBeUndefined();
});

test('a value at the end of the name of a fact is brought over', async () => {
  const { value = [], diagnostics } = imported('      docker:image:name:caddy: true # the proxy\n');
  expect(diagnostics).toEqual([]);
  await writeImported(root, value, false);
  const text = readFileSync(join(root, 'identities/edge-caddy.yaml'), 'utf8');
  expect(text).toContain('docker:image:name: caddy');
});

test('where the fact is said twice, nothing is guessed', () => {
  const { value } = imported('      docker:image:name:caddy: true\n      docker:image:name: nginx\n');
  expect(value).toBeUndefined();
});

test('what was added is removed when another file cannot be written', async () => {
  const { value = [] } = imported('');
  const [one] = value;
  if (one === undefined) throw new Error('nothing was imported');
  writeFileSync(join(root, 'services'), 'no directory');
  const two = [one, { ...one, kind: 'Service' as const }];
  await expect(writeImported(root, two, false)).rejects.toThrow('cannot be written');
  expect(readdirSync(join(root, 'identities'))).toEqual([]);
});
