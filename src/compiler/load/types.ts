// SPDX-License-Identifier: Apache-2.0
// Stage 1, load: files to documents. Knows YAML and positions, and nothing of policy but where a project keeps it.

import type { DocumentPath, SourceRange } from '../../diagnostics/diagnostic.ts';

/** Bounds of what is read. One past any of them is a diagnostic, not a slow day. */
export const LOAD_LIMITS = {
  /** bytes of one file */
  fileSize: 8 * 1024 * 1024,
  /** levels of nesting in one document */
  depth: 64,
  /** files of one policy */
  files: 200_000,
  /** lexical parts of one file: values, keys, brackets, comments and the spaces between them */
  parts: 2_000_000,
  /** the same, in documents that have mistakes or more than the simple kind of YAML, which take ten times the time and memory */
  slowParts: 250_000,
  /** values of one document after its aliases are followed */
  expanded: 1_000_000,
} as const;

/** A file of a policy with all that it holds. */
export interface LoadedFile {
  readonly file: string;
  /** Where it is, links resolved. */
  readonly real: string;
  /** With its byte order mark, if it has one. */
  readonly text: string;
}

/** One YAML document. `value` is plain data: null, boolean, number, string, arrays, objects without a prototype. */
export interface LoadedDocument {
  readonly file: string;
  /** Position in its file, counted from 0. */
  readonly index: number;
  readonly value: unknown;
  /** The range of the value at a path, or of the nearest parent that exists. */
  readonly locate: (path: DocumentPath) => SourceRange;
  /** The range of the key itself, for diagnostics about a field's name. */
  readonly locateKey: (path: DocumentPath) => SourceRange;
  /**
   * The range of a stretch of the text at a path, in UTF-16 code units from 0, end excluded: where the letters stand in the
   * file, whatever the quotes, escapes and line breaks around them. The whole value where that cannot be said.
   */
  readonly locateText: (path: DocumentPath, start: number, end: number) => SourceRange;
}
