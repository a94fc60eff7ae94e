// SPDX-License-Identifier: Apache-2.0
// A second implementation of CEL, by other people, as the oracle of differential tests. It has no type check, and no functions for
// addresses; those that guardrails use are added here, made of what Node knows of addresses.

import { isIP } from 'node:net';
import {
  celEnv,
  celFunc,
  type CelInput,
  celMethod,
  CelScalar,
  isCelError,
  isCelList,
  isCelMap,
  isCelUint,
  mapType,
  parse,
  plan,
} from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';

/** The value as text, or that there is none. */
export type Answer = { readonly value: string } | { readonly error: string };

const PREFIX = mapType(CelScalar.STRING, CelScalar.INT);

const FUNCTIONS = [
  ...strings,
  celFunc('isIP', [CelScalar.STRING], CelScalar.BOOL, (text) => isIP(text) !== 0),
  celFunc('isCIDR', [CelScalar.STRING], CelScalar.BOOL, (text) => lengthOf(text) !== undefined),
  celFunc('cidr', [CelScalar.STRING], PREFIX, (text) => {
    const length = lengthOf(text);
    if (length === undefined) throw new Error('not a prefix');
    return new Map([['length', BigInt(length)]]);
  }),
  celMethod('prefixLength', PREFIX, [], CelScalar.INT, function prefixLength() {
    const length = this.get('length');
    if (typeof length !== 'bigint') throw new Error('not a prefix');
    return length;
  }),
];

const ENVIRONMENT = celEnv({ funcs: FUNCTIONS });

function lengthOf(text: string): number | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return more.length === 0 && /^(0|[1-9]\d*)$/.test(length) && Number(length) <= bits
    ? Number(length)
    : undefined;
}

/** Values of variables: plain data, whole numbers as BigInt. */
export type Values = Readonly<Record<string, CelInput>>;

/** Evaluates an expression. */
export function oracleAnswer(expression: string, values: Values): Answer {
  try {
    const result = plan(ENVIRONMENT, parse(expression))({ ...values });
    return isCelError(result) ? { error: result.message } : { value: plainText(result) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** The value itself, for variables of guardrails. */
export function oracleValue(expression: string, values: Values): CelInput | undefined {
  try {
    const result = plan(ENVIRONMENT, parse(expression))({ ...values });
    return isCelError(result) ? undefined : result;
  } catch {
    return undefined;
  }
}

/** A value of either engine as text that tells the types of CEL apart. */
export function plainText(value: unknown): string {
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number') return `double ${Object.is(value, -0) ? 0 : value}`;
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (isCelUint(value)) return `uint ${value.value}`;
  if (Array.isArray(value) || isCelList(value)) return `[${[...value].map(plainText).join(', ')}]`;
  if (value instanceof Map || isCelMap(value))
    return `{${[...value.entries()]
      .map(([key, of]) => `${String(key)}: ${plainText(of)}`)
      .toSorted()
      .join(', ')}}`;
  return `{${Object.entries(value)
    .map(([key, of]) => `${key}: ${plainText(of)}`)
    .toSorted()
    .join(', ')}}`;
}
