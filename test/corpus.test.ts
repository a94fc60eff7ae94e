// SPDX-License-Identifier: Apache-2.0
// Broken policies, and what riptides says of them. Each directory of test/corpus is a policy; expected.txt in it is what
// `riptides validate` would print. UPDATE=1 writes expected.txt anew: read the difference before you keep it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compilePolicy } from '../src/compiler/compile.ts';
import { hasErrors } from '../src/diagnostics/diagnostic.ts';
import { shownText } from './printed.ts';

const CORPUS = join(import.meta.dirname, 'corpus');

describe('the corpus of broken policies', () => {
  for (const name of readdirSync(CORPUS).toSorted()) {
    test(`${name} gives the diagnostics that stand beside it`, async () => {
      const directory = join(CORPUS, name);
      const { value, diagnostics } = await compilePolicy([directory]);
      const rendered = shownText(diagnostics).replaceAll(`${directory}/`, '').replaceAll(directory, '.');
      const expected = join(directory, 'expected.txt');
      if (process.env['UPDATE'] === '1') writeFileSync(expected, rendered);
      expect(rendered).toBe(readFileSync(expected, 'utf8'));
      expect(hasErrors(diagnostics)).toBe(true);
      expect(value).toBeUndefined();
    });
  }
});
