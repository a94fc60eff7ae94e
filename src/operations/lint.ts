// SPDX-License-Identifier: Apache-2.0

import type { TargetName } from '../targets/target.ts';
import { compilePolicy } from '../compiler/compile.ts';
import type { FindGuardContext, OnProgress } from '../compiler/types.ts';
import { type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { readSourceFile } from '../diagnostics/source.ts';
import { suppressDiagnostics } from '../diagnostics/suppress.ts';
import { createTestCollector } from '../policytest/collect.ts';
import { LINT_RULES } from '../lint/rules.ts';
import { compareWithApplied } from './since-applied.ts';

export interface LintOptions {
  readonly findGuardContext: FindGuardContext;
  /** Seconds since 1970. */
  readonly now: number;
  /** Codes of disabled rules. */
  readonly disabled: readonly string[];
  /** Where what was last applied is looked for, in this order; nowhere unless given. */
  readonly targets?: readonly TargetName[];
  /** The workload ID of the node whose identities are compared. */
  readonly node?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Steps after which the comparison is given up. */
  readonly steps?: number;
}

/** The diagnostics of the compiler and, when none is an error, those of the lint rules. */
export async function lintPolicy(
  directory: string,
  { now, disabled, targets = [], findGuardContext, onProgress, ...options }: LintOptions,
): Promise<readonly Diagnostic[]> {
  const compiled = await compilePolicy([directory], { scopes: 'ignore', findGuardContext, onProgress });
  if (hasErrors(compiled.diagnostics)) return compiled.diagnostics;
  const own = compiled.value?.documents ?? [];
  const tests = createTestCollector().collect(directory, own);
  const documents = [...new Set([...own, ...(tests.value ?? [])])];
  const rules = LINT_RULES.filter(({ code }) => !disabled.includes(code));
  const { value: compilation } = compiled;
  onProgress?.('comparing with what was last applied');
  const sinceApplied =
    compilation !== undefined && rules.some(({ compares }) => compares)
      ? await compareWithApplied({ directory, targets, documents, compilation }, options)
      : undefined;
  const warnings = rules.flatMap((rule) => rule.check({ documents, now, sinceApplied }));
  return suppressDiagnostics([...compiled.diagnostics, ...warnings], readSourceFile);
}
