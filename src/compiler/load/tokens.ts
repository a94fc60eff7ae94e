// SPDX-License-Identifier: Apache-2.0
// A text to the tokens of the `yaml` package.

import { type CST, Lexer, Parser } from 'yaml';

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

/** The tokens of a text, as the package's parser gives them. */
export function* tokensOf(text: string): Generator<CST.Token, void> {
  const parser = new Parser();
  for (const part of lexicalParts(text)) yield* parser.next(part);
  yield* parser.end();
}
