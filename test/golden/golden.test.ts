// SPDX-License-Identifier: Apache-2.0
// Policies and the bundles that they have always given. Bytes that change are a change of what every node is given, and of
// every digest: bump the format's version if a reader must know. UPDATE=1 writes the new bundles.

import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBundle } from '../../src/bundle/reader.ts';
import type { BundleView } from '../../src/bundle/view.ts';
import { compilePolicy } from '../../src/compiler/compile.ts';
import { BUNDLE_MAGIC, BUNDLE_VERSION, FEATURE_FLAGS, FIELD } from '../../src/bundle/generated.ts';

const UPDATE = process.env['UPDATE'] === '1';
const HERE = import.meta.dirname;
const EXAMPLES = join(HERE, '../../policies/examples');

/** Where each policy is, by the name of its bundle. */
const POLICIES: readonly (readonly [string, string])[] = [
  ...folders(HERE).map((name) => [name, join(HERE, name)] as const),
  ...folders(EXAMPLES).map((name) => [`example-${name}`, join(EXAMPLES, name)] as const),
];

function folders(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function compile(directory: string): Promise<Uint8Array> {
  const { value, diagnostics } = await compilePolicy([directory], { scopes: 'ignore' });
  if (value === undefined) throw new Error(`${directory}: ${diagnostics[0]?.message}`);
  return value.bundle;
}

describe('the bundle of', () => {
  test.each(POLICIES)('%s has not changed', async (name, directory) => {
    const golden = join(HERE, `${name}.rtb`);
    const bundle = await compile(directory);
    if (UPDATE) writeFileSync(golden, bundle);
    expect(Buffer.compare(bundle, readFileSync(golden))).toBe(0);
  });
});

test('there is a policy for every golden bundle', () => {
  const bundles = readdirSync(HERE).filter((name) => name.endsWith('.rtb'));
  expect(bundles.sort()).toEqual(POLICIES.map(([name]) => `${name}.rtb`).sort());
});

describe('the golden bundle of everything', () => {
  const bytes = readFileSync(join(HERE, 'everything.rtb'));
  const view = (): BundleView => readBundle(bytes);

  test('begins with the magic and the version', () => {
    expect(bytes.toString('latin1', 0, 4)).toBe(BUNDLE_MAGIC);
    expect(bytes.readUInt16LE(4)).toBe(BUNDLE_VERSION);
  });

  test('holds something of everything that a bundle can hold', () => {
    const { features, keep, udp, denyOthers, identities, services, conditions, bindings, sources } = view();
    expect([udp, denyOthers]).toEqual([true, true]);
    const protocols = services.flatMap(({ endpoints }) => endpoints.map(({ protocol }) => protocol));
    expect(new Set(protocols)).toEqual(new Set(['tcp', 'udp', undefined]));
    expect([keep, ...identities.map((identity) => identity.keep)]).toEqual([true, false, true, true, true]);
    expect([...features].sort()).toEqual(Object.keys(FEATURE_FLAGS).sort());
    expect(identities.map(({ workloadId }) => workloadId)).toEqual([
      'rescue',
      'shop/reports',
      'shop/web',
      'users/[process:uid]',
    ]);
    const [user] = identities.slice(-1);
    expect(user).toMatchObject({ tls: 'mutual', template: true, svid: { x509Ttl: 3600, jwtTtl: 300 } });
    expect(user?.rules.map(({ kind }) => kind)).toEqual(['identityDefault', 'egress', 'egress', 'egress']);
    expect(user?.rules[1]).toMatchObject({ presents: 2, tls: 'simple', intercept: true });
    expect(user?.inbound.map(({ kind, action }) => `${kind} ${action}`)).toEqual([
      'inboundDefault deny',
      'inbound allow',
      'inbound audit',
    ]);
    expect(sources).toMatchObject([{ name: 'git-pat', provider: 'kubernetes' }]);
    expect(bindings).toMatchObject([{ name: 'git', identity: 3, sysfs: true, uses: 5 }]);
    const fields = new Set(conditions.flat().map(({ field }) => field));
    expect(fields.size).toBeGreaterThan(Object.keys(FIELD).length / 2);
  });
});
