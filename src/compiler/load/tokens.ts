// SPDX-License-Identifier: Apache-2.0
// A text to the tokens of the `yaml` package.

import { CST, Lexer, Parser } from 'yaml';
import type { Checked, Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SourceText } from './lines.ts';
import { LOAD_LIMITS } from './types.ts';

/**
 * The lexical parts of a text.
 *
 * The package's lexer knows how far the lines of a text without quotes must be indented. It takes some lines between a key and its value for the
 * end of that: a comment without a space after its #, and a blank line above a comment in the first column. Then the next entry would become
 * a part of the value. Neither blank lines nor comments say anything of indentation, and so what it knew is given back to it.
 */
export function lexicalParts(text: string): Generator<string, void> {
  const lexer = new Lexer();
  const parseLineStart: () => Generator<string, unknown> = lexer['parseLineStart'].bind(lexer);
  lexer['parseLineStart'] = function* (): Generator<string, unknown> {
    const indent: number = lexer['indentNext'];
    const start: number = lexer['pos'];
    const next = yield* parseLineStart();
    if (!hasContent(text, start)) lexer['indentNext'] = indent;
    return next;
  };
  return lexer.lex(text);
}

/** Whether a line has more than white space and a comment. */
function hasContent(text: string, start: number): boolean {
  let at = start;
  while (text[at] === ' ') at++;
  return text[at] !== undefined && text[at] !== '#' && text[at] !== '\n' && text[at] !== '\r';
}

/** The tokens of a text that `tokenise` has found good. */
export function* tokensOf(text: string): Generator<CST.Token, void> {
  const parser = new Parser();
  for (const part of lexicalParts(text)) yield* parser.next(part);
  yield* parser.end();
}

/** How many lexical parts may still be read, of all texts that are read with the same allowance. */
export interface Allowance {
  parts: number;
}

/**
 * The tokens of a text. The parser keeps its open collections on a stack of its own, and so nesting that would overflow the
 * composer, which recurses, is seen here while it is still harmless.
 */
export function tokenise(source: SourceText, allowance: Allowance): Checked<readonly CST.Token[]> {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let last = '';
  let isText = false;
  for (const part of lexicalParts(source.text)) {
    isText = last === CST.SCALAR;
    last = part;
    if (!isText && isMarker(part) && parser.offset > 0 && source.text[parser.offset - 1] !== '\n') {
      return refuse(source, parser.offset, 'RTP1010', {
        message: `${part} follows something else on its line`,
        fix: `write ${part} on a line of its own, or in quotes if it is text`,
      });
    }
    // Besides the open maps and lists, the stack holds the document and a scalar.
    if (parser.stack.length > LOAD_LIMITS.depth + 8) {
      return refuse(source, parser.offset, 'RTP1012', {
        message: `maps and lists are nested more than ${LOAD_LIMITS.depth} levels deep`,
        fix: 'look for brackets or dashes that are opened again and again',
      });
    }
    if (--allowance.parts < 0) {
      return refuse(source, parser.offset, 'RTP1019', {
        message: `more than ${LOAD_LIMITS.slowParts} parts of this file are in documents that have mistakes or are not simple; the rest is not read`,
        fix: 'correct what is reported before this position, or split the file; a policy may have any number of files',
      });
    }
    for (const token of parser.next(part)) tokens.push(token);
  }
  if (!isText && isOpenQuote(last)) {
    return refuse(source, source.text.length - last.length, 'RTP1010', {
      message: `the quote ${last.charAt(0)} that is opened here is not closed`,
      fix: 'close it where the text ends',
    });
  }
  for (const token of parser.end()) tokens.push(token);
  return { value: tokens, diagnostics: [] };
}

/** The parser would begin a document in the middle of a line. */
function isMarker(part: string): boolean {
  return part === '---' || part === '...';
}

/**
 * Whether the last part of a file is text in quotes that is not closed. The parser sees that by itself, unless the text ends with a quote that
 * belongs to it: one of a pair, or one behind a backslash.
 */
function isOpenQuote(part: string): boolean {
  const quote = part.charAt(0);
  if ((quote !== "'" && quote !== '"') || part.length < 2 || !part.endsWith(quote)) return false;
  const escape = quote === '"' ? '\\' : quote;
  let start = part.length - 1;
  while (start > 1 && part[start - 1] === escape) start--;
  return (part.length - 1 - start) % 2 === 1;
}

function refuse(
  source: SourceText,
  offset: number,
  code: Diagnostic['code'],
  words: Pick<Diagnostic, 'message' | 'fix'>,
): Checked<never> {
  return { diagnostics: [{ code, severity: 'error', range: source.range(offset, offset + 1), ...words }] };
}
