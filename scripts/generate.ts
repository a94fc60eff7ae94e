// SPDX-License-Identifier: Apache-2.0
// `npm run generate` writes every file that is generated from spec/. With --check it writes nothing, names what
// is stale and exits 1.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleHeader, bundleTypescript } from './generate/bundle.ts';
import { familyHeader, familyPolicies, familyTypescript } from './generate/family.ts';
import { readBundle, readFamily } from './generate/spec.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every generated file, by its path from the root of the repository. */
export function generatedFiles(): Map<string, string> {
  const family = readFamily(`${root}spec/riptides.yaml`);
  const bundle = readBundle(`${root}spec/bundle.yaml`);
  return new Map([
    ['kmod/uapi/riptides.h', familyHeader(family)],
    ['kmod/uapi/riptides_bundle.h', bundleHeader(bundle)],
    ['kmod/netlink_policy.h', familyPolicies(family)],
    ['src/netlink/generated.ts', familyTypescript(family)],
    ['src/bundle/generated.ts', bundleTypescript(bundle)],
  ]);
}

/** The paths of the generated files that are not what spec/ says. */
export function staleFiles(): string[] {
  return [...generatedFiles()].filter(([path, text]) => readText(path) !== text).map(([path]) => path);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(`${root}${path}`, 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const stale = staleFiles();
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`stale: ${path} (run: npm run generate)`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    const files = generatedFiles();
    for (const path of stale) {
      writeFileSync(`${root}${path}`, files.get(path) ?? '');
      console.log(`wrote ${path}`);
    }
  }
}
