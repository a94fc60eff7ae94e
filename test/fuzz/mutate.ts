// SPDX-License-Identifier: Apache-2.0
// Changes of any input. Inputs are strings here, one letter a byte, so that texts and bytes are changed by the same means.

import type { Random } from '../oracle/random.ts';
import { changeLines } from './lines.ts';

/** Bytes of an input that was changed in small ways, at most. */
export const MOST_BYTES = 16 * 1024;

export interface Ingredients {
  readonly random: Random;
  readonly words: readonly string[];
  readonly isText: boolean;
  readonly largest: number;
  /** Another input. */
  readonly other: () => string;
}

/** The input with one change. */
export function mutate(input: string, ingredients: Ingredients): string {
  const { random, isText, largest } = ingredients;
  if (random.once(150)) return blowUp(input, ingredients, random.once(3) ? largest : MOST_BYTES);
  if (isText && !random.once(3)) return changeLines(input, ingredients);
  const change = random.pick(isText ? TEXT_CHANGES : BYTE_CHANGES);
  return change(input, ingredients).slice(0, MOST_BYTES);
}

type Change = (input: string, ingredients: Ingredients) => string;

/** A stretch of an input: most are short. */
function stretch(input: string, random: Random): { readonly from: number; readonly to: number } {
  const from = random.below(input.length + 1);
  const length = random.once(4) ? random.below(input.length - from + 1) : random.below(9);
  return { from, to: Math.min(input.length, from + length) };
}

function replaced(input: string, from: number, to: number, by: string): string {
  return input.slice(0, from) + by + input.slice(to);
}

const cut: Change = (input, { random }) => {
  const { from, to } = stretch(input, random);
  return replaced(input, from, to, '');
};

const double: Change = (input, { random }) => {
  const { from, to } = stretch(input, random);
  return replaced(input, to, to, input.slice(from, to));
};

const move: Change = (input, { random }) => {
  const { from, to } = stretch(input, random);
  const rest = replaced(input, from, to, '');
  const at = random.below(rest.length + 1);
  return replaced(rest, at, at, input.slice(from, to));
};

/** Letters that mean something somewhere, and parts of letters that are none. */
const LETTERS =
  '\0\t\n\r\x1b !"#$%&\'()*+,-./0129:;<=>?@AZ[\\]^_`az{|}~\x7f\x80\xbf\xc0\xe2\xed\xef\xf0\xff'.split('');
const CHARACTERS = ['\u00e9', '\u0085', '\u2028', '\u202e', '\ufeff', '\ufffd', '😀', '日本'].map((text) =>
  Buffer.from(text).toString('latin1'),
);

const letter: Change = (input, { random }) => {
  const at = random.below(input.length + 1);
  const by = random.once(5) ? pick(random, CHARACTERS) : pick(random, LETTERS);
  return replaced(input, at, at + random.below(2), by);
};

const flip: Change = (input, { random }) => {
  const at = random.below(Math.max(1, input.length));
  const byte = (input.charCodeAt(at) || 0) ^ (1 << random.below(8));
  return replaced(input, at, at + 1, String.fromCharCode(byte));
};

const word: Change = (input, { random, words }) => {
  const by = pick(random, words);
  if (random.once(3)) {
    const at = random.below(input.length + 1);
    return replaced(input, at, at, by);
  }
  const { from, to } = token(input, random);
  return replaced(input, from, to, by);
};

/** A word or a number near some place. */
function token(input: string, random: Random): { readonly from: number; readonly to: number } {
  const start = random.below(input.length + 1);
  const near = input.slice(start, start + 200);
  const match = /[\w.-]+/.exec(near);
  return match === null
    ? { from: start, to: start }
    : { from: start + match.index, to: start + match.index + match[0].length };
}

