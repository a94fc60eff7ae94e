// SPDX-License-Identifier: Apache-2.0
// `npm run generate` writes every file that is generated from spec/, src/commands, src/schema and src/diagnostics. With --check it writes
// nothing, names what is stale and exits 1.

import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SHELLS } from '../src/cli/completion/script.ts';
import { bundleHeader, bundleTypescript } from './generate/bundle.ts';
import { codeDocs } from './generate/code-docs.ts';
import { commandDocs } from './generate/command-docs.ts';
import { familyHeader, familyPolicies, familyTypescript } from './generate/family.ts';
import { languageDocs } from './generate/language-docs.ts';
import { manualPages } from './generate/manual.ts';
import { sourceReference } from './generate/reference.ts';
import { readBundle, readFamily } from './generate/spec.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folders that hold nothing but generated files. */
const OWN_FOLDERS = ['docs/codes', 'docs/commands', 'docs/language', 'man', 'share/completions'];

/** Every generated file, by its path from the root of the repository. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const family = readFamily(`${root}spec/riptides.yaml`);
  const bundle = readBundle(`${root}spec/bundle.yaml`);
  const reference = await sourceReference(root);
  const pages = [...manualPages(reference)].map(([name, text]) => [`man/${name}`, text] as const);
  return new Map([
    ['kmod/uapi/riptides.h', familyHeader(family)],
    ['kmod/uapi/riptides_bundle.h', bundleHeader(bundle)],
    ['kmod/netlink_policy.h', familyPolicies(family)],
    ['src/netlink/generated.ts', familyTypescript(family)],
    ['src/bundle/generated.ts', bundleTypescript(bundle)],
    ...Object.values(SHELLS).map(
      ({ file, write }) => [`share/completions/${file}`, write(reference)] as const,
    ),
    ...pages,
    ...[...commandDocs(reference)].map(([name, text]) => [`docs/commands/${name}`, text] as const),
    ...[...languageDocs()].map(([name, text]) => [`docs/language/${name}`, text] as const),
    ...[...codeDocs()].map(([name, text]) => [`docs/codes/${name}`, text] as const),
    ['package.json', withManual(pages.map(([path]) => path))],
  ]);
}

/** The paths of the files that are not what they would be generated as, and of those that would not be there. */
export function staleFiles(files: ReadonlyMap<string, string>): readonly string[] {
  const left = OWN_FOLDERS.flatMap((folder) => globSync(`${folder}/*`, { cwd: root }));
  return [
    ...[...files].filter(([path, text]) => readText(path) !== text).map(([path]) => path),
    ...left.filter((path) => !files.has(path)),
  ];
}

/** package.json with the pages that `npm install --global` puts where man finds them. */
function withManual(paths: readonly string[]): string {
  const text = readText('package.json') ?? '{}';
  const list = paths.map((path) => `    ${JSON.stringify(`./${path}`)}`).join(',\n');
  return text.replace(/^  "man": \[[^\]]*\]/m, `  "man": [\n${list}\n  ]`);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(`${root}${path}`, 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const files = await generatedFiles();
  const stale = staleFiles(files);
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`stale: ${path} (run: npm run generate)`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const path of stale) {
      const text = files.get(path);
      if (text === undefined) {
        rmSync(`${root}${path}`);
        console.log(`removed ${path}`);
      } else {
        mkdirSync(dirname(`${root}${path}`), { recursive: true });
        writeFileSync(`${root}${path}`, text);
        console.log(`wrote ${path}`);
      }
    }
  }
}
