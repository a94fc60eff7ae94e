// SPDX-License-Identifier: Apache-2.0
// What may import what. A newcomer reads src/ from the bottom, and meets nothing that he has not read.

import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const SRC = join(import.meta.dirname, '../src');

/** From the bottom to the top: what stands in one imports nothing of those after it. */
const ORDER = [
  'errors.ts',
  'crypto.ts',
  'package.ts',
  'terminal',
  'diagnostics',
  'bundle',
  'schema',
  'cel',
  'conditions',
  'compiler',
  'netlink',
  'module',
  'targets',
  'records',
  'diff',
  'plan',
  'apply',
  'explain',
  'policytest',
  'format',
  'init',
  'import',
  'inspect',
  'lint',
  'agent',
  'operations',
  'cli',
  'commands',
];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** The files that a file imports, for their types or later as well. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\(\s*|\bimport\s+)'(\.[^']*)'/g)].map(([, path = '']) =>
    relative(SRC, normalize(join(SRC, dirname(file), path))),
  );
}

function rank(file: string): number {
  return ORDER.indexOf(file.split('/')[0] ?? '');
}

test('every folder has its place in the order', () => {
  expect(files.filter((file) => rank(file) === -1)).toEqual([]);
});

test('no import runs up', () => {
  const up = files.flatMap((file) =>
    importsOf(file)
      .filter((other) => rank(other) > rank(file))
      .map((other) => `${file} imports ${other}`),
  );
  expect(up).toEqual([]);
});

test('no files import one another in a circle', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at !== -1) circles.push([...way.slice(at), file].join(' > '));
    if (at !== -1 || done.has(file)) return;
    for (const other of importsOf(file)) visit(other, [...way, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test('nothing below the command line prints', () => {
  const PRINTS = /\bprocess\.(?:stdout|stderr)\b|\bconsole\./;
  const printing = files.filter(
    (file) =>
      rank(file) < ORDER.indexOf('cli') &&
      !file.startsWith('terminal/') &&
      PRINTS.test(readFileSync(join(SRC, file), 'utf8')),
  );
  expect(printing).toEqual([]);
});

test('nothing writes to a stream but the border of text', () => {
  const WRITES = /\bprocess\.(?:stdout|stderr)\.write\b|\bconsole\.|\bthis\.log(?:ToStderr)?\(/;
  const writing = files.filter(
    (file) => !file.startsWith('terminal/') && WRITES.test(readFileSync(join(SRC, file), 'utf8')),
  );
  expect(writing).toEqual([]);
});
