// SPDX-License-Identifier: Apache-2.0
// The strings of a bundle.

import { compareText, textLength } from '../../bundle/text.ts';
import { changesBetween, internedSet } from '../incremental.ts';

/** Where a string stands in its section: bytes. */
export interface StringReference {
  readonly offset: number;
  readonly length: number;
}

export interface Strings {
  /** The section: each text once, followed by a zero byte, in ascending order of bytes. */
  readonly bytes: Uint8Array;
  /**
   * Where a text stands, which must be one of those that were given. It is the same object, with the offset that it has now, as long as
   * the text is always among them.
   */
  readonly find: (text: string) => StringReference;
}

/** For tables without a text. */
export const NO_STRINGS: Strings = {
  bytes: new Uint8Array(),
  find: (text) => {
    throw new Error(`a string was not interned: ${text}`);
  },
};

interface Interned {
  readonly key: string;
  readonly length: number;
  offset: number;
}

/**
 * Interns the texts of several lists. The function remembers the last lists, and gives the very same strings when they are the same
 * texts.
 */
export function createStringTable(): (lists: readonly (readonly string[])[]) => Strings {
  const table = internedSet<Interned>((a, b) => compareText(a.key, b.key));
  const make = (key: string): Interned => ({ key, length: textLength(key), offset: 0 });
  let last: readonly (readonly string[])[] = [];
  let order: readonly Interned[] = [];
  let bytes: Uint8Array = new Uint8Array();
  let strings: Strings | undefined;
  return (lists) => {
    const changes = lists.map((texts, i) => changesBetween(last[i] ?? [], texts));
    for (const { come } of changes) for (const text of come) table.add(text, make);
    for (const { gone } of changes) for (const text of gone) table.remove(text);
    last = lists;
    const now = table.list();
    if (strings !== undefined && now === order) return strings;
    bytes = write(now, order, bytes);
    order = now;
    strings = { bytes, find };
    return strings;
  };

  function find(text: string): StringReference {
    const reference = table.find(text);
    if (reference === undefined) throw new Error(`a string was not interned: ${text}`);
    return reference;
  }
}

/** Gives each text its offset, and writes them; what has not changed at either end is copied from the bytes before. */
function write(now: readonly Interned[], before: readonly Interned[], bytes: Uint8Array): Uint8Array {
  const shorter = Math.min(now.length, before.length);
  let first = 0;
  while (first < shorter && now[first] === before[first]) first++;
  let same = 0;
  while (same < shorter - first && now[now.length - 1 - same] === before[before.length - 1 - same]) same++;
  const end = now.length - same;
  const start = first < before.length ? (before[first]?.offset ?? 0) : bytes.length;
  const rest = same === 0 ? bytes.length : (now[end]?.offset ?? bytes.length);
  const texts = now.slice(first, end).map(({ key }) => `${key}\0`);
  const written = Buffer.concat([
    bytes.subarray(0, start),
    Buffer.from(texts.join(''), 'utf8'),
    bytes.subarray(rest),
  ]);
  let offset = start;
  for (let i = first; i < now.length; i++) {
    const text = now[i];
    if (text === undefined || (i >= end && text.offset === offset)) break;
    text.offset = offset;
    offset += text.length + 1;
  }
  return written;
}
