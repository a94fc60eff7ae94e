// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { compilePolicy } from '../../src/compiler/compile.ts';
import { inspectBundle } from '../../src/inspect/inspect.ts';

const directory = mkdtempSync(join(tmpdir(), 'riptides-map-'));
afterAll(() => rmSync(directory, { recursive: true }));

const compiled = (await compilePolicy([join(import.meta.dirname, '../golden/minimal')])).value;
if (compiled === undefined) throw new Error('the sample does not compile');
const { bundle, digest, sourceMap } = compiled;
const file = join(directory, 'p.rtb');
const PLACE = { file: 'a', start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };

test.each<[string, unknown, string | undefined]>([
  ['the one of the bundle', sourceMap, undefined],
  ['that of another bundle', { ...sourceMap, bundle: 'x' }, 'belongs to another bundle'],
  ['nothing', null, 'is not a source map'],
  ['a digest alone', { schemaVersion: 1, bundle: digest }, 'is not a source map'],
  ['places that are none', { ...sourceMap, rules: [PLACE, {}, null] }, 'is not a source map'],
  ['lines that are none', { ...sourceMap, rules: [{ ...PLACE, start: {} }] }, 'is not a source map'],
])('a bundle is inspected whatever stands in its source map: %s', async (_what, map, missing) => {
  writeFileSync(file, bundle);
  writeFileSync(`${file}.map.json`, JSON.stringify(map));
  const inspection = await inspectBundle(file);
  if (missing === undefined) expect(inspection.sourceMapMissing).toBeUndefined();
  else expect(inspection.sourceMapMissing).toContain(missing);
  expect(inspection.rules.some(({ source }) => source !== undefined)).toBe(missing === undefined);
});
