// SPDX-License-Identifier: Apache-2.0
// Tests of a policy: connections with the verdict that is expected. They are evaluated on the compiled bundle, by the code that the kernel
// module runs.

import type { PolicyTestDocument } from '../compiler/shape/types.ts';
import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import type { Explanation } from '../explain/explain.ts';

/** The result of all tests. */
export interface TestRun {
  readonly suites: readonly SuiteResult[];
  /** How many tests a filter left out. */
  readonly skipped: number;
  readonly coverage: Coverage;
}

/** The result of the tests of one document. */
export interface SuiteResult {
  readonly document: PolicyTestDocument;
  readonly tests: readonly TestResult[];
}

export interface TestResult {
  readonly name: string;
  readonly source: SourceRange;
  /** What the policy decides; absent when the test is not valid. */
  readonly explanation?: Explanation;
  /** Empty when the test passed. */
  readonly diagnostics: readonly Diagnostic[];
}

/** How much of the policy the tests exercise. */
export interface Coverage {
  readonly items: readonly CoverageItem[];
  readonly covered: number;
  /** From 0 to 100, rounded down to tenths; 100 when there is nothing to cover. */
  readonly percent: number;
}

/**
 * A `rule` that grants, a `destination` that an identity is granted, an `address` of a granted service that has several, or a `deny`
 * path: where a connection ends that no rule grants. `tests` counts the tests that exercise it.
 */
export interface CoverageItem {
  readonly kind: 'rule' | 'destination' | 'address' | 'deny';
  readonly name: string;
  readonly source: SourceRange;
  readonly tests: number;
}
