// SPDX-License-Identifier: Apache-2.0
// Maps and lists between brackets.

import { addPosition, endPosition, finishPosition } from '../positions.ts';
import { LOAD_LIMITS } from '../types.ts';
import { bareMap } from './bare-map.ts';
import { COLON, type Cursor, giveUp, isBreak, NEWLINE, SPACE } from './cursor.ts';
import { isQuote, plainValue, readQuoted, scanPlain } from './scalars.ts';

const COMMA = 44;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;

/** The brackets that are open, and where they stand. */
interface Brackets {
  /** The column of the map or list around all of them: their lines are indented further. */
  readonly column: number;
  /** Levels of maps and lists around them. */
  readonly outside: number;
}

export function isBracket(code: number): boolean {
  return code === OPEN_LIST || code === OPEN_MAP;
}

/** The map or list whose bracket stands here, as value of an entry that was begun; the cursor goes behind the closing bracket. */
export function readFlow(cursor: Cursor, entry: number, column: number, depth: number): unknown {
  return readBrackets(cursor, entry, depth, { column, outside: depth });
}

function readBrackets(cursor: Cursor, entry: number, depth: number, brackets: Brackets): unknown {
  if (depth >= LOAD_LIMITS.depth) giveUp();
  cursor.parts += 2;
  const isMap = cursor.text.charCodeAt(cursor.at) === OPEN_MAP;
  const value = isMap ? readMap(cursor, depth, brackets) : readList(cursor, depth, brackets);
  finishPosition(cursor.positions, entry, cursor.at);
  endPosition(cursor.positions, entry);
  return value;
}

function readList(cursor: Cursor, depth: number, brackets: Brackets): readonly unknown[] {
  const items: unknown[] = [];
  cursor.at++;
  while (!isClosed(cursor, CLOSE_LIST, items.length === 0, depth, brackets)) {
    const entry = addPosition(cursor.positions, cursor.at, cursor.at, -1, -1, undefined);
    items.push(readValue(cursor, entry, depth + 1, brackets));
  }
  return items;
}

function readMap(cursor: Cursor, depth: number, brackets: Brackets): unknown {
  const map = bareMap();
  let isEmpty = true;
  cursor.at++;
  while (!isClosed(cursor, CLOSE_MAP, isEmpty, depth, brackets)) {
    isEmpty = false;
    const start = cursor.at;
    const name = readKey(cursor);
    const end = cursor.at;
    if (name === '__proto__' || map[name] !== undefined || end - start > LONGEST_KEY) giveUp();
    cursor.at++;
    skipSpace(cursor, depth, brackets);
    const entry = addPosition(cursor.positions, cursor.at, cursor.at, start, end, name);
    map[name] = readValue(cursor, entry, depth + 1, brackets);
  }
  return map;
}

/** The key here; the cursor goes to its colon. */
function readKey(cursor: Cursor): string {
  const { text } = cursor;
  cursor.parts += 4;
  if (isQuote(text.charCodeAt(cursor.at))) {
    const name = readQuoted(cursor);
    return text.charCodeAt(cursor.at) === COLON ? name : giveUp();
  }
  const start = cursor.at;
  const end = scanPlain(cursor, true);
  if (end !== cursor.at || text.charCodeAt(end) !== COLON || !isBreak(text.charCodeAt(end + 1))) giveUp();
  const name = plainValue(text.slice(start, end));
  return typeof name === 'string' && name !== '<<' ? name : giveUp();
}

function readValue(cursor: Cursor, entry: number, depth: number, brackets: Brackets): unknown {
  const { text, at: start } = cursor;
  const first = text.charCodeAt(start);
  if (isBracket(first)) return readBrackets(cursor, entry, depth, brackets);
  cursor.parts += 2;
  if (isQuote(first)) {
    const value = readQuoted(cursor);
    finishPosition(cursor.positions, entry, cursor.at);
    return value;
  }
  const end = scanPlain(cursor, true);
  if (text.charCodeAt(cursor.at) === COLON) giveUp();
  finishPosition(cursor.positions, entry, end);
  return plainValue(text.slice(start, end));
}

/** Goes to the next entry, or behind the closing bracket. Between two entries stands a comma, and there may be one at the end. */
function isClosed(
  cursor: Cursor,
  close: number,
  isFirst: boolean,
  depth: number,
  brackets: Brackets,
): boolean {
  skipSpace(cursor, depth, brackets);
  if (!isFirst && cursor.text.charCodeAt(cursor.at) === COMMA) {
    cursor.at++;
    cursor.parts++;
    skipSpace(cursor, depth, brackets);
    // What no comma may follow is not a value either: two commas end in `scanPlain`.
  } else if (!isFirst && cursor.text.charCodeAt(cursor.at) !== close) giveUp();
  if (cursor.text.charCodeAt(cursor.at) !== close) return false;
  cursor.at++;
  return true;
}

/** Over spaces and ends of lines. Lines are indented further than what is around the brackets, but for the last bracket of all. */
function skipSpace(cursor: Cursor, depth: number, { column, outside }: Brackets): void {
  const { text } = cursor;
  let { at } = cursor;
  let lineStart = -1;
  cursor.parts++;
  for (let code = text.charCodeAt(at); code === SPACE || code === NEWLINE; code = text.charCodeAt(at)) {
    at++;
    if (code !== NEWLINE) continue;
    lineStart = at;
    cursor.parts += 2;
  }
  cursor.at = at;
  if (lineStart === -1 || at - lineStart > column) return;
  const code = text.charCodeAt(at);
  const isLast = depth === outside && (code === CLOSE_LIST || code === CLOSE_MAP);
  if (!isLast || at - lineStart !== column) giveUp();
}

/** Longer ones are errors, or nearly. */
export const LONGEST_KEY = 1000;
