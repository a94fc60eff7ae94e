// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CODES } from '../../src/diagnostics/codes.ts';
import { PAGES } from '../../src/diagnostics/codes/pages.ts';
import { ERROR_KINDS } from '../../src/errors.ts';
import { riptides } from '../commands/riptides.ts';

const SOURCES = join(import.meta.dirname, '../../src');

describe('the codes of findings', () => {
  test('are RTP and four digits, the first two of which are those of a stage', () => {
    for (const code of Object.keys(CODES)) expect(code).toMatch(/^RTP(?:1[0-9]|20)[0-9]{2}$/);
  });

  test('are each explained in sentences, with an example', () => {
    for (const [code, entry] of PAGES) {
      expect([code, entry.title]).toEqual([code, expect.not.stringMatching(/\.$/)]);
      for (const text of [entry.what, entry.why, entry.fix]) {
        expect([code, text]).toEqual([code, expect.stringMatching(/^([A-Z`]|apiVersion|riptides).*\.\)?$/s)]);
        expect(text).not.toMatch(/!(\s|$)/);
      }
      expect([code, entry.example]).toEqual([code, expect.stringMatching(/\S/)]);
    }
  });

  test('are each given by some line of the compiler', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        file.endsWith('.ts') && file !== 'errors.ts' && !file.startsWith(join('diagnostics', 'codes')),
    );
    const text = files.map((file) => readFileSync(join(SOURCES, file), 'utf8')).join('\n');
    expect(Object.keys(CODES).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
    expect(Object.keys(ERROR_KINDS).filter((kind) => !text.includes(`'${kind}'`))).toEqual([]);
  });

  test.each(['RTE1000', 'RTE1003', 'rte1901', 'RTP1305'])('are explained by riptides: %s', (code) => {
    const { stdout, code: exitCode } = riptides(['explain', code]);
    expect(stdout).toMatch(new RegExp(`^${code.toUpperCase()} {2}\\S`));
    expect(exitCode).toBe(0);
  });

  test('that do not exist are errors with the nearest one', () => {
    expect(riptides(['explain', 'RTE1903']).stderr).toContain(
      'there is no code RTE1903\n  fix  did you mean RTE1003?',
    );
  });
});
