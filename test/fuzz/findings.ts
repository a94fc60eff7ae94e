// SPDX-License-Identifier: Apache-2.0
// What is promised of every finding about a file: that its place is in the file, that it can be shown, and that no secret is.

import { isUtf8 } from 'node:buffer';
import type { Diagnostic, Position, SourceRange } from '../../src/diagnostics/diagnostic.ts';
import { diagnosticsToJson } from '../../src/diagnostics/render.ts';
import { shownText } from '../printed.ts';
import { Broken, timed } from './target.ts';

/** Looks like a token of GitHub. No finding may show it, unless it is a part of a longer word somewhere, which then is no token. */
export const SECRET = `ghp_${'Zq7Xk2Wv9Bn4'.repeat(3)}`;
const IN_A_WORD = new RegExp(`[\\w-]${SECRET}|${SECRET}[\\w-]`);

/** Throws unless all findings about a file are as promised. Gives their codes, each once. */
export function checkFindings(diagnostics: readonly Diagnostic[], file: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const lines = text.split('\n');
  // Behind bytes that are no text, lines are not counted.
  const isText = isUtf8(bytes);
  for (const diagnostic of diagnostics) {
    const ranges = [diagnostic.range, ...(diagnostic.related ?? []).map(({ range }) => range)];
    for (const range of ranges) checkRange(range, diagnostic, file, isText ? lines : undefined);
    if (diagnostic.message === '' || diagnostic.fix === '')
      throw new Broken(`${diagnostic.code} has no words`, JSON.stringify(diagnostic));
  }
  const readSource = (): string => text;
  const shown = timed('showing the findings', () => shownText(diagnostics, { readSource }));
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.exec(shown);
  if (control !== null) throw new Broken('a control character is shown', JSON.stringify(shown));
  const json = JSON.stringify(timed('findings as JSON', () => diagnosticsToJson(diagnostics)));
  if (!IN_A_WORD.test(text) && (shown.includes(SECRET) || json.includes(SECRET)))
    throw new Broken('a secret is shown', shown.includes(SECRET) ? shown : json);
  return [...new Set(diagnostics.map(({ code }) => code))].toSorted().join(' ');
}

function checkRange(
  range: SourceRange,
  diagnostic: Diagnostic,
  file: string,
  lines: readonly string[] | undefined,
): void {
  const { start, end } = range;
  const fail = (what: string): never => {
    throw new Broken(`${diagnostic.code} ${what}`, JSON.stringify({ ...diagnostic, range }));
  };
  if (range.file !== file) fail('is about another file');
  const isBefore = start.line < end.line || (start.line === end.line && start.column <= end.column);
  if (!isBefore) fail('ends before it begins');
  for (const position of [start, end]) if (!isInside(position, lines)) fail('is outside of its file');
}

function isInside({ line, column }: Position, lines: readonly string[] | undefined): boolean {
  if (!Number.isInteger(line) || !Number.isInteger(column) || line < 1 || column < 1) return false;
  if (lines === undefined) return true;
  const text = lines[line - 1];
  return text !== undefined && column <= text.length + 1;
}
