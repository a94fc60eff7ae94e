// SPDX-License-Identifier: Apache-2.0
// Changes of what a text says and not of how it is written: most changes of letters end in a syntax error, these reach further.

import { parseAllDocuments, stringify } from 'yaml';
import type { Random } from '../oracle/random.ts';
import { toBytes, toText } from './corpus.ts';
import { pick } from './mutate.ts';

/** What values are made of: those that stand under each key somewhere, and odd ones. */
export interface Vocabulary {
  readonly byKey: ReadonlyMap<string, readonly unknown[]>;
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
}

const ODD: readonly unknown[] = [
  null, true, false, 0, 1, -1, 7, 65_535, 65_536, 4_294_967_295, 1e21, 0.5, '', 'a', '0', '*', 'x'.repeat(300), '\u202e', '😀', [], {},
  [null], [{}], [[]], { a: null }, '__proto__', 'a\nb', ' ',
]; // prettier-ignore

/** The vocabulary of some data, with more values. */
export function vocabularyOf(data: readonly unknown[], more: readonly unknown[] = []): Vocabulary {
  const byKey = new Map<string, unknown[]>();
  const add = (key: string, value: unknown): void => {
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [value]);
    else list.push(value);
  };
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) add(key, inner);
      visit(inner);
    }
  };
  for (const value of data) visit(value);
  return { byKey, keys: [...byKey.keys()], values: [...ODD, ...more] };
}

/** The value with one part of it replaced, left out, moved or added. */
export function changeData(value: unknown, random: Random, vocabulary: Vocabulary): unknown {
  const { byKey, keys, values } = vocabulary;
  const any = (): unknown =>
    keys.length > 0 && random.once(3)
      ? pick(random, byKey.get(pick(random, keys)) ?? [null])
      : pick(random, values);
  if (typeof value !== 'object' || value === null || random.once(60)) return any();
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const at = random.below(Math.max(1, entries.length));
  const [key = 'a', inner] = entries[at] ?? [];
  const known = isList ? undefined : byKey.get(key);
  // Most changes are deep inside: at the top they would leave little.
  switch (random.below(28)) {
    case 0:
      entries.splice(at, 1);
      break;
    case 1:
      entries.splice(at, 0, [
        isList || keys.length === 0 ? `${key}2` : pick(random, keys),
        random.once(2) ? inner : any(),
      ]);
      break;
    case 2: {
      const added = keys.length === 0 ? 'extra' : pick(random, keys);
      entries.push([added, pick(random, byKey.get(added) ?? values)]);
      break;
    }
    case 3:
      entries[at] = [keys.length === 0 ? 'extra' : pick(random, keys), inner];
      break;
    case 4:
    case 5:
      entries[at] = [key, known === undefined ? any() : pick(random, known)];
      break;
    case 6:
      entries[at] = [key, random.once(2) ? [inner] : { [key]: inner }];
      break;
    default:
      entries[at] = [key, changeData(inner, random, vocabulary)];
  }
  return isList ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

/** A change for targets whose inputs are YAML; none where an input cannot be read. */
export function yamlChanges(
  seeds: readonly Uint8Array[],
  more: readonly unknown[] = [],
): (input: Uint8Array, random: Random) => Uint8Array | undefined {
  const vocabulary = vocabularyOf(
    seeds.flatMap((seed) => documentsOf(seed) ?? []),
    more,
  );
  return (input, random) => {
    const documents = documentsOf(input);
    if (documents === undefined || documents.length === 0) return undefined;
    const at = random.below(documents.length);
    let changed: unknown = documents[at];
    do changed = changeData(changed, random, vocabulary);
    while (random.once(2));
    return toBytes(
      documents
        .with(at, changed)
        .map((document) => stringify(document, { lineWidth: 0 }))
        .join('---\n'),
    );
  };
}

function documentsOf(bytes: Uint8Array): readonly unknown[] | undefined {
  // Aliases can stand for more than there is room for.
  if (bytes.length > 16 * 1024 || bytes.includes(0x2a)) return undefined;
  try {
    const documents = [...parseAllDocuments(toText(bytes), { logLevel: 'error' })];
    if (documents.some(({ errors }) => errors.length > 0)) return undefined;
    return documents.map((document): unknown => document.toJS());
  } catch {
    return undefined;
  }
}
