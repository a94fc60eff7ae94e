// SPDX-License-Identifier: Apache-2.0
// Conversions between types, with the ranges that CEL gives them.

import type { Environment } from 'cel-js';
import { UnsignedInt } from 'cel-js/evaluator';
import { quoted } from '../../terminal/visible.ts';
import { ownName } from './names.ts';
import { failure } from './text.ts';

const SYNC = { async: false } as const;
const LEAST_INT = -(2n ** 63n);
const MOST_INT = 2n ** 63n - 1n;
const MOST_UINT = 2n ** 64n - 1n;

/** What is wrapped around a number that is negated or divided: the engine makes of the least int what is none. */
export const NEGATABLE = ownName('negatable');

/** What is said of the least int: CEL has an answer where it is divided by another number than -1, and here there is none. */
export const LEAST_INT_FAILS = 'the least int can be neither negated nor divided';

/** Adds int(), uint(), double(), and string() of the types that the engine has. */
export function registerNumbers(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(ownName(signature), handler, SYNC);
  };
  add('negatable(int): int', (value: bigint) => {
    if (value === LEAST_INT) throw failure(LEAST_INT_FAILS);
    return value;
  });
  add('negatable(double): double', (value: number) => value);
  add('negatable(uint): uint', (value: UnsignedInt) => value);

  add('int(int): int', (value: bigint) => value);
  add('int(uint): int', (value: UnsignedInt) => toInt(BigInt(value.value)));
  add('int(double): int', (value: number) => {
    if (!(value > -(2 ** 63) && value < 2 ** 63)) throw failure('the number is out of the range of int');
    return BigInt(Math.trunc(value));
  });
  add('int(string): int', (text: string) => toInt(wholeNumber(text, /^[-+]?\d{1,19}$/)));

  add('uint(uint): uint', (value: UnsignedInt) => value);
  add('uint(int): uint', toUint);
  add('uint(double): uint', (value: number) => {
    if (!(value >= 0 && value < 2 ** 64)) throw failure('the number is out of the range of uint');
    return toUint(BigInt(Math.trunc(value)));
  });
  add('uint(string): uint', (text: string) => toUint(wholeNumber(text, /^\d{1,20}$/)));

  add('double(double): double', (value: number) => value);
  add('double(int): double', Number);
  add('double(uint): double', (value: UnsignedInt) => Number(value.value));
  add('double(string): double', toDouble);

  add('string(string): string', (value: string) => value);
  add('string(bool): string', String);
  add('string(int): string', String);
  add('string(uint): string', String);
  add('string(double): string', doubleText);
  add('string(bytes): string', (bytes: Uint8Array) => {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw failure('the bytes are not UTF-8');
    }
  });
}

/** A double as CEL writes it in texts. */
export function doubleText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function toInt(value: bigint): bigint {
  if (value < LEAST_INT || value > MOST_INT) throw failure('the number is out of the range of int');
  return value;
}

function toUint(value: bigint): UnsignedInt {
  if (value < 0n || value > MOST_UINT) throw failure('the number is out of the range of uint');
  return new UnsignedInt(value);
}

function wholeNumber(text: string, form: RegExp): bigint {
  if (!form.test(text)) throw failure(`${quoted(text)} is not a whole number`);
  return BigInt(text.replace(/^\+/, ''));
}

function toDouble(text: string): number {
  const special = /^([-+]?)(?:inf|infinity)$/i.exec(text);
  if (special !== null) return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text))
    throw failure(`${quoted(text)} is not a number`);
  return Number(text);
}
