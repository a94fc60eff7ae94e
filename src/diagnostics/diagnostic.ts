// SPDX-License-Identifier: Apache-2.0
// What riptides tells a person about a policy. A diagnostic is data: the command line, JSON and editors render the
// same diagnostics.

import type { DiagnosticCode } from './codes.ts';

/** A position in a text: line and column count from 1; columns count UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A stretch of a file: `end` is the position after the last character. It may find that out when asked: copy its fields by name. */
export interface SourceRange {
  /** Path as the person would type it: what riptides was asked to read, and the way from there to the file. */
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
}

/** `file:line:column`, as editors and people read it. */
export function position({ file, start }: SourceRange): string {
  return `${file}:${start.line}:${start.column}`;
}

export type Severity = 'error' | 'warning';

/** The way to a value inside a document, for example `['spec', 'egress', 0, 'selectors']`. */
export type DocumentPath = readonly (string | number)[];

/** One diagnostic about a policy. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly range: SourceRange;
  /** The value of a document that it is about, if any. */
  readonly path?: DocumentPath | undefined;
  /** What is wrong: one sentence without a full stop. */
  readonly message: string;
  /** Why it matters, when the message alone does not say. */
  readonly why?: string | undefined;
  /** What to do about it, in the imperative. */
  readonly fix: string;
  /** A name that exists and is near the one written. */
  readonly suggestion?: string;
  /** Whether the range holds a secret: nothing of it is shown. With an empty range, nothing of the file is. */
  readonly secret?: true;
  /** Related positions, such as the first of two duplicates. */
  readonly related?: readonly { readonly range: SourceRange; readonly message: string }[];
}

/** A result and what was found on the way. `value` is absent when an error made it impossible. */
export interface Checked<T> {
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether any diagnostic is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}
