// SPDX-License-Identifier: Apache-2.0
// The text of a file to its documents.

import { Composer, type CST, type Document, type Node, Parser, Schema } from 'yaml';
import type { Checked, Diagnostic } from '../../diagnostics/diagnostic.ts';
import { convertNode } from './convert.ts';
import { decodeFile } from './decode.ts';
import { type SourceText, sourceText } from './lines.ts';
import { locator } from './locate.ts';
import { type PlainFile, readPlain } from './plain/read-plain.ts';
import type { Positions } from './positions.ts';
import { lexicalParts } from './tokens.ts';
import { LOAD_LIMITS, type LoadedDocument } from './types.ts';
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

/**
 * The tokens of a text. The parser keeps its open collections on a stack of its own, and so nesting that would overflow the
 * composer, which recurses, is seen here while it is still harmless.
 */
function tokenise(source: SourceText): Checked<readonly CST.Token[]> {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let parts = 0;
  for (const part of lexicalParts(source.text)) {
    // Besides the open maps and lists, the stack holds the document and a scalar.
    if (parser.stack.length > LOAD_LIMITS.depth + 8) {
      return refuse(source, parser.offset, 'RTP1012', {
        message: `maps and lists stand in each other more than ${LOAD_LIMITS.depth} levels deep`,
        fix: 'look for brackets or dashes that are opened again and again',
      });
    }
    if (++parts > LOAD_LIMITS.parts) {
      return refuse(source, parser.offset, 'RTP1019', {
        message: `the file has more than ${LOAD_LIMITS.parts} parts`,
        fix: 'split the file; a policy may have any number of files',
      });
    }
    for (const token of parser.next(part)) tokens.push(token);
  }
  for (const token of parser.end()) tokens.push(token);
  return { value: tokens, diagnostics: [] };
}

function refuse(
  source: SourceText,
  offset: number,
  code: Diagnostic['code'],
  words: Pick<Diagnostic, 'message' | 'fix'>,
): Checked<never> {
  return { diagnostics: [{ code, severity: 'error', range: source.range(offset, offset + 1), ...words }] };
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
