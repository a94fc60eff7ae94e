// SPDX-License-Identifier: Apache-2.0
// The strings extension of CEL. Positions count characters (code points), as CEL has it, and not the units of JavaScript.

import { EvaluationError, type Environment } from 'cel-js';
import { ownName } from './names.ts';

/** UTF-16 code units of a text that a function makes. */
export const TEXT_LIMIT = 65_536;

const SYNC = { async: false } as const;

/** Adds the functions on texts, but for format() and matches(). */
export function registerText(environment: Environment): void {
  const method = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(`string.${signature}`, handler, SYNC);
  };
  method('charAt(int): string', charAt);
  method('replace(string, string): string', (text: string, from: string, to: string) =>
    replaceFirst(text, from, to, Number.POSITIVE_INFINITY),
  );
  method('replace(string, string, int): string', (text: string, from: string, to: string, most: bigint) =>
    replaceFirst(text, from, to, most < 0n ? Number.POSITIVE_INFINITY : Number(most)),
  );
  method('reverse(): string', (text: string) => Array.from(text).toReversed().join(''));
  method(`${ownName('lowerAscii')}(): string`, (text: string) =>
    text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  );
  method(`${ownName('upperAscii')}(): string`, (text: string) =>
    text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase()),
  );
  method(`${ownName('trim')}(): string`, trim);
  method(`${ownName('indexOf')}(string): int`, (text: string, part: string) =>
    charactersBefore(text, text.indexOf(part)),
  );
  method(`${ownName('indexOf')}(string, int): int`, (text: string, part: string, from: bigint) =>
    charactersBefore(text, text.indexOf(part, unitsBefore(text, from, 'indexOf'))),
  );
  method(`${ownName('lastIndexOf')}(string): int`, (text: string, part: string) =>
    charactersBefore(text, text.lastIndexOf(part)),
  );
  method(`${ownName('lastIndexOf')}(string, int): int`, (text: string, part: string, from: bigint) =>
    charactersBefore(text, text.lastIndexOf(part, unitsBefore(text, from, 'lastIndexOf'))),
  );
  method(`${ownName('substring')}(int): string`, (text: string, from: bigint) =>
    text.slice(unitsBefore(text, from, 'substring')),
  );
  method(`${ownName('substring')}(int, int): string`, (text: string, from: bigint, to: bigint) => {
    if (from > to) throw failure('substring() from a position behind its end');
    return text.slice(unitsBefore(text, from, 'substring'), unitsBefore(text, to, 'substring'));
  });
  method(`${ownName('split')}(string): list<string>`, (text: string, separator: string) =>
    split(text, separator, -1),
  );
  method(`${ownName('split')}(string, int): list<string>`, (text: string, separator: string, most: bigint) =>
    split(text, separator, Number(most)),
  );
  environment.registerFunction(
    `list<string>.${ownName('join')}(): string`,
    (list: readonly string[]) => join(list, ''),
    SYNC,
  );
  environment.registerFunction(`list<string>.${ownName('join')}(string): string`, join, SYNC);
}

/** An error of an evaluation; the engine adds the position. */
export function failure(message: string): EvaluationError {
  return new EvaluationError({ code: 'function_failed', message });
}

/** @throws EvaluationError when the text would be too long. */
export function checkLength(name: string, length: number): void {
  if (length > TEXT_LIMIT)
    throw failure(`${name}() would make a text of ${length} characters; the limit is ${TEXT_LIMIT}`);
}

function charAt(text: string, at: bigint): string {
  const from = unitsBefore(text, at, 'charAt');
  const character = text.codePointAt(from);
  return character === undefined ? '' : String.fromCodePoint(character);
}

/** Replaces occurrences from the left, none of which overlap; an empty one is found before every character and at the end. */
function replaceFirst(text: string, from: string, to: string, most: number): string {
  const parts = from === '' ? ['', ...Array.from(text), ''] : text.split(from);
  const replaced = Math.min(parts.length - 1, most);
  if (replaced === 0) return text;
  checkLength('replace', text.length + replaced * (to.length - from.length));
  return parts.slice(0, replaced + 1).join(to) + rest(parts.slice(replaced + 1), from);
}

function rest(parts: readonly string[], from: string): string {
  return parts.length === 0 ? '' : from + parts.join(from);
}

/** What Unicode calls white space; trim() of JavaScript takes U+FEFF too and leaves U+0085. */
const SPACE = /^[\p{White_Space}]$/u;

function trim(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && SPACE.test(text.charAt(from))) from += 1;
  while (to > from && SPACE.test(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function split(text: string, separator: string, most: number): readonly string[] {
  if (most === 0) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (most < 0 || parts.length <= most) return parts;
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}

function join(list: readonly string[], separator: string): string {
  const length = list.reduce((sum, text) => sum + text.length, separator.length * (list.length - 1));
  checkLength('join', length);
  return list.join(separator);
}

/** The position in a JavaScript string of a character. */
function unitsBefore(text: string, characters: bigint, name: string): number {
  const wanted = Number(characters);
  let units = 0;
  for (let seen = 0; seen < wanted && units <= text.length; seen += 1) {
    units += (text.codePointAt(units) ?? 0) > 0xff_ff ? 2 : 1;
  }
  if (wanted < 0 || units > text.length)
    throw failure(`${name}() at position ${characters} of a text that is shorter`);
  return units;
}

function charactersBefore(text: string, units: number): bigint {
  if (units < 0) return -1n;
  let characters = 0;
  for (let at = 0; at < units; characters += 1) at += (text.codePointAt(at) ?? 0) > 0xff_ff ? 2 : 1;
  return BigInt(characters);
}
