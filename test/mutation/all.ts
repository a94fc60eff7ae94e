// SPDX-License-Identifier: Apache-2.0
// The tests of the compiler and of the schemas as one file, so that the modules are loaded once for each mutant and not once
// for each test file.

import { globSync } from 'node:fs';
import { join } from 'node:path';

const TESTS = join(import.meta.dirname, '..');
// The language server is a program of its own: a mutant does not reach it.
const OTHER_PROCESSES = new Set(['schema/language-server.test.ts']);
const FILES = [
  'schema/**/*.test.ts',
  'compiler/**/*.test.ts',
  'corpus.test.ts',
  'golden/*.test.ts',
  'oracle/*.test.ts',
  'import/dialect.test.ts',
  'policytest/policytest.test.ts',
];

for (const pattern of FILES) {
  for (const file of globSync(pattern, { cwd: TESTS }).toSorted())
    if (!OTHER_PROCESSES.has(file)) await import(join(TESTS, file));
}
