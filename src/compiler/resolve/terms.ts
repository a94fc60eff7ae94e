// SPDX-License-Identifier: Apache-2.0
// Selectors of processes as terms of the model.

import { parseAddress } from '../../bundle/address.ts';
import { compareText } from '../../bundle/text.ts';
import { findFact } from '../../schema/facts/table.ts';
import type { FactSelector } from '../shape/types.ts';
import type { ModelTerm } from './types.ts';

/** The terms of a selector: those of `label`, which are several, in the order of their names. */
export function resolveTerms(selector: FactSelector): readonly ModelTerm[] {
  return Object.entries(selector)
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, values]) => resolveTerm(name, values));
}

function resolveTerm(name: string, values: readonly (number | string)[]): ModelTerm {
  const native = findFact(name)?.native;
  switch (native) {
    case 'process:uid':
    case 'process:gid':
    case 'destination:port':
    case 'source:port':
      return { fact: native, values: sortedNumbers(values.map(Number)) };
    case 'direction':
      return { fact: native, values: sortedNumbers(values.map((value) => (value === 'input' ? 1 : 0))) };
    case 'destination:ip':
    case 'source:ip':
      return { fact: native, values: sortedTexts(values.map((value) => addressText(String(value)))) };
    case 'process:name':
    case 'process:binary:path':
    case 'process:cmdline':
      return { fact: native, values: sortedTexts(values.map(String)) };
    case 'label':
    case undefined:
      return { fact: 'label', values: sortedTexts(values.map((value) => `${name}=${value}`)) };
  }
}

/** An address as a value of a fact: the 32 hexadecimal digits of its 16 bytes. */
function addressText(text: string): string {
  return Buffer.from(parseAddress(text) ?? []).toString('hex');
}

/** Ascending, without duplicates. */
function sortedNumbers(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function sortedTexts(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort(compareText);
}

const SIDES: readonly (readonly [string, string])[] = [
  ['destination:', 'source:'],
  ['source:', 'destination:'],
];

/** Two facts of a selector that no connection has together: one is of connections out, the other of connections in. */
export function contradiction(selector: FactSelector): readonly [string, string] | undefined {
  const names = Object.keys(selector);
  for (const [own, other] of SIDES) {
    const first = names.find((name) => name.startsWith(own));
    if (first === undefined) continue;
    const second = names.find((name) => name.startsWith(other));
    if (second !== undefined) return [first, second];
    const needed = own === 'source:' ? 'input' : 'output';
    const directions = selector['direction'];
    if (directions !== undefined && !directions.includes(needed)) return ['direction', first];
  }
  return undefined;
}
