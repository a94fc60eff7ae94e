// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CODES, isDiagnosticCode } from '../../src/diagnostics/codes.ts';

const SOURCES = join(import.meta.dirname, '../../src');

describe('the codes of findings', () => {
  test('are RTP and four digits, the first two of which are those of a stage', () => {
    for (const code of Object.keys(CODES)) expect(code).toMatch(/^RTP1[0-9]{3}$/);
  });

  test('are each explained in sentences, with an example', () => {
    for (const [code, entry] of Object.entries(CODES)) {
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
      (file) => file.endsWith('.ts') && !file.startsWith(join('diagnostics', 'codes')),
    );
    const text = files.map((file) => readFileSync(join(SOURCES, file), 'utf8')).join('\n');
    expect(Object.keys(CODES).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  test('are told from other texts', () => {
    expect(isDiagnosticCode('RTP1203')).toBe(true);
    expect(isDiagnosticCode('RTP9999')).toBe(false);
    expect(isDiagnosticCode('constructor')).toBe(false);
  });
});
