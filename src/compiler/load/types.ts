// SPDX-License-Identifier: Apache-2.0
// Stage 1, load: files to documents. Knows YAML and positions, and nothing of policy.

import type { DocumentPath, SourceRange } from '../../diagnostics/diagnostic.ts';

/** Bounds of what is read. One past any of them is a diagnostic, not a slow day. */
export const LOAD_LIMITS = {
  /** bytes of one file */
  fileSize: 8 * 1024 * 1024,
  /** levels of nesting in one document */
  depth: 64,
  /** files of one policy */
  files: 200_000,
} as const;

/** One YAML document. `value` is plain data: null, boolean, number, string, arrays, objects without a prototype's keys. */
export interface LoadedDocument {
  readonly file: string;
  /** Position in its file, counted from 0. */
  readonly index: number;
  readonly value: unknown;
  /** The place of the value at a path, or of the nearest parent that exists. */
  readonly locate: (path: DocumentPath) => SourceRange;
  /** The place of the key itself, for findings about a field's name. */
  readonly locateKey: (path: DocumentPath) => SourceRange;
}
