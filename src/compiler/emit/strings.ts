// SPDX-License-Identifier: Apache-2.0
// The strings of a bundle.

import { compareText, textLength } from '../../bundle/text.ts';
import { changesBetween, internedSet } from '../again.ts';

/** Where a string stands in its section: bytes. */
export interface StringReference {
  readonly offset: number;
  readonly length: number;
}

export interface Strings {
  /** The section: each text once, followed by a zero byte, in ascending order of bytes. */
  readonly bytes: Uint8Array;
  /** Where a text stands, which must be one of those that were given. */
  readonly find: (text: string) => StringReference;
}

/** For tables without a text. */
export const NO_STRINGS: Pick<Strings, 'find'> = {
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
 * texts. What it gave before is not valid any more when it gives others.
 */
export function createStringTable(): (lists: readonly (readonly string[])[]) => Strings {
  const table = internedSet<Interned>((a, b) => compareText(a.key, b.key));
  const make = (key: string): Interned => ({ key, length: textLength(key), offset: 0 });
  let last: readonly (readonly string[])[] = [];
  let order: readonly Interned[] | undefined;
  let bytes: Uint8Array = new Uint8Array();
  let strings: Strings | undefined;
  return (lists) => {
    const changes = lists.map((texts, i) => changesBetween(last[i] ?? [], texts));
    for (const { come } of changes) for (const text of come) table.add(text, make);
    for (const { gone } of changes) for (const text of gone) table.remove(text);
    last = lists;
    const now = table.list();
    if (strings !== undefined && now === order) return strings;
    order = now;
    let size = 0;
    for (const text of now) {
      text.offset = size;
      size += text.length + 1;
    }
    bytes = Buffer.from(now.map(({ key }) => `${key}\0`).join(''), 'utf8');
    strings = { bytes, find };
    return strings;
  };

  function find(text: string): StringReference {
    const reference = table.find(text);
    if (reference === undefined) throw new Error(`a string was not interned: ${text}`);
    return reference;
  }
}
