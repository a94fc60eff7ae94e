// SPDX-License-Identifier: Apache-2.0
// Policies that compile, and what riptides warns of. Each directory of warnings/ is a policy; expected.txt in it is what
// `riptides validate` would print. UPDATE=1 writes expected.txt anew: read the difference before you keep it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compilePolicy } from '../../src/compiler/compile.ts';
import { shownText } from '../printed.ts';

const WARNINGS = join(import.meta.dirname, 'warnings');

describe('policies that compile with warnings', () => {
  for (const name of readdirSync(WARNINGS).toSorted()) {
    test(`${name} gives the warnings that stand beside it`, async () => {
      const directory = join(WARNINGS, name);
      const { value, diagnostics } = await compilePolicy([directory], { scopes: 'ignore' });
      const rendered = shownText(diagnostics).replaceAll(`${directory}/`, '').replaceAll(directory, '.');
      const expected = join(directory, 'expected.txt');
      if (process.env['UPDATE'] === '1') writeFileSync(expected, rendered);
      expect(rendered).toBe(readFileSync(expected, 'utf8'));
      expect(new Set(diagnostics.map(({ severity }) => severity))).toEqual(new Set(['warning']));
      expect(value).toBeDefined();
    });
  }
});
