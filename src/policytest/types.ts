// SPDX-License-Identifier: Apache-2.0
// Tests of a policy: connections of which a team says what should become of them. They are asked of the compiled bundle, by the
// evaluator that the kernel has.

import type { PolicyTestDocument } from '../compiler/shape/types.ts';
import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import type { Explanation } from '../explain/explain.ts';

/** What came of all tests. */
export interface TestRun {
  readonly suites: readonly SuiteResult[];
  readonly coverage: Coverage;
}

/** What came of the tests of one document. */
export interface SuiteResult {
  readonly document: PolicyTestDocument;
  readonly tests: readonly TestResult[];
}

export interface TestResult {
  readonly name: string;
  readonly source: SourceRange;
  /** What the policy says; absent when the test makes no sense. */
  readonly explanation?: Explanation;
  /** Empty when all is as expected. */
  readonly findings: readonly Diagnostic[];
}

/** What the tests have asked for, of what the policy says. */
export interface Coverage {
  readonly items: readonly CoverageItem[];
  readonly covered: number;
  /** From 0 to 100, rounded down to tenths; 100 when there is nothing to cover. */
  readonly percent: number;
}

/**
 * A `rule` that grants, a `destination` that a rule of an identity grants, or a `deny` path: where it ends when no rule
 * grants. `tests` counts the tests that went that way.
 */
export interface CoverageItem {
  readonly kind: 'rule' | 'destination' | 'deny';
  readonly name: string;
  readonly source: SourceRange;
  readonly tests: number;
}
