// SPDX-License-Identifier: Apache-2.0
// A policy and its tests, from files to findings.

import { compilePolicy } from '../compiler/compile.ts';
import type { CompileOptions } from '../compiler/types.ts';
import type { Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import { collectTests } from './collect.ts';
import { runTests } from './run.ts';
import type { TestRun } from './types.ts';

export interface TestOptions extends CompileOptions {
  /** Seconds since 1970, for tests that do not say when. */
  readonly time: number;
  /** Per cent that must be covered. */
  readonly threshold?: number | undefined;
}

/** Compiles a policy and runs its tests. There is no run when the policy or a test cannot be read. */
export async function testPolicy(
  directory: string,
  options: TestOptions,
): Promise<{ readonly run?: TestRun; readonly diagnostics: readonly Diagnostic[] }> {
  const compiled = await compilePolicy([directory], options);
  const tests = collectTests(directory);
  const found = unique([...compiled.diagnostics, ...tests.diagnostics]);
  if (compiled.value === undefined || tests.value === undefined || hasError(found))
    return { diagnostics: found };
  const run = runTests(compiled.value, tests.value, options.time);
  const failures = run.suites.flatMap((suite) => suite.tests.flatMap(({ findings }) => findings));
  const { egress } = compiled.value.model.project;
  return { run, diagnostics: [...found, ...failures, ...belowThreshold(run, options, egress.source)] };
}

/** Tests among the documents of the policy are shaped with it as well. */
function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Map(
    diagnostics.map((one) => [JSON.stringify([one.code, one.range, one.path, one.message]), one]),
  );
  return [...seen.values()];
}

function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

function belowThreshold(
  { coverage, suites }: TestRun,
  { threshold }: TestOptions,
  project: SourceRange,
): readonly Diagnostic[] {
  if (threshold === undefined || coverage.percent >= threshold) return [];
  const [first] = suites;
  return [
    {
      code: 'RTP1803',
      severity: 'error',
      range: first?.document.source.locate(['spec', 'tests']) ?? project,
      message: `the tests cover ${coverage.percent} % of the policy; ${threshold} % are demanded`,
      fix: 'add tests for what "riptides test --coverage" lists',
    },
  ];
}