const NUMBERS =
  '0 1 -1 2 7 8 9 10 24 31 32 33 53 59 60 63 64 65 99 127 128 129 253 254 255 256 365 443 1000 1024 4096 65535 65536 86400 2147483647 2147483648 4294967294 4294967295 4294967296 9007199254740991 9007199254740993 9223372036854775807 9223372036854775808 -9223372036854775808 1e3 1e400 0.5 -0 010 0x10 NaN .inf'.split(
    ' ',
  );

const number: Change = (input, { random }) => {
  const start = random.below(input.length + 1);
  const match = /-?\d[\d.]*/.exec(input.slice(start, start + 400));
  const from = start + (match?.index ?? 0);
  return replaced(input, from, from + (match?.[0].length ?? 0), pick(random, NUMBERS));
};

const splice: Change = (input, { random, other }) => {
  const second = other();
  const { from, to } = stretch(second, random);
  const at = stretch(input, random);
  if (random.once(3)) return input.slice(0, at.from) + second.slice(from);
  return replaced(input, at.from, at.to, second.slice(from, to));
};

const ODD = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 1024, 4096, 32768, 65535];

/** A number of one, two, four or eight bytes, most often at a place where one would be. */
const binary: Change = (input, { random }) => {
  const bytes = Buffer.from(input, 'latin1');
  const size = pick(random, [1, 2, 4, 4, 8]);
  if (bytes.length < size) return input;
  const slots = Math.floor(bytes.length / size);
  const at = random.once(8) ? random.below(bytes.length - size + 1) : random.below(slots) * size;
  const old = BigInt(
    `0x${Buffer.from(bytes.subarray(at, at + size))
      .reverse()
      .toString('hex')}`,
  );
  const next = pick(random, [
    old + 1n,
    old - 1n,
    old + BigInt(random.below(9)),
    BigInt(pick(random, ODD)),
    -BigInt(pick(random, ODD)),
    BigInt(random.below(0x1_0000_0000)),
    BigInt(bytes.length),
  ]);
  for (let i = 0; i < size; i++) bytes[at + i] = Number((next >> BigInt(8 * i)) & 0xffn);
  return bytes.toString('latin1');
};

const TEXT_CHANGES = [cut, double, move, letter, letter, flip, word, word, word, number, splice] as const;
const BYTE_CHANGES = [cut, double, move, letter, flip, word, splice, binary, binary, binary, binary] as const;

/** What can stand within itself. */
const NESTS: readonly (readonly [string, string])[] = [
  ['[', ']'],
  ['{', '}'],
  ['(', ')'],
  ['{"a":', '}'],
  ['[[', ''],
  ['- ', ''],
  ['-', ''],
  ['!', ''],
  ['a: ', ''],
  ['? ', ''],
  ['"', '"'],
  ['[1,2].all(x, ', ')'],
  ['true ? ', ' : false'],
  ['a.', ''],
  ['..', ''],
  ['::', ''],
];

/** Something repeated, or within itself, until the input is large. */
const blowUp = (input: string, { random, words }: Ingredients, most: number): string => {
  const size = Math.min(most, pick(random, [64, 1000, 10_000, most]));
  const at = random.below(input.length + 1);
  const times = (length: number): number => Math.floor(size / Math.max(1, length));
  if (random.once(2)) {
    const [open, close] = pick(random, NESTS);
    const count = Math.max(1, times(open.length + close.length));
    return replaced(input, at, at, open.repeat(count) + close.repeat(count)).slice(0, most);
  }
  const { from, to } = random.once(2) ? token(input, random) : stretch(input, random);
  const line = input.slice(input.lastIndexOf('\n', at - 1) + 1, input.indexOf('\n', at) + 1 || input.length);
  const part = pick(random, [input.slice(from, to), line, pick(random, words), pick(random, LETTERS)]);
  return replaced(input, at, at, part.repeat(times(part.length))).slice(0, most);
};

/** One of a list that is not empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('there is nothing to pick from');
  return random.pick([first, ...rest]);
}
