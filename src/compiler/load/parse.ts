// SPDX-License-Identifier: Apache-2.0
// The text of a file to its documents.

import { Composer, type Document, type Node, Schema } from 'yaml';
import type { Checked, Diagnostic } from '../../diagnostics/diagnostic.ts';
import { convertNode } from './convert.ts';
import { decodeFile } from './decode.ts';
import { type SourceText, sourceText } from './lines.ts';
import { locator } from './locate.ts';
import { type PlainFile, readPlain } from './plain/read-plain.ts';
import type { Positions } from './positions.ts';
import { tokenise } from './tokens.ts';
import type { LoadedDocument } from './types.ts';
import { yamlFindings } from './yaml-errors.ts';

/** One schema for all files: making one for each document costs more than parsing a small one. */
const CORE = new Schema({ schema: 'core', resolveKnownTags: false, merge: false });

/**
 * The documents of one file, in order, without empty ones. Pure: the same bytes give the same result.
 *
 * Findings are RTP1003 to RTP1020, except RTP1005. `value` is absent when the file could not be read as a whole; documents with
 * findings are left out of it.
 */
export function parseFile(file: string, bytes: Uint8Array): Checked<readonly LoadedDocument[]> {
  const decoded = decodeFile(file, bytes);
  if (decoded.value === undefined) return { diagnostics: decoded.diagnostics };
  return parseDecoded(sourceText(file, decoded.value));
}

/** The same for the text of a file, as `decodeFile` gives it. */
export function parseDecoded(source: SourceText): Checked<readonly LoadedDocument[]> {
  const plain = readPlain(source.text);
  return plain === undefined ? parseYaml(source) : { value: plainDocuments(plain, source), diagnostics: [] };
}

function plainDocuments({ documents, positions }: PlainFile, source: SourceText): readonly LoadedDocument[] {
  return documents.map(({ index, value, root }) => loaded(index, value, positions, root, source));
}

/** The same by the `yaml` package alone, which reads all that can be read, and finds what is wrong with the rest. */
export function parseYaml(source: SourceText): Checked<readonly LoadedDocument[]> {
  // The parser makes an Error of every fault. The stack traces of a million of them would take ten seconds.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parseText(source);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function parseText(source: SourceText): Checked<readonly LoadedDocument[]> {
  const tokens = tokenise(source);
  if (tokens.value === undefined) return { diagnostics: tokens.diagnostics };
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
  let index = 0;
  for (const document of composer.compose(tokens.value, true, source.text.length)) {
    const loaded = loadDocument(document, index, source);
    for (const diagnostic of loaded.diagnostics) diagnostics.push(diagnostic);
    if (loaded.value === undefined) continue;
    if (loaded.value !== 'empty') documents.push(loaded.value);
    index++;
  }
  return { value: documents, diagnostics };
}

function loadDocument(
  document: Document.Parsed,
  index: number,
  source: SourceText,
): Checked<LoadedDocument | 'empty'> {
  const root: Node | null = document.contents;
  if (document.errors.length > 0 || document.warnings.length > 0) {
    return { diagnostics: yamlFindings(document, source) };
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
