// SPDX-License-Identifier: Apache-2.0
// Where the fast reader stands in a text, and how it goes from line to line.

import type { PositionsBuilder } from '../positions.ts';

export const NEWLINE = 10;
export const SPACE = 32;
export const HASH = 35;
export const DASH = 45;
const DOT = 46;
export const COLON = 58;

/** What the reader knows while it goes through a text from the beginning to the end. */
export interface Cursor {
  readonly text: string;
  readonly positions: PositionsBuilder;
  /** The offset of what is read next. */
  at: number;
  /** The column, from 0, of the content at `at`, after `toContent`; -1 where the document ends. */
  column: number;
  /** Whether `toContent` came past lines of comment. */
  commented: boolean;
  /** Where the last value ends with what stands after it on its line: the end of the maps and lists that it closes. */
  end: number;
  /** At least as many as the lexical parts so far. */
  parts: number;
}

/** Says that the text is not of the simple kind. Caught by `readPlain`, and never seen outside. */
export class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/** One for all: nobody looks at where it was made. */
const NOT_PLAIN = new NotPlain('not of the simple kind');

/** @throws NotPlain always */
export function giveUp(): never {
  throw NOT_PLAIN;
}

/** Whether a character is the end of an indicator: a space, the end of a line or of the text. */
export function isBreak(code: number): boolean {
  return code === SPACE || code === NEWLINE || Number.isNaN(code);
}

/** From the beginning of a line to the next one with content. Gives up where comments are indented further than what follows. */
export function toContent(cursor: Cursor): void {
  const { text } = cursor;
  let { at } = cursor;
  let deepest = -1;
  for (;;) {
    const start = at;
    while (text.charCodeAt(at) === SPACE) at++;
    if (at > start) cursor.parts++;
    const code = text.charCodeAt(at);
    if (code === NEWLINE) {
      at++;
      cursor.parts++;
    } else if (code === HASH) {
      if (at - start > deepest) deepest = at - start;
      at = endOfLine(text, at);
      cursor.parts += 2;
    } else {
      if (at === start && code === DOT && isMark(text, at, '...')) giveUp();
      cursor.column = Number.isNaN(code) || (at === start && isSeparator(text, at)) ? -1 : at - start;
      break;
    }
  }
  cursor.at = at;
  cursor.commented = deepest >= 0;
  // Such a comment belongs to the lines above it, and changes where they end.
  if (deepest > Math.max(cursor.column, 0)) giveUp();
}

/** From the end of a value over the rest of its line, where only a comment may stand, to the next content. */
export function finishLine(cursor: Cursor): void {
  const { text } = cursor;
  let { at } = cursor;
  const start = at;
  while (text.charCodeAt(at) === SPACE) at++;
  const code = text.charCodeAt(at);
  cursor.parts += at > start ? 2 : 1;
  if (code === NEWLINE) at++;
  else if (code === HASH && at > start) {
    at = endOfLine(text, at);
    cursor.parts++;
  } else if (!Number.isNaN(code)) giveUp();
  cursor.at = at;
  cursor.end = at;
  toContent(cursor);
}

/** The offset after the end of the line. */
export function endOfLine(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline === -1 ? text.length : newline + 1;
}

/** Whether the line --- stands here. */
export function isSeparator(text: string, at: number): boolean {
  return text.charCodeAt(at) === DASH && isMark(text, at, '---');
}

function isMark(text: string, at: number, mark: string): boolean {
  return text.startsWith(mark, at) && isBreak(text.charCodeAt(at + mark.length));
}
