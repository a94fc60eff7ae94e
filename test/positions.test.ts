// SPDX-License-Identifier: Apache-2.0
// A diagnostic that names an entry of a list stands on the line of the entry, and not at the list: in all broken policies of the corpus.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { compilePolicy } from '../src/compiler/compile.ts';
import { policyFiles } from '../src/compiler/load/read.ts';
import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';

const FOLDERS = ['corpus', 'compiler/warnings'].flatMap((folder) => {
  const path = join(import.meta.dirname, folder);
  return readdirSync(path).map((name) => join(path, name));
});

/** What a message quotes that stands further down in the range of the diagnostic, and not on its first line. */
function named({ message, range: { start, end } }: Diagnostic, lines: readonly string[]): readonly string[] {
  const [first = '', ...below] = lines.slice(start.line - 1, end.line);
  return [...message.matchAll(/"([^"]+)"/g)].flatMap(([, text = '']) => {
    const value = new RegExp(`(^|[\\s"'[{,:])${text.replaceAll(/[^\w]/g, '\\$&')}($|["'\\],}\\s])`);
    return !value.test(first) && below.some((line) => value.test(line)) ? [text] : [];
  });
}

test.each(FOLDERS)('diagnostics of %s point at what they name', async (folder) => {
  const { diagnostics } = await compilePolicy([folder], { scopes: 'ignore' });
  const texts = new Map(
    policyFiles([folder]).files.map((file) => [file, readFileSync(file, 'utf8').split('\n')]),
  );
  const wrong = diagnostics.flatMap((diagnostic) =>
    named(diagnostic, texts.get(diagnostic.range.file) ?? []).map(
      (text) => `${diagnostic.range.start.line}: ${diagnostic.code} names ${text}`,
    ),
  );
  expect(wrong).toEqual([]);
});
