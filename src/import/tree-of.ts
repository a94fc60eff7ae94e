// SPDX-License-Identifier: Apache-2.0
// Translated documents as text that a person could have written: values as they stood in the old file, with their comments.

import type { Part, Translated } from '../compiler/dialect/types.ts';
import type { DocumentPath } from '../diagnostics/diagnostic.ts';
import { endOf, startOf } from '../format/parse-state.ts';
import {
  BARE,
  type Collection,
  commentsOf,
  type Item,
  itemAt,
  type Key,
  type Line,
  type TreeDocument,
  type Value,
} from '../format/tree.ts';

/** The old file as far as it is used up. */
interface Source {
  readonly document: TreeDocument;
  /** The list as data, for values that cannot be taken as they stand. */
  readonly value: unknown;
  /** Items of which the comments above have a place in a new document. */
  readonly above: Set<Item>;
  /** Values that have one, with the comments in them. */
  readonly copied: Set<Value>;
}

/** The documents that one entry of a list became, in their order, with all comments of the entry. */
export function treesOfEntry(
  documents: readonly Translated[],
  old: TreeDocument,
  value: unknown,
): readonly TreeDocument[] {
  const source = sourceOf(old, value);
  const values = documents.map(({ root }) => rootOf(root, source));
  const entry = documents[0] === undefined ? undefined : itemOf([documents[0].entry], source);
  const above = entry === undefined ? [] : leftOut(entry, values);
  const before = startOf(entry?.before ?? []);
  return values.map((root, i) => ({
    directives: [],
    before: [],
    marked: true,
    markerComment: undefined,
    lead: i === 0 ? [...before, ...above] : [],
    value: root,
    end: [],
    hasAlias: false,
  }));
}

/** A document with a kind whose parts were replaced, with its comments; those above and below it are left to the caller. */
export function treeOfDocument(root: Part, old: TreeDocument, value: unknown): TreeDocument {
  const tree = valueOf(root, sourceOf(old, value));
  return {
    ...withoutSurroundings(old),
    value: tree,
    lead: leftOut({ before: [], value: old.value }, [tree]),
  };
}

/** A document without what stands above and below it. */
export function withoutSurroundings(old: TreeDocument): TreeDocument {
  const value = { ...old.value, head: undefined, tail: undefined };
  return {
    ...old,
    directives: [],
    before: [],
    marked: true,
    markerComment: undefined,
    lead: [],
    value,
    end: [],
  };
}

function sourceOf(document: TreeDocument, value: unknown): Source {
  return { document, value, above: new Set(), copied: new Set() };
}

/** Comments of an entry that have no place in the new documents: they stand above the first. */
function leftOut(entry: Pick<Item, 'before' | 'value'>, values: readonly Value[]): readonly Line[] {
  const kept = new Map<string, number>();
  for (const value of values)
    for (const comment of commentsOf(value)) kept.set(comment, (kept.get(comment) ?? 0) + 1);
  return [...commentsOf(entry.value)].filter((comment) => {
    const count = kept.get(comment) ?? 0;
    kept.set(comment, count - 1);
    return count <= 0;
  });
}

function valueOf(part: Part, source: Source): Value {
  switch (part.kind) {
    case 'copy':
      return copyOf(part.from, source);
    case 'text': {
      const old = itemOf(part.from, source)?.value;
      const tail = old?.kind === 'scalar' ? old.tail : undefined;
      return { ...BARE, kind: 'scalar', style: 'quoted', lines: [part.text], text: part.text, tail };
    }
    case 'data':
      return dataTree(part.value, false);
    case 'list': {
      const items = part.items.map((item) => {
        const { before } = take(item.from, source);
        return { before, key: undefined, value: valueOf(item, source) };
      });
      return collection('list', items, itemOf(part.from, source)?.value);
    }
    case 'map': {
      const items = part.fields.map(({ name, from, part: inner }): Item => {
        const { before } = take(from, source);
        return { before, key: keyOf(name), value: valueOf(inner, source) };
      });
      return collection('map', items, itemOf(part.from, source)?.value);
    }
  }
}

/** A whole document: what is around its spec stands for nothing that could have comments. */
function rootOf(root: Part, source: Source): Value {
  const fields = root.kind === 'map' ? root.fields : [];
  const items = fields.map(({ name, part }): Item => {
    return { before: [], key: keyOf(name), value: name === 'spec' ? specOf(part, source) : plainOf(part) };
  });
  return collection('map', items, undefined);
}

/** The entry may have been in brackets; its document is not. */
function specOf(part: Part, source: Source): Value {
  const value = valueOf(part, source);
  return value.kind === 'map' ? { ...value, flow: false } : value;
}

function plainOf(part: Part): Value {
  if (part.kind === 'text') return dataTree(part.text);
  const fields = part.kind === 'map' ? part.fields : [];
  return collection(
    'map',
    fields.map(({ name, part: inner }) => ({ before: [], key: keyOf(name), value: plainOf(inner) })),
    undefined,
  );
}

const NOTHING = { before: [] };

function keyOf(text: string): Key {
  return { props: '', style: 'quoted', text };
}

function collection(kind: Collection['kind'], items: readonly Item[], old: Value | undefined): Collection {
  const flow = (old?.kind === 'map' || old?.kind === 'list') && old.flow;
  return { ...BARE, kind, flow, items, end: [] };
}

/** The comments above an old item, once. */
function take(path: DocumentPath, source: Source): { readonly before: readonly Line[] } {
  const item = itemOf(path, source);
  if (item === undefined || source.above.has(item)) return NOTHING;
  source.above.add(item);
  return { before: startOf(endOf(item.before)) };
}

function itemOf(path: DocumentPath, { document }: Source): Item | undefined {
  let item: Item | undefined;
  let value = document.value;
  for (const step of path) {
    item = itemAt(value, step);
    if (item === undefined) return undefined;
    value = item.value;
  }
  return item;
}

/** What stood at a path. Of a file with aliases the values alone: an anchor may be in another document now. */
function copyOf(path: DocumentPath, source: Source): Value {
  const item = itemOf(path, source);
  if (item === undefined || source.document.hasAlias) return dataTree(dataAt(source.value, path));
  if (source.copied.has(item.value)) return withoutComments(item.value);
  source.copied.add(item.value);
  return item.value;
}

/** The value at a path of plain data. */
export function dataAt(value: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>(
    (here, step) =>
      typeof here === 'object' && here !== null
        ? Object.getOwnPropertyDescriptor(here, step)?.value
        : undefined,
    value,
  );
}

function dataTree(value: unknown, flow = true): Value {
  if (typeof value === 'string')
    return { ...BARE, kind: 'scalar', style: 'quoted', lines: [value], text: value };
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => ({ before: [], key: undefined, value: dataTree(item, flow) }));
    return { ...collection('list', items, undefined), flow };
  }
  if (typeof value === 'object' && value !== null) {
    const items = Object.entries(value).map(([name, inner]) => {
      return { before: [], key: keyOf(name), value: dataTree(inner, flow) };
    });
    return { ...collection('map', items, undefined), flow };
  }
  const text = String(value);
  return { ...BARE, kind: 'scalar', style: 'verbatim', lines: [text], text };
}

function withoutComments(value: Value): Value {
  const bare = { ...value, head: undefined, inner: [], tail: undefined };
  if (bare.kind !== 'map' && bare.kind !== 'list') return bare;
  const items = bare.items.map((item) => ({
    ...item,
    before: [],
    value: withoutComments(item.value),
  }));
  return { ...bare, items, end: [] };
}
