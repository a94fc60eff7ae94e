// SPDX-License-Identifier: Apache-2.0
// How tests break a bundle: one thing at a time.

import type { SectionName } from '../../src/bundle/generated.ts';
import { buildParts } from './build.ts';
import { encodeParts, type Parts } from './parts.ts';
import type { Policy } from './policy.ts';

/** What is broken, and what the verifier says. */
export interface Breakage {
  readonly section: SectionName | 'header';
  readonly index?: number;
  readonly reason: string;
  readonly kind?: 'version';
  readonly bytes: Uint8Array;
}

export type Place = readonly [section: SectionName | 'header', index: number | undefined, reason: string];

/** Makes breakages: a sample with a change to its parts. */
export function breaking(sample: Policy): (place: Place, change: (parts: Parts) => void) => Breakage {
  return (place, change) => {
    const parts = buildParts(sample);
    change(parts);
    return at(place, encodeParts(parts));
  };
}

/** Makes breakages: a sample with a change to its bytes. */
export function breakingBytes(sample: Policy): (place: Place, change: (view: DataView) => void) => Breakage {
  return (place, change) => {
    const bytes = encodeParts(buildParts(sample));
    change(new DataView(bytes.buffer));
    return at(place, bytes);
  };
}

/** Bytes, and what the verifier says of them. */
export function at([section, index, reason]: Place, bytes: Uint8Array): Breakage {
  return { section, reason, bytes, ...(index === undefined ? {} : { index }) };
}

/** What the sample must have. */
export function must<T>(item: T | undefined): T {
  if (item === undefined) throw new Error('the sample has changed');
  return item;
}

/** Sets fields of a record of the sample. */
export function set<N extends SectionName>(
  name: N,
  index: number,
  fields: Partial<Parts['sections'][N][number]>,
): (parts: Parts) => void {
  return ({ sections }) => {
    Object.assign(Object(must<unknown>(sections[name][index])), fields);
  };
}

/** Sets an item of a section of numbers. */
export function put(name: SectionName, index: number, value: number): (parts: Parts) => void {
  return ({ sections }) => {
    const list: unknown[] = sections[name];
    must(list[index]);
    list[index] = value;
  };
}

/** Other strings. */
export function text(bytes: string): (parts: Parts) => void {
  return ({ sections }) => {
    sections.strings = [...Buffer.from(bytes, 'latin1')];
  };
}
