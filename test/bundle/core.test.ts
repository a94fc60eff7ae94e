// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBundle, openBundle } from '../../src/bundle/core.ts';
import { BUNDLE_VERSION, FEATURE_FLAGS, NONE } from '../../src/bundle/generated.ts';
import { UserError } from '../../src/errors.ts';
import { buildParts } from '../core/build.ts';
import { hasCompiler } from '../core/native.ts';
import { encodeParts } from '../core/parts.ts';
import { FULL, remote, SAMPLE } from '../core/samples.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bytes = encodeParts(buildParts(SAMPLE));
const web = { 'process:name': 'nginx', 'process:uid': 33 };
const from = { remote: remote('192.0.2.1', 5000) };

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
    expect(bundles.map((bundle) => bundle.decideAccept(web, from).action)).toEqual(
      bundles.map((_, i) => (i % 2 === 0 ? 'allow' : 'audit')),
    );
  });

  test('a bundle stays what it was when the bytes it came from change', () => {
    const source = bytes.slice();
    const bundle = openBundle(source);
    source.fill(0);
    expect(bundle.decideConnect(web, { remote: remote('10.1.2.3', 443) }).action).toBe('allow');
  });

  test('a bundle may lie anywhere in a buffer', () => {
    const buffer = new Uint8Array(bytes.length + 3);
    buffer.set(bytes, 3);
    expect(checkBundle(buffer.subarray(3))).toBeUndefined();
  });

  test('facts of one question do not stay for the next', () => {
    const bundle = openBundle(bytes);
    expect(bundle.decideAccept(web, from).identity).toBe(1);
    expect(bundle.decideAccept({ 'process:uid': 33 }, from).identity).toBe(NONE);
  });

  test('a bundle of some megabytes opens, and grows the memory that it needs', () => {
    const services = Array.from({ length: 1500 }, (_, i) => ({
      name: `${String(i).padStart(4, '0')}${'x'.repeat(4000)}`,
      endpoints: [],
    }));
    const large = encodeParts(buildParts({ ...SAMPLE, identities: [], services }));
    expect(large.length).toBeGreaterThan(6_000_000);
    expect(openBundle(large).decideConnect({}, from).rule).toBe(0);
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
    parts.header.version = 1;
    const error = refusal(() => openBundle(encodeParts(parts)));
    expect(error.kind).toBe('bundle-version');
    expect(error.message).toBe(
      `the bundle has format version 1, and this version of riptides reads ${BUNDLE_VERSION}`,
    );
  });

  test.each([
    [{ 'process:uid': -1 }, 1],
    [{ 'process:uid': 4294967296 }, 1],
    [{ 'process:gid': 1.5 }, 1],
    [{}, -1],
    [{}, 65536],
    [{}, Number.NaN],
  ])('numbers out of range are refused, not wrapped: %j %d', (facts, port) => {
    const { address } = remote('10.1.2.3', 0);
    expect(() => openBundle(bytes).decideConnect(facts, { remote: { address, port } })).toThrow(RangeError);
  });

  test.each([{ time: -1 }, { time: 4294967296 }, { time: 0.5 }, { localPort: 65536 }])(
    'so are those of a connection: %j',
    (numbers) => {
      expect(() => openBundle(bytes).decideAccept(web, { ...from, ...numbers })).toThrow(RangeError);
    },
  );

  test('what is said of one connection does not stay for the next', () => {
    const bundle = openBundle(encodeParts(buildParts(FULL)));
    const api = { labels: ['app=api'] };
    const known = { ...from, peer: 'spiffe://example.org/ops/a', time: 1_700_000_000, localPort: 443 };
    expect(bundle.decideAccept(api, known)).toMatchObject({ action: 'allow', identity: 0, tls: 'mutual' });
    expect(bundle.decideAccept(api, from)).toMatchObject({ action: 'deny', identity: 0 });
    expect(bundle.decideAccept({}, known)).toMatchObject({ action: 'deny', rule: 1, identity: NONE });
    const named = { ...from, remote: remote('192.0.2.1', 25), name: 'mail.example.org' };
    expect(bundle.decideConnect(api, named).service).toBe(1);
    expect(bundle.decideConnect(api, { ...named, name: '' }).service).toBe(NONE);
  });

  test('says what the rule that decided wants of the connection and of its peer', () => {
    const bundle = openBundle(encodeParts(buildParts(FULL)));
    const mail = { remote: remote('fd00::25', 25) };
    const verdict = bundle.decideConnect({ labels: ['app=api'] }, mail);
    expect(verdict).toMatchObject({ rule: 5, presents: 1, tls: 'simple', intercept: true });
    expect(
      [
        'spiffe://example.org/ops/a',
        'spiffe://example.org/x/web',
        'spiffe://example.org/x',
        'spiffe://a/ops/a',
        '',
      ].map((peer) => bundle.peerAllowed(verdict, peer)),
    ).toEqual([true, true, false, false, false]);
    const other = bundle.decideConnect({ labels: ['app=api'] }, from);
    expect([bundle.peerAllowed(other, 'spiffe://any'), bundle.peerAllowed(other, 'any')]).toEqual([
      true,
      false,
    ]);
    const nobody = bundle.decideConnect({}, mail);
    expect(nobody).toMatchObject({ presents: NONE, peers: NONE, tls: 'none', intercept: false });
    expect(bundle.peerAllowed(nobody, '')).toBe(true);
  });

  test('runs one condition to show why a rule did not grant', () => {
    const bundle = openBundle(encodeParts(buildParts(FULL)));
    const officeHours = 1;
    const at = (time: string) =>
      bundle.conditionHolds(officeHours, {}, { ...from, time: Date.parse(time) / 1000 }, false);
    expect(
      ['2026-01-05T08:59:59Z', '2026-01-05T09:00:00Z', '2026-01-09T16:59:59Z', '2026-01-10T12:00:00Z'].map(
        at,
      ),
    ).toEqual([false, true, true, false]);
    expect(bundle.conditionHolds(99, {}, from, false)).toBe(false);
    expect(bundle.conditionHolds(NONE, {}, from, false)).toBe(false);
  });

  test('tells what carrying the bundle out needs', () => {
    expect(openBundle(bytes).features).toBe(0);
    expect(openBundle(encodeParts(buildParts({ ...SAMPLE, ingress: 'deny' }))).features).toBe(
      FEATURE_FLAGS.inbound,
    );
    const all = Object.values(FEATURE_FLAGS).reduce((sum, flag) => sum + flag, 0);
    expect(openBundle(encodeParts(buildParts(FULL))).features).toBe(all);
  });

  test('an address has 16 bytes', () => {
    const address = Uint8Array.of(10, 1, 2, 3);
    expect(() => openBundle(bytes).decideConnect({}, { remote: { address, port: 1 } })).toThrow(RangeError);
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
