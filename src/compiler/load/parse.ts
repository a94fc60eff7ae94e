// SPDX-License-Identifier: Apache-2.0
// The text of a file to its documents.

import { Composer, type CST, type Document, type Node, Schema } from 'yaml';
import type { Checked, Diagnostic } from '../../diagnostics/diagnostic.ts';
import { convertNode } from './convert.ts';
import { decodeFile } from './decode.ts';
import { foreignText, lfsPointer } from './foreign.ts';
import { partOf, type SourceText, sourceText } from './lines.ts';
import { locator } from './locate.ts';
import { type PlainFile, readPlain } from './plain/read-plain.ts';
import type { Positions } from './positions.ts';
import { type Allowance, tokenise } from './tokens.ts';
import { LOAD_LIMITS, type LoadedDocument } from './types.ts';
import { yamlDiagnostics } from './yaml-errors.ts';

/** One schema for all files: making one for each document costs more than parsing a small one. */
const CORE = new Schema({ schema: 'core', resolveKnownTags: false, merge: false });

/**
 * The documents of one file, in order, without empty ones. Pure: the same bytes give the same result.
 *
 * Diagnostics are RTP1003 to RTP1020, except RTP1005. `value` is absent when the file could not be read at all; documents with
 * diagnostics are left out of it.
 */
export function parseFile(file: string, bytes: Uint8Array): Checked<readonly LoadedDocument[]> {
  const decoded = decodeFile(file, bytes);
  if (decoded.value === undefined) return { diagnostics: decoded.diagnostics };
  return parseDecoded(sourceText(file, decoded.value));
}

/** The same for the text of a file, as `decodeFile` gives it. */
export function parseDecoded(source: SourceText): Checked<readonly LoadedDocument[]> {
  const plain = readPlain(source.text);
  if (plain === undefined) {
    const pointer = lfsPointer(source);
    if (pointer !== undefined) return { diagnostics: [pointer] };
    const apart = parseApart(source);
    if (apart.diagnostics.length === 0) return apart;
    return { ...apart, diagnostics: foreignText(source, apart.diagnostics) };
  }
  if (plain.parts > LOAD_LIMITS.parts) return { diagnostics: [tooManyParts(source, 0)] };
  return { value: plainDocuments(plain, 0, source), diagnostics: [] };
}

/** The documents of a file that is not simple as a whole, each by itself: most of them may be simple. */
function parseApart(source: SourceText): Checked<readonly LoadedDocument[]> {
  const starts = documentStarts(source.text);
  const documents: LoadedDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  const allowance = { parts: LOAD_LIMITS.slowParts };
  let plainParts = 0;
  let count = 0;
  for (const [i, from] of starts.entries()) {
    const part = partOf(source, from, starts[i + 1] ?? source.text.length);
    const plain = starts.length === 1 ? undefined : readPlain(part.text);
    if (plain === undefined) {
      const read = parseText(part, count, allowance);
      for (const document of read.documents) documents.push(document);
      for (const diagnostic of read.diagnostics) diagnostics.push(diagnostic);
      count += read.count;
      if (allowance.parts < 0) break;
    } else {
      for (const document of plainDocuments(plain, count, part)) documents.push(document);
      count += plain.count;
      plainParts += plain.parts;
      if (plainParts > LOAD_LIMITS.parts) {
        diagnostics.push(tooManyParts(source, from));
        break;
      }
    }
  }
  return { value: documents, diagnostics };
}

/**
 * Offsets where documents begin that can be read without what stands before them; the first is 0. No other where a line begins
 * with %, which may be a directive and belong to the next document.
 */
function documentStarts(text: string): readonly number[] {
  const starts = [0];
  if (text.startsWith('%') || text.includes('\n%')) return starts;
  for (let at = text.indexOf('\n---'); at !== -1; at = text.indexOf('\n---', at + 4))
    if (' \t\r\n'.includes(text.charAt(at + 4))) starts.push(at + 1);
  return starts;
}

function plainDocuments(
  { documents, positions }: PlainFile,
  before: number,
  source: SourceText,
): readonly LoadedDocument[] {
  return documents.map(({ index, value, root }) => loaded(before + index, value, positions, root, source));
}

