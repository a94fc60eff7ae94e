// SPDX-License-Identifier: Apache-2.0
// Policies and the bundles that they have always given. Bytes that change are a change of what every node is given, and of
// every digest: bump the format's version if a reader must know. UPDATE=1 writes the new bundles.

import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBundle } from '../../src/bundle/reader.ts';
import { compileModel } from '../../src/compiler/compile-model.ts';
import { readPolicy } from '../../src/compiler/load/read.ts';
import { resolveModel } from '../../src/compiler/resolve/resolve.ts';
import { shapeDocuments } from '../../src/compiler/shape/shape.ts';
import { BUNDLE_MAGIC, BUNDLE_VERSION } from '../../src/bundle/generated.ts';

const UPDATE = process.env['UPDATE'] === '1';

function compile(directory: string): Uint8Array {
  const shaped = shapeDocuments(readPolicy([directory]).value ?? []);
  const { value: model } = resolveModel(shaped.value ?? []);
  const compiled = model === undefined ? undefined : compileModel(model).value;
  if (compiled === undefined) throw new Error(`${directory} does not compile`);
  return compiled.bundle;
}

describe('the bundle of', () => {
  for (const name of ['minimal', 'everything']) {
    const directory = join(import.meta.dirname, name);
    const golden = join(import.meta.dirname, `${name}.rtb`);

    test(`${name} has not changed`, () => {
      const bundle = compile(directory);
      if (UPDATE) writeFileSync(golden, bundle);
      expect(Buffer.compare(bundle, readFileSync(golden))).toBe(0);
    });
  }
});

test('a golden bundle begins with the magic and the version, and can be read', () => {
  const bytes = readFileSync(join(import.meta.dirname, 'everything.rtb'));
  expect(bytes.toString('latin1', 0, 4)).toBe(BUNDLE_MAGIC);
  expect(bytes.readUInt16LE(4)).toBe(BUNDLE_VERSION);
  expect(readBundle(bytes).identities.map(({ workloadId }) => workloadId)).toEqual([
    'rescue',
    'shop/reports',
    'shop/web',
  ]);
});
