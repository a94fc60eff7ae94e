// SPDX-License-Identifier: Apache-2.0
// Files of the older dialect, and documents with forms that were replaced, to documents of today.

import { isDeepStrictEqual } from 'node:util';
import { namesIn, toDocument } from '../compiler/dialect/expand.ts';
import { nameGiver, nameKey } from '../compiler/dialect/names.ts';
import { isOlderDialect, translate } from '../compiler/dialect/translate.ts';
import { readBytes } from '../compiler/load/bytes.ts';
import { decodeFile } from '../compiler/load/decode.ts';
import { findFiles } from '../compiler/load/find.ts';
import { parseFile } from '../compiler/load/parse.ts';
import type { LoadedDocument } from '../compiler/load/types.ts';
import { shapeDocument } from '../compiler/shape/shape.ts';
import { type Checked, type Diagnostic, hasErrors, type SourceRange } from '../diagnostics/diagnostic.ts';
import { InternalError } from '../errors.ts';
import { orderFields } from '../format/order.ts';
import { endOf, joinLines, startOf } from '../format/parse-state.ts';
import { parseTree } from '../format/parse-tree.ts';
import { printTree } from '../format/print.ts';
import type { Line, TreeDocument } from '../format/tree.ts';
import { BYSTANDERS } from '../schema/kinds.ts';
import { hasKind, type OldCredentials, oldCredentials, replaceForms } from './replaced.ts';
import { treeOfDocument, treesOfEntry, withoutSurroundings } from './tree-of.ts';
import { replaceIn, withTrustDomain } from './trust-domain.ts';

/** A document of today, and the entry that it was. */
export interface Imported {
  readonly kind: string;
  readonly name: string;
  readonly source: SourceRange;
  readonly document: TreeDocument;
  /** What it must mean. */
  readonly value: unknown;
}

export interface ImportOptions {
  /** Stands in for `{{.TrustDomain}}`; the placeholder stays without it. */
  readonly trustDomain?: string | undefined;
}

/**
 * The documents that files of the older dialect stand for, in the order of the paths, with the comments of the files.
 *
 * Diagnostics are those of the load stage, RTP1051 to RTP1056, and what the new documents get wrong, all at their positions in the old files. `value` is
 * absent when there is an error: what is written is valid.
 *
 * @throws InternalError when a text would not mean what it was translated to: a fault of riptides.
 */
export function importFiles(paths: readonly string[], options: ImportOptions): Checked<readonly Imported[]> {
  const found = findFiles(paths);
  const diagnostics: Diagnostic[] = [...found.diagnostics];
  const files = found.files.map((file) => readFile(file, found.roots));
  const loaded = files.flatMap(({ value }) => value?.documents ?? []);
  const context = { giveName: nameGiver(namesIn(loaded)), old: oldCredentials(loaded), options, diagnostics };
  const imported = files.flatMap(({ value, diagnostics: inFile }) => {
    for (const diagnostic of inFile) diagnostics.push(diagnostic);
    return value === undefined ? [] : importFile(value, context);
  });
  const [first] = paths;
  if (first !== undefined && loaded.length === 0 && diagnostics.length === 0)
    diagnostics.push(nothingIn(first));
  if (hasErrors(diagnostics)) return { diagnostics };
  for (const { loaded: document } of imported) diagnostics.push(...shapeDocument(document).diagnostics);
  diagnostics.push(...namedTwice(imported));
  if (hasErrors(diagnostics)) return { diagnostics };
  return { value: imported.map(({ imported: one }) => one), diagnostics };
}

interface Read {
  readonly text: string;
  readonly documents: readonly LoadedDocument[];
}

function readFile(file: string, roots: readonly string[]): Checked<Read> {
  const { value: bytes, diagnostics: unread } = readBytes(file, roots);
  if (bytes === undefined) return { diagnostics: unread };
  const { value: documents = [], diagnostics } = parseFile(file, bytes);
  const { value: text = '' } = decodeFile(file, bytes);
  if (hasErrors(diagnostics)) return { diagnostics };
  return { value: { text: text.replaceAll('\r\n', '\n'), documents }, diagnostics };
}

interface ImportedDocument {
  readonly imported: Imported;
  /** The document as the compiler sees it. */
  readonly loaded: LoadedDocument;
}

interface Context {
  readonly giveName: (kind: string, text: string) => string;
  readonly old: OldCredentials;
  readonly options: ImportOptions;
  readonly diagnostics: Diagnostic[];
}

function importFile({ text, documents }: Read, context: Context): readonly ImportedDocument[] {
  const out: ImportedDocument[] = [];
  const lists = documents.values();
  /** Comments that are to stand above the next document. */
  let above: readonly Line[] = [];
  for (const tree of parseTree(text).documents) {
    above = joinLines(above, linesAbove(tree));
    const list = tree.value.kind === 'empty' ? undefined : lists.next().value;
    const built = list === undefined ? [] : importDocument(list, tree, context);
    const [first] = built;
    if (first === undefined) {
      above = joinLines(above, linesBelow(tree));
      continue;
    }
    out.push(withLines(first, above, []), ...built.slice(1));
    above = [];
    addBelow(out, linesBelow(tree));
  }
  addBelow(out, above);
  return out;
}