function tooManyParts(source: SourceText, offset: number): Diagnostic {
  return {
    code: 'RTP1019',
    severity: 'error',
    range: source.range(offset, offset + 1),
    message: `the file has more than ${LOAD_LIMITS.parts} parts`,
    fix: 'split it; a policy may have any number of files',
  };
}

/** The same by the `yaml` package alone, which reads all that can be read, and finds what is wrong with the rest. */
export function parseYaml(source: SourceText): Checked<readonly LoadedDocument[]> {
  const { documents, diagnostics } = parseText(source, 0, { parts: LOAD_LIMITS.slowParts });
  return { value: documents, diagnostics };
}

interface ReadText {
  readonly documents: readonly LoadedDocument[];
  readonly diagnostics: readonly Diagnostic[];
  /** Of all documents without diagnostics, empty ones included. */
  readonly count: number;
}

const NOTHING_READ = { documents: [], count: 0 } as const;

/** @param before how many documents the file has before the text */
function parseText(source: SourceText, before: number, allowance: Allowance): ReadText {
  // The parser makes an Error of every fault. The stack traces of a million of them would take ten seconds.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const tokens = tokenise(source, allowance);
    if (tokens.value === undefined) return { ...NOTHING_READ, diagnostics: tokens.diagnostics };
    return composeDocuments(tokens.value, before, source);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function composeDocuments(tokens: readonly CST.Token[], before: number, source: SourceText): ReadText {
  const documents: LoadedDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  // Duplicate keys are found by convertNode: the parser's own search takes quadratic time.
  const composer = new Composer({
    version: '1.2',
    schema: CORE,
    uniqueKeys: false,
    // convertNode looks for values that the composer leaves out.
    keepSourceTokens: true,
    strict: true,
    logLevel: 'silent',
  });
  let count = 0;
  for (const document of composer.compose(tokens, true, source.text.length)) {
    const loaded = loadDocument(document, before + count, source);
    for (const diagnostic of loaded.diagnostics) diagnostics.push(diagnostic);
    if (loaded.value === undefined) continue;
    if (loaded.value !== 'empty') documents.push(loaded.value);
    // Comments alone are no document.
    if (loaded.value !== 'empty' || document.directives.docStart === true) count++;
  }
  return { documents, diagnostics, count };
}

function loadDocument(
  document: Document.Parsed,
  index: number,
  source: SourceText,
): Checked<LoadedDocument | 'empty'> {
  const root: Node | null = document.contents;
  if (document.errors.length > 0 || document.warnings.length > 0) {
    return { diagnostics: yamlDiagnostics(document, source) };
  }
  if (document.directives.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    return { diagnostics: [otherVersion(document, source)] };
  }
  if (root === null || isNothing(root)) return { value: 'empty', diagnostics: [] };
  const converted = convertNode(root, source);
  if (converted.diagnostics.length > 0) return { diagnostics: converted.diagnostics };
  return { value: loaded(index, converted.value, converted.positions, 0, source), diagnostics: [] };
}

function loaded(
  index: number,
  value: unknown,
  positions: Positions,
  root: number,
  source: SourceText,
): LoadedDocument {
  return { file: source.file, index, value, ...locator(value, positions, root, source) };
}

function otherVersion(document: Document.Parsed, source: SourceText): Diagnostic {
  const directive = source.text.lastIndexOf('%YAML', document.range[0] + document.range[1]);
  return {
    code: 'RTP1018',
    severity: 'error',
    range: source.range(directive, directive + 9),
    message: `the file asks for YAML ${document.directives.yaml.version}; riptides reads YAML 1.2`,
    why: 'in YAML 1.1 words such as off and no are false, and 010 is 8',
    fix: 'remove the %YAML line',
  };
}

/** A document of comments and white space. */
function isNothing(root: Node): boolean {
  return (
    'source' in root &&
    root.source === '' &&
    'type' in root &&
    root.type === 'PLAIN' &&
    root.tag === undefined
  );
}
