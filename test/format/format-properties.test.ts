// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CST, Lexer } from 'yaml';
import { parseFile } from '../../src/compiler/load/parse.ts';
import { formatFile } from '../../src/format/format.ts';
import { yamlTexts } from '../compiler/load/plain/texts.ts';
import { drawFrom, root, untidy } from './untidy.ts';

function format(text: string): string {
  const { value, diagnostics } = formatFile('p.yaml', Buffer.from(text));
  if (value === undefined) throw new Error(`${diagnostics[0]?.code}: ${diagnostics[0]?.message}\n${text}`);
  return value.text;
}

function valuesOf(text: string): readonly unknown[] {
  const { value, diagnostics } = parseFile('p.yaml', Buffer.from(text));
  if (diagnostics.length > 0) throw new Error(`${diagnostics[0]?.code}: ${diagnostics[0]?.message}\n${text}`);
  return (value ?? []).map((document) => document.value);
}

function commentsOf(text: string): readonly string[] {
  const found: string[] = [];
  let before = '';
  for (const part of new Lexer().lex(text)) {
    if (before !== CST.SCALAR && part.startsWith('#')) found.push(part.trim());
    before = part;
  }
  return found.toSorted();
}

test('a formatted text means the same, keeps every comment, and stays as it is when it is formatted again', () => {
  fc.assert(
    fc.property(fc.array(root, { minLength: 1, maxLength: 3 }), fc.nat(), (documents, seed) => {
      const text = untidy(documents, drawFrom(seed));
      const before = valuesOf(text);
      expect(before).toEqual(documents);
      const formatted = format(text);
      expect(valuesOf(formatted)).toEqual(before);
      expect(commentsOf(formatted)).toEqual(commentsOf(text));
      expect(format(formatted)).toBe(formatted);
      expect(formatted).toMatch(/^[^\n][^]*\n$/);
      expect(formatted).not.toMatch(/[^\S\n]$|\n\n\n|\r|\ufeff/m);
    }),
    { numRuns: 1000, interruptAfterTimeLimit: 90_000 },
  );
});

test('whatever can be loaded has a form, which stays as it is', () => {
  fc.assert(
    fc.property(yamlTexts(['a: 1\n', '- a\n']), (text) => {
      // Throws when the form would mean something else.
      const formatted = formatFile('p.yaml', Buffer.from(text)).value?.text;
      if (formatted !== undefined) expect(format(formatted)).toBe(formatted);
    }),
    { numRuns: 3000, interruptAfterTimeLimit: 90_000 },
  );
});
