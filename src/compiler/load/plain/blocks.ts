// SPDX-License-Identifier: Apache-2.0
// Maps and lists that are made of lines. Each function begins at content and ends at the content after what it read.

import { addPosition, endPosition, finishPosition } from '../positions.ts';
import { LOAD_LIMITS } from '../types.ts';
import { bareMap } from './bare-map.ts';
import {
  COLON,
  type Cursor,
  DASH,
  endOfLine,
  finishLine,
  giveUp,
  HASH,
  isBreak,
  SPACE,
  toContent,
} from './cursor.ts';
import { isBracket, LONGEST_KEY, readFlow } from './flow.ts';
import { isQuote, plainValue, readQuoted, scanPlain } from './scalars.ts';
import { readTextBlock } from './text-block.ts';

const PIPE = 124;
const GREATER = 62;

/** The key of a map, for the entry of its value. */
interface Key {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The map or list that a document is; the cursor stands at the beginning of a line. */
export function readRoot(cursor: Cursor): unknown {
  const entry = addPosition(cursor.positions, cursor.at, cursor.at, -1, -1, undefined);
  if (cursor.column !== 0) giveUp();
  if (isDash(cursor)) return readList(cursor, entry, 0, 0);
  const key = readKey(cursor);
  return key === undefined ? giveUp() : readMap(cursor, entry, key, 0, 0);
}

function isDash({ text, at }: Cursor): boolean {
  return text.charCodeAt(at) === DASH && isBreak(text.charCodeAt(at + 1));
}

/** A map at a column, behind its first key. */
function readMap(cursor: Cursor, entry: number, first: Key, column: number, depth: number): unknown {
  if (depth >= LOAD_LIMITS.depth) giveUp();
  const map = bareMap();
  for (let key: Key = first; ; ) {
    const { name } = key;
    if (map[name] !== undefined) giveUp();
    map[name] = readMapValue(cursor, key, column, depth + 1);
    if (cursor.column < column) break;
    if (cursor.column > column) giveUp();
    key = readKey(cursor) ?? giveUp();
  }
  finishPosition(cursor.positions, entry, cursor.end);
  endPosition(cursor.positions, entry);
  return map;
}

/** The value after the colon of a key in a map at a column. */
function readMapValue(cursor: Cursor, { name, start, end }: Key, column: number, depth: number): unknown {
  const isComment = skipToValue(cursor);
  const { at } = cursor;
  if (isComment === undefined) {
    const entry = addPosition(cursor.positions, at, at, start, end, name);
    return readInLine(cursor, entry, column, depth);
  }
  cursor.at = endOfLine(cursor.text, at);
  toContent(cursor);
  const isList = cursor.column === column && isDash(cursor);
  if (isList || cursor.column > column) {
    const entry = addPosition(cursor.positions, cursor.at, cursor.at, start, end, name);
    return readBelow(cursor, entry, column, depth);
  }
  // No value, and a comment that could belong to it or to what follows.
  if (isComment || cursor.commented) giveUp();
  addPosition(cursor.positions, at, at, start, end, name);
  cursor.end = at;
  return null;
}

/** A list at a column. */
function readList(cursor: Cursor, entry: number, column: number, depth: number): unknown {
  if (depth >= LOAD_LIMITS.depth) giveUp();
  const items: unknown[] = [];
  do {
    const dash = cursor.at;
    cursor.at++;
    cursor.parts++;
    const isComment = skipToValue(cursor);
    if (isComment === undefined) {
      const item = addPosition(cursor.positions, cursor.at, cursor.at, -1, -1, undefined);
      items.push(readItem(cursor, item, column, column + cursor.at - dash, depth + 1));
    } else {
      cursor.at = endOfLine(cursor.text, cursor.at);
      toContent(cursor);
      if (cursor.column <= column) giveUp();
      const item = addPosition(cursor.positions, cursor.at, cursor.at, -1, -1, undefined);
      items.push(readBelow(cursor, item, column, depth + 1));
    }
    if (cursor.column > column) giveUp();
  } while (cursor.column === column && isDash(cursor));
  finishPosition(cursor.positions, entry, cursor.end);
  endPosition(cursor.positions, entry);
  return items;
}

/** The value after a dash: also a map or list can begin there, at the column `here`. */
function readItem(cursor: Cursor, entry: number, column: number, here: number, depth: number): unknown {
  if (isDash(cursor)) return readList(cursor, entry, here, depth);
  const first = cursor.text.charCodeAt(cursor.at);
  if (first === PIPE || first === GREATER || isBracket(first))
    return readInLine(cursor, entry, column, depth);
  const start = cursor.at;
  const key = readKey(cursor);
  if (key !== undefined) return readMap(cursor, entry, key, here, depth);
  cursor.at = start;
  return readInLine(cursor, entry, column, depth);
}

/** A value on the lines below its key or dash. */
function readBelow(cursor: Cursor, entry: number, column: number, depth: number): unknown {
  const first = cursor.text.charCodeAt(cursor.at);
  if (first === PIPE || first === GREATER) return giveUp();
  return readItem(cursor, entry, column, cursor.column, depth);
}

/** A value that ends with its line, or that says by its first character that it does not. */
function readInLine(cursor: Cursor, entry: number, column: number, depth: number): unknown {
  const { text, positions, at: start } = cursor;
  const first = text.charCodeAt(start);
  cursor.parts += 2;
  if (first === PIPE || first === GREATER) {
    const value = readTextBlock(cursor, column);
    finishPosition(positions, entry, cursor.end);
    return value;
  }
  if (isBracket(first)) {
    const value = readFlow(cursor, entry, column, depth);
    finishLine(cursor);
    return value;
  }
  if (isQuote(first)) {
    const value = readQuoted(cursor);
    finishPosition(positions, entry, cursor.at);
    finishLine(cursor);
    return value;
  }
  const end = scanPlain(cursor, false);
  if (text.charCodeAt(cursor.at) === COLON) giveUp();
  finishPosition(positions, entry, end);
  cursor.at = end;
  finishLine(cursor);
  return plainValue(text.slice(start, end));
}

/** Over the spaces before a value. Where there is none on this line: whether a comment stands there. */
function skipToValue(cursor: Cursor): boolean | undefined {
  const { text } = cursor;
  let { at } = cursor;
  while (text.charCodeAt(at) === SPACE) at++;
  if (at > cursor.at) cursor.parts++;
  cursor.at = at;
  const code = text.charCodeAt(at);
  const isComment = code === HASH;
  if (!isComment && !isBreak(code)) return undefined;
  cursor.parts += 2;
  return isComment;
}

/** The key here; the cursor goes behind its colon. Undefined when it is none. */
function readKey(cursor: Cursor): Key | undefined {
  const { text, at: start } = cursor;
  cursor.parts += 3;
  const isQuoted = isQuote(text.charCodeAt(start));
  const quoted = isQuoted ? readQuoted(cursor) : undefined;
  const end = quoted === undefined ? scanPlain(cursor, false) : cursor.at;
  if (text.charCodeAt(cursor.at) !== COLON) return undefined;
  // A space before the colon is allowed, and so rare that it is left to the other reader.
  if (cursor.at !== end || !isBreak(text.charCodeAt(end + 1)) || end - start > LONGEST_KEY) return giveUp();
  cursor.at++;
  const name = quoted ?? plainValue(text.slice(start, end));
  if (typeof name !== 'string' || name === '__proto__' || (name === '<<' && !isQuoted)) return giveUp();
  return { name, start, end };
}
