// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBundle, openBundle } from '../../src/bundle/core.ts';
import { NONE } from '../../src/bundle/generated.ts';
import { UserError } from '../../src/errors.ts';
import { buildParts } from '../core/build.ts';
import { hasCompiler } from '../core/native.ts';
import { encodeParts } from '../core/parts.ts';
import { destination, SAMPLE } from '../core/samples.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bytes = encodeParts(buildParts(SAMPLE));
const web = { 'process:name': 'nginx', 'process:uid': 33 };

function refusal(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error('it was not refused');
}

describe('the core as WebAssembly', () => {
  test('many bundles are open at once and do not mix', () => {
    const bundles = Array.from({ length: 50 }, (_, i) =>
      openBundle(encodeParts(buildParts({ ...SAMPLE, ingress: i % 2 === 0 ? 'allow' : 'audit' }))),
    );
    expect(bundles.map((bundle) => bundle.decideAccept(web).action)).toEqual(
      bundles.map((_, i) => (i % 2 === 0 ? 'allow' : 'audit')),
    );
  });

  test('a bundle stays what it was when the bytes it came from change', () => {
    const source = bytes.slice();
    const bundle = openBundle(source);
    source.fill(0);
    expect(bundle.decideConnect(web, destination('10.1.2.3', 443)).action).toBe('allow');
  });

  test('a bundle may lie anywhere in a buffer', () => {
    const buffer = new Uint8Array(bytes.length + 3);
    buffer.set(bytes, 3);
    expect(checkBundle(buffer.subarray(3))).toBeUndefined();
  });

  test('facts of one question do not stay for the next', () => {
    const bundle = openBundle(bytes);
    expect(bundle.decideAccept(web).identity).toBe(1);
    expect(bundle.decideAccept({ 'process:uid': 33 }).identity).toBe(NONE);
  });

  test('a bundle of some megabytes opens, and grows the memory that it needs', () => {
    const services = Array.from({ length: 1500 }, (_, i) => ({
      name: `${String(i).padStart(4, '0')}${'x'.repeat(4000)}`,
      endpoints: [],
    }));
    const large = encodeParts(buildParts({ ...SAMPLE, identities: [], services }));
    expect(large.length).toBeGreaterThan(6_000_000);
    expect(openBundle(large).decideConnect({}, destination('10.0.0.1', 1)).rule).toBe(0);
  });

  test('a malformed bundle is refused with the section, the record and the reason', () => {
    const parts = buildParts(SAMPLE);
    parts.sections.grants[0] = 99;
    const error = refusal(() => openBundle(encodeParts(parts)));
    expect(error.kind).toBe('bundle-refused');
    expect(error.message).toBe('the bundle is malformed: a number is out of range (grants, record 0)');
  });

  test('another format version is refused by name', () => {
    const parts = buildParts(SAMPLE);
    parts.header.version = 7;
    const error = refusal(() => openBundle(encodeParts(parts)));
    expect(error.kind).toBe('bundle-version');
    expect(error.message).toBe('the bundle has format version 7, and this version of riptides reads 1');
  });

  test.each([
    [{ 'process:uid': -1 }, 1],
    [{ 'process:uid': 4294967296 }, 1],
    [{ 'process:gid': 1.5 }, 1],
    [{}, -1],
    [{}, 65536],
    [{}, Number.NaN],
  ])('numbers out of range are refused, not wrapped: %j %d', (facts, port) => {
    const { address } = destination('10.1.2.3', 0);
    expect(() => openBundle(bytes).decideConnect(facts, { address, port })).toThrow(RangeError);
  });

  test('an address has 16 bytes', () => {
    const address = Uint8Array.of(10, 1, 2, 3);
    expect(() => openBundle(bytes).decideConnect({}, { address, port: 1 })).toThrow(RangeError);
  });

  (hasCompiler() ? test : test.skip)('core.wasm is what kmod/core compiles to, byte for byte', () => {
    const folder = mkdtempSync(join(tmpdir(), 'riptides-core-'));
    try {
      execFileSync(`${root}scripts/build-core.sh`, [join(folder, 'core.wasm')]);
      const built = readFileSync(join(folder, 'core.wasm'));
      const kept = readFileSync(`${root}src/bundle/core.wasm`);
      // Stale: run scripts/build-core.sh
      expect(Buffer.compare(built, kept)).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
