// SPDX-License-Identifier: Apache-2.0
// The tests of the compiler and of the schemas as one file, so that the modules are loaded once for each mutant and not once
// for each test file.

import { globSync } from 'node:fs';
import { join } from 'node:path';

const TESTS = join(import.meta.dirname, '..');
const FILES = ['schema/**/*.test.ts', 'compiler/**/*.test.ts', 'corpus.test.ts', 'golden/*.test.ts', 'oracle/*.test.ts'];

for (const pattern of FILES) {
  for (const file of globSync(pattern, { cwd: TESTS }).toSorted()) await import(join(TESTS, file));
}
