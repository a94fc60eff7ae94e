// SPDX-License-Identifier: Apache-2.0
// Files of the repository that inputs begin with.

import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { Random } from '../oracle/random.ts';

export const ROOT = join(import.meta.dirname, '../..');

/** Longer files teach nothing that shorter ones do not, and take time. */
const MOST_BYTES = 16 * 1024;

/** A directory for the files of this process: that which the one that watches it removes, else one of its own. */
export function scratch(): string {
  const given = process.env['FUZZ_SCRATCH'];
  if (given !== undefined) return given;
  const directory = mkdtempSync(join(tmpdir(), 'riptides-fuzz-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function filesOf(...patterns: readonly string[]): readonly string[] {
  return globSync([...patterns], { cwd: ROOT })
    .toSorted()
    .map((file) => join(ROOT, file))
    .filter((file) => statSync(file).isFile());
}

export function bytesOf(...patterns: readonly string[]): readonly Uint8Array[] {
  return filesOf(...patterns)
    .map((file) => new Uint8Array(readFileSync(file)))
    .filter(({ length }) => length <= MOST_BYTES);
}

/** Every file of a policy or of the corpus of broken input. */
export const YAML_FILES = ['policies/**/*.{yaml,yml}', 'test/{corpus,golden,compiler}/**/*.{yaml,yml}'];

/** The examples in YAML of all pages. */
export function examples(): readonly Uint8Array[] {
  return filesOf('docs/**/*.md', 'README.md')
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^```yaml.*\n([^]*?)^```$/gm)])
    .map(([, text = '']) => toBytes(text));
}

/** Whole policies: the files of each directory below one another. */
export function wholePolicies(): readonly Uint8Array[] {
  const directories = new Set(filesOf(...YAML_FILES).map((file) => policyOf(file)));
  return [...directories].flatMap((directory) => {
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ya?ml$/.test(file))
      .toSorted();
    const texts = files.map((file) => readFileSync(join(directory, file)));
    const whole = Buffer.concat(
      texts.flatMap((text, i) => (i === 0 ? [text] : [Buffer.from('\n---\n'), text])),
    );
    return whole.length > MOST_BYTES ? [] : [new Uint8Array(whole)];
  });
}

/** The directory of riptides.yaml, or that of the file when there is none. */
function policyOf(file: string): string {
  for (let at = dirname(file); at.startsWith(join(ROOT, '')) && at !== ROOT; at = dirname(at)) {
    if (statSync(join(at, 'riptides.yaml'), { throwIfNoEntry: false }) !== undefined) return at;
  }
  return dirname(file);
}

/** Draws one value after another from an arbitrary, by chance that follows from `random` alone. */
export function drawing<T>(arbitrary: fc.Arbitrary<T>): (random: Random) => T {
  return (random) => {
    const [value] = fc.sample(arbitrary, { seed: random.below(0x7fff_ffff), numRuns: 1 });
    if (value === undefined) throw new Error('fast-check gave nothing');
    return value;
  };
}

export function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

export function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
