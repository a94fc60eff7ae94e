// SPDX-License-Identifier: Apache-2.0
// Text on one line: plain, or in quotes.

import { COLON, type Cursor, DASH, giveUp, HASH, isBreak, NEWLINE, SPACE } from './cursor.ts';

const BACKSLASH = 92;
const SINGLE = 39;
const DOUBLE = 34;

/** The characters after a backslash that mean the same in JSON. The other escapes of YAML are rare. */
const JSON_ESCAPES = codesOf('"\\/bfnrt');

/** Characters that begin something else than plain text, or nothing at all. */
const INDICATORS = codesOf(',[]{}#&*!|>\'"%@`?');

/** Characters that end plain text between brackets. */
export function isFlowIndicator(code: number): boolean {
  return code === 44 || code === 91 || code === 93 || code === 123 || code === 125;
}

/**
 * The end of plain text that begins here, without spaces after it; the cursor goes to what ended it: the end of the line,
 * a comment, the colon of a key, or between brackets one of ,[]{}.
 */
export function scanPlain(cursor: Cursor, inFlow: boolean): number {
  const { text } = cursor;
  const start = cursor.at;
  const first = text.charCodeAt(start);
  if (INDICATORS.has(first)) giveUp();
  if (first === DASH || first === COLON) {
    const second = text.charCodeAt(start + 1);
    if (isBreak(second) || (inFlow && isFlowIndicator(second))) giveUp();
  }
  let at = start;
  for (; ; at++) {
    const code = text.charCodeAt(at);
    if (code > COLON && !inFlow) continue;
    if (code === NEWLINE || Number.isNaN(code)) break;
    if (code === COLON) {
      const next = text.charCodeAt(at + 1);
      if (isBreak(next) || (inFlow && isFlowIndicator(next))) break;
    } else if (code === HASH) {
      if (text.charCodeAt(at - 1) === SPACE) break;
    } else if (inFlow && isFlowIndicator(code)) break;
  }
  cursor.at = at;
  while (at > start && text.charCodeAt(at - 1) === SPACE) at--;
  if (at === start) giveUp();
  return at;
}

/** The text in quotes that begin here; the cursor goes behind them. */
export function readQuoted(cursor: Cursor): string {
  const { text } = cursor;
  const start = cursor.at + 1;
  const quote = text.charCodeAt(cursor.at);
  let escaped = false;
  for (let at = start; ; at++) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || Number.isNaN(code)) giveUp();
    if (code === BACKSLASH && quote === DOUBLE) {
      escaped = true;
      at++;
      if (!JSON_ESCAPES.has(text.charCodeAt(at))) giveUp();
    } else if (code === quote) {
      if (quote === SINGLE && text.charCodeAt(at + 1) === SINGLE) {
        escaped = true;
        at++;
        continue;
      }
      cursor.at = at + 1;
      const written = text.slice(start, at);
      if (!escaped) return written;
      return quote === SINGLE ? written.replaceAll("''", "'") : unescape(written);
    }
  }
}

export function isQuote(code: number): boolean {
  return code === SINGLE || code === DOUBLE;
}

/** Text with the escapes of JSON, which the engine resolves faster than a program could. */
function unescape(written: string): string {
  const text: unknown = JSON.parse(`"${written}"`);
  return typeof text === 'string' ? text : giveUp();
}

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(characters.split('').map((c) => c.charCodeAt(0)));
}

const INTEGER = /^[-+]?[0-9]+$/;
const DECIMAL = /^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$/;
const LEADING_ZERO = /^[-+]?0[0-9]/;
/** Hexadecimal and octal numbers, exponents, and what is not finite. */
const OTHER_NUMBER =
  /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+|[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/;

/** What plain text means in the core schema of YAML 1.2. */
export function plainValue(source: string): string | number | boolean | null {
  const first = source.charCodeAt(0);
  // Digits, and the signs and dots before them.
  if ((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46)
    return numberOrText(source);
  if (source.length > 5) return source;
  switch (source) {
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
    default:
      return source;
  }
}

function numberOrText(source: string): string | number {
  const isInteger = INTEGER.test(source);
  if (!isInteger && !DECIMAL.test(source)) return OTHER_NUMBER.test(source) ? giveUp() : source;
  const value = isInteger ? Number.parseInt(source, 10) : Number.parseFloat(source);
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact && !LEADING_ZERO.test(source) ? value : giveUp();
}
