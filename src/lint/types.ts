// SPDX-License-Identifier: Apache-2.0
// Lint: valid but risky policy. A rule checks the documents of a policy that has no errors; its diagnostics are warnings, which a comment
// can suppress.

import type { CompiledModel } from '../compiler/types.ts';
import type { ShapedDocument } from '../compiler/shape/types.ts';
import type { DiagnosticCode } from '../diagnostics/codes.ts';
import type { Diagnostic, DocumentPath } from '../diagnostics/diagnostic.ts';
import type { PolicyDifference } from '../diff/types.ts';

/** The input of a rule. */
export interface LintContext {
  readonly documents: readonly ShapedDocument[];
  /** Seconds since 1970. */
  readonly now: number;
  /** What changed since the policy was last applied; undefined when nothing was, or nothing changed. */
  readonly sinceApplied?: SinceApplied | undefined;
}

/** The policy against the one that was last applied. */
export type SinceApplied =
  | {
      /** What was applied, and when that was: generation, record and commit. */
      readonly words: string;
      readonly difference: PolicyDifference;
      /** The policy as it is now. */
      readonly compilation: CompiledModel;
    }
  /** Why there is no comparison. */
  | { readonly problem: Pick<Diagnostic, 'message' | 'fix'> & Partial<Pick<Diagnostic, 'why'>> };

/** One rule: a file of its own, and a page of docs/codes of its own. */
export interface LintRule {
  readonly code: DiagnosticCode;
  /** Whether it uses `sinceApplied`, which takes time. */
  readonly compares?: true;
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
