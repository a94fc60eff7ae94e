// SPDX-License-Identifier: Apache-2.0
// Lint: what is right, and still hardly wise. A rule looks at the documents of a policy that has no errors; all of its findings
// are warnings, and can be told to be quiet where they are.

import type { ShapedDocument } from '../compiler/shape/types.ts';
import type { DiagnosticCode } from '../diagnostics/codes.ts';
import type { Diagnostic, DocumentPath } from '../diagnostics/diagnostic.ts';

/** What a rule looks at. */
export interface LintContext {
  readonly documents: readonly ShapedDocument[];
  /** Seconds since 1970. */
  readonly now: number;
}

/** One rule: a file of its own, and a page of docs/codes of its own. */
export interface LintRule {
  readonly code: DiagnosticCode;
  readonly check: (context: LintContext) => readonly Diagnostic[];
}

/** A warning about the value at a path of a document. */
export function warning(
  code: DiagnosticCode,
  document: ShapedDocument,
  path: DocumentPath,
  words: Pick<Diagnostic, 'message' | 'fix'> & Partial<Pick<Diagnostic, 'why' | 'related'>>,
): Diagnostic {
  return { code, severity: 'warning', range: document.source.locate(path), path, ...words };
}