function importDocument(
  document: LoadedDocument,
  tree: TreeDocument,
  context: Context,
): readonly ImportedDocument[] {
  if (isOlderDialect(document)) return importList(document, tree, context);
  if (hasKind(document)) return importKind(document, tree, context);
  context.diagnostics.push(notOlder(document));
  return [];
}

/** A document with a kind: as it is, but for what was replaced in it. */
function importKind(
  document: LoadedDocument,
  tree: TreeDocument,
  { giveName, old, options: { trustDomain }, diagnostics }: Context,
): readonly ImportedDocument[] {
  const { kind, name, root } = replaceForms(document, old, giveName, diagnostics);
  if (Object.hasOwn(BYSTANDERS, kind)) {
    // No policy is made of it: the warning says so.
    diagnostics.push(...shapeDocument(document).diagnostics);
    return [];
  }
  const built = root === undefined ? withoutSurroundings(tree) : treeOfDocument(root, tree, document.value);
  const loaded = root === undefined ? document : toDocument({ root }, document);
  const written = orderFields({ ...built, value: withTrustDomain(built.value, trustDomain) });
  const value = replaceIn(loaded.value, trustDomain);
  return [{ imported: { kind, name, source: document.locate([]), document: written, value }, loaded }];
}

function importList(
  list: LoadedDocument,
  tree: TreeDocument,
  { giveName, options: { trustDomain }, diagnostics }: Context,
): readonly ImportedDocument[] {
  const translated = translate(list, giveName);
  for (const diagnostic of translated.diagnostics) diagnostics.push(diagnostic);
  if (hasErrors(translated.diagnostics)) return [];
  const byEntry = Map.groupBy(translated.value ?? [], ({ entry }) => entry);
  return [...byEntry.values()].flatMap((ofEntry) => {
    const trees = treesOfEntry(ofEntry, tree, list.value);
    return ofEntry.flatMap((one, i) => {
      const built = trees[i];
      if (built === undefined) return [];
      const document = orderFields({ ...built, value: withTrustDomain(built.value, trustDomain) });
      const loaded = toDocument(one, list);
      const value = replaceIn(loaded.value, trustDomain);
      const source = list.locate([one.entry]);
      return [{ imported: { kind: one.kind, name: one.name, source, document, value }, loaded }];
    });
  });
}

/** Comments before a list, or a document without contents. */
function linesAbove({ before, markerComment, lead, value }: TreeDocument): readonly Line[] {
  return [...before, ...[markerComment, value.head].filter((line) => line !== undefined), ...lead];
}

function linesBelow({ value, end }: TreeDocument): readonly Line[] {
  const inValue = value.kind === 'list' ? value.end : [];
  return [...inValue, ...[value.tail].filter((line) => line !== undefined), ...end];
}

function addBelow(out: ImportedDocument[], lines: readonly Line[]): void {
  const last = out.pop();
  if (last !== undefined) out.push(withLines(last, [], lines));
}

function withLines(
  { imported, loaded }: ImportedDocument,
  above: readonly Line[],
  below: readonly Line[],
): ImportedDocument {
  const { document } = imported;
  const lead = startOf(joinLines(above, document.lead));
  const end = endOf(startOf(joinLines(document.end, below)));
  return { imported: { ...imported, document: { ...document, lead, end } }, loaded };
}

function nothingIn(path: string): Diagnostic {
  const start = { line: 1, column: 1 };
  return {
    code: 'RTP1002',
    severity: 'error',
    range: { file: path, start, end: start },
    message: 'there is nothing to import',
    why: 'no list of the older dialect was found; a file that is empty, or has comments alone, holds none',
    fix: 'name the files that hold the lists',
  };
}

/** Documents of one kind with one name would be written to one file. */
function namedTwice(imported: readonly ImportedDocument[]): readonly Diagnostic[] {
  const first = new Map<string, LoadedDocument>();
  return imported.flatMap(({ imported: { kind, name }, loaded }): readonly Diagnostic[] => {
    const key = nameKey(kind, name);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, loaded);
      return [];
    }
    const path = ['metadata', 'name'];
    return [
      {
        code: 'RTP1203',
        severity: 'error',
        range: loaded.locate(path),
        path,
        message: `there are two documents of kind ${kind} with the name "${name}"`,
        fix: 'rename one of them',
        related: [{ range: other.locate(path), message: 'the other one' }],
      },
    ];
  });
}

function notOlder(document: LoadedDocument): Diagnostic {
  return {
    code: 'RTP1051',
    severity: 'error',
    range: document.locateKey([]),
    message: 'the document is neither a list of the older dialect nor one with apiVersion and kind',
    why: 'what is not understood would be lost',
    fix: 'name the files of the policy alone',
  };
}

/**
 * The text of documents, one below the other.
 *
 * @throws InternalError when the text would not mean what was translated.
 */
export function importedText(imported: readonly Imported[]): string {
  const [first, ...rest] = imported.map(({ document }) => document);
  if (first === undefined) return '';
  const text = printTree([{ ...first, marked: false, before: first.lead, lead: [] }, ...rest]);
  const again = parseFile('', Buffer.from(text)).value?.map(({ value }) => value);
  const wanted = imported.map(({ value }) => value);
  if (!isDeepStrictEqual(plain(again), plain(wanted)))
    throw new InternalError('the text of an imported document would mean something else than what was read');
  return text;
}

/** The same data with ordinary prototypes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
