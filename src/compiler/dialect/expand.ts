// SPDX-License-Identifier: Apache-2.0
// Replaces lists of the older dialect with the documents that they stand for.

import type { Checked, Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import type { LoadedDocument } from '../load/types.ts';
import { memoFlatMap } from '../incremental.ts';
import { nameGiver, nameKey } from './names.ts';
import { isMap } from './reading.ts';
import { isOlderDialect, translate } from './translate.ts';
import type { Part, Translated } from './types.ts';

/**
 * All documents; lists of the older dialect are replaced with the documents that they stand for. Positions are those in the files
 * as they are written. Lists that are nothing of the kind stay as they are; where there are no others, so does the list of documents.
 *
 * Diagnostics: RTP1051 to RTP1056.
 */
export function expandDocuments(documents: readonly LoadedDocument[]): Checked<readonly LoadedDocument[]> {
  return createExpansion()(documents);
}

/** `expandDocuments` again and again. */
export function createExpansion(): typeof expandDocuments {
  const listsIn = memoFlatMap((document: LoadedDocument) => (isOlderDialect(document) ? [document] : []));
  return (documents) =>
    listsIn(documents).length === 0 ? { value: documents, diagnostics: [] } : translateLists(documents);
}

function translateLists(documents: readonly LoadedDocument[]): Checked<readonly LoadedDocument[]> {
  const giveName = nameGiver(namesIn(documents));
  const diagnostics: Diagnostic[] = [];
  const value = documents.flatMap((document) => {
    if (!isOlderDialect(document)) return [document];
    const translated = translate(document, giveName);
    for (const diagnostic of translated.diagnostics) diagnostics.push(diagnostic);
    return (translated.value ?? []).map((one) => toDocument(one, document));
  });
  return { value, diagnostics };
}

/** The names that documents of today have. */
export function namesIn(documents: readonly LoadedDocument[]): ReadonlySet<string> {
  return new Set(
    documents.flatMap(({ value }) => {
      if (!isMap(value) || !isMap(value['metadata'])) return [];
      const { kind, metadata } = { kind: value['kind'], metadata: value['metadata'] };
      return typeof kind === 'string' && typeof metadata['name'] === 'string'
        ? [nameKey(kind, metadata['name'])]
        : [];
    }),
  );
}

/** A translated document as the load stage would give it. */
export function toDocument({ root }: Pick<Translated, 'root'>, list: LoadedDocument): LoadedDocument {
  const locate: LoadedDocument['locate'] = (path) => {
    const { part, rest } = find(root, path);
    return part.kind === 'copy' || rest.length === 0
      ? list.locate([...part.from, ...(part.kind === 'copy' ? rest : [])])
      : list.locateKey(part.from);
  };
  return {
    file: list.file,
    index: list.index,
    value: valueOf(root, list),
    locate,
    locateKey: (path) => {
      const { part, rest, keyFrom } = find(root, path);
      if (part.kind === 'copy' && rest.length > 0) return list.locateKey([...part.from, ...rest]);
      return rest.length === 0 && keyFrom !== undefined ? list.locateKey(keyFrom) : locate(path);
    },
    locateText: (path, start, end) => {
      const { part, rest } = find(root, path);
      return part.kind === 'copy' ? list.locateText([...part.from, ...rest], start, end) : locate(path);
    },
  };
}

interface FoundPart {
  /** The last part on the way. */
  readonly part: Part;
  /** What is left of the way: below a copy, or what is missing. */
  readonly rest: DocumentPath;
  /** Where the key of the part comes from, if it has one. */
  readonly keyFrom: DocumentPath | undefined;
}

function find(root: Part, path: DocumentPath): FoundPart {
  let part = root;
  let keyFrom: DocumentPath | undefined;
  for (const [i, step] of path.entries()) {
    const field = part.kind === 'map' ? part.fields.find(({ name }) => name === step) : undefined;
    const next =
      field?.part ?? (part.kind === 'list' && typeof step === 'number' ? part.items[step] : undefined);
    if (next === undefined) return { part, rest: path.slice(i), keyFrom };
    part = next;
    keyFrom = field?.from;
  }
  return { part, rest: [], keyFrom };
}

function valueOf(part: Part, list: LoadedDocument): unknown {
  switch (part.kind) {
    case 'copy':
      return part.from.reduce<unknown>(stepInto, list.value);
    case 'text':
      return part.text;
    case 'data':
      return part.value;
    case 'list':
      return part.items.map((item) => valueOf(item, list));
    case 'map': {
      const map: Record<string, unknown> = Object.create(null);
      for (const { name, part: value } of part.fields) map[name] = valueOf(value, list);
      return map;
    }
  }
}

function stepInto(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, step)?.value;
}
