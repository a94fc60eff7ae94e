// SPDX-License-Identifier: Apache-2.0
// format() of the strings extension: %s %d %f %e %b %o %x %X and %%, with a precision for %f and %e.

import type { Environment } from 'cel-js';
import { UnsignedInt } from 'cel-js/evaluator';
import { Ip, Cidr, cidrText, ipText } from './network.ts';
import { SpiffeId, spiffeText } from './spiffe.ts';
import { checkLength, failure, TEXT_LIMIT } from './text.ts';
import { Duration, durationText, Timestamp, timestampText } from './time.ts';

/** Digits after the point, at most. */
const MOST_DIGITS = 100;

/** Adds `string.format(list): string`. The values of the list may be of different types. */
export function registerFormat(environment: Environment): void {
  environment.registerFunction('string.format(list): string', format, { async: false });
}

function format(text: string, values: readonly unknown[]): string {
  let written = '';
  let used = 0;
  const clause = /%(?:(%)|(?:\.(\d{1,9}))?(.)?)/gsu;
  let last = 0;
  for (const match of text.matchAll(clause)) {
    const [whole, percent, precision, verb] = match;
    written += text.slice(last, match.index);
    last = match.index + whole.length;
    if (percent !== undefined) {
      written += '%';
      continue;
    }
    if (verb === undefined) throw failure('format() of a text that ends in %');
    if (used >= values.length)
      throw failure(`format() has a % for each of ${values.length} values and one more`);
    written += formatOne(verb, values[used], precision === undefined ? undefined : Number(precision));
    used += 1;
    checkLength('format', written.length);
  }
  if (used < values.length) throw failure(`format() has ${values.length} values and ${used} verbs for them`);
  written += text.slice(last);
  checkLength('format', written.length);
  return written;
}

function formatOne(verb: string, value: unknown, precision: number | undefined): string {
  if (precision !== undefined && precision > MOST_DIGITS)
    throw failure(`format() with ${precision} digits; the limit is ${MOST_DIGITS}`);
  switch (verb) {
    case 's':
      return textOf(value, TEXT_LIMIT);
    case 'd':
      if (typeof value === 'number' && !Number.isFinite(value)) return nonFinite(value);
      return wholeOf(value, 'd').toString();
    case 'f':
      return typeof value === 'number' && !Number.isFinite(value)
        ? nonFinite(value)
        : fixed(doubleOf(value, 'f'), precision ?? 6);
    case 'e':
      return typeof value === 'number' && !Number.isFinite(value)
        ? nonFinite(value)
        : doubleOf(value, 'e')
            .toExponential(precision ?? 6)
            .replace(/([-+])(\d)$/, '$10$2');
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      return wholeOf(value, 'b').toString(2);
    case 'o':
      return wholeOf(value, 'o').toString(8);
    case 'x':
      return hexOf(value);
    case 'X':
      return hexOf(value).toUpperCase();
    default:
      throw failure(`format() has no %${verb}; it has %s %d %f %e %b %o %x %X and %%`);
  }
}

function wholeOf(value: unknown, verb: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof UnsignedInt) return value.value;
  throw failure(`format() with %${verb} of a value that is not a whole number`);
}

function doubleOf(value: unknown, verb: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof UnsignedInt) return Number(value.value);
  throw failure(`format() with %${verb} of a value that is not a number`);
}

/** Digits as they are in decimal, rounded half to even. */
function fixed(value: number, digits: number): string {
  return new Intl.NumberFormat('en-US', {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
    roundingMode: 'halfEven',
    useGrouping: false,
  }).format(value);
}

function nonFinite(value: number): string {
  return String(value);
}

function hexOf(value: unknown): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return wholeOf(value, 'x').toString(16);
}

/** Any value as %s writes it, or an error when it is longer than `room`: it may hold the same list many times. */
function textOf(value: unknown, room: number): string {
  const text = plainText(value) ?? joined(value, room);
  checkLength('format', TEXT_LIMIT - room + text.length);
  return text;
}

function plainText(value: unknown): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : nonFinite(value);
  if (typeof value === 'bigint' || typeof value === 'boolean' || value instanceof UnsignedInt)
    return String(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Ip) return ipText(value);
  if (value instanceof Cidr) return cidrText(value);
  if (value instanceof SpiffeId) return spiffeText(value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (
    typeof value === 'object' &&
    'name' in value &&
    Object.prototype.toString.call(value).startsWith('[object Type<')
  )
    return String(value.name);
  return undefined;
}

function joined(value: unknown, room: number): string {
  let left = room;
  const part = (of: unknown): string => {
    const text = textOf(of, left);
    left -= text.length;
    return text;
  };
  if (Array.isArray(value)) return `[${value.map(part).join(', ')}]`;
  const entries =
    value instanceof Map
      ? [...value]
      : typeof value === 'object' && value?.constructor === Object
        ? Object.entries(value)
        : undefined;
  if (entries === undefined) throw failure('format() with %s of a value that has no text');
  const lines = entries.map(([key, of]) => [part(key), part(of)] as const);
  return `{${lines
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join(': '))
    .join(', ')}}`;
}
