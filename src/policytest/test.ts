// SPDX-License-Identifier: Apache-2.0
// A policy and its tests, from files to diagnostics.

import { createCompiler } from '../compiler/compile.ts';
import type { PolicyTestDocument } from '../compiler/shape/types.ts';
import type { Compilation, CompileOptions, FindGuardContext } from '../compiler/types.ts';
import type { Checked, Diagnostic, SourceRange } from '../diagnostics/diagnostic.ts';
import { UserError } from '../errors.ts';
import { createTestCollector } from './collect.ts';
import type { TestFilter } from './filter.ts';
import { runTests } from './run.ts';
import type { TestRun } from './types.ts';

export interface TestOptions extends CompileOptions {
  readonly findGuardContext: FindGuardContext;
  /** Seconds since 1970, for tests without a time. */
  readonly time: number;
  /** Percentage that must be covered. */
  readonly threshold?: number | undefined;
  /** Tests to run; all unless given. */
  readonly filter?: TestFilter | undefined;
}

export interface TestedPolicy {
  readonly run?: TestRun;
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles a policy and runs its tests. There is no run when the policy or a test cannot be read. */
export async function testPolicy(directory: string, options: TestOptions): Promise<TestedPolicy> {
  return createTester().test(directory, options);
}

/** Tests a policy repeatedly, and recompiles only what changed. `changed` is that of a `Compiler`. */
export interface Tester {
  readonly test: (
    directory: string,
    options: TestOptions,
    changed?: ReadonlySet<string>,
  ) => Promise<TestedPolicy>;
}

export function createTester(): Tester {
  const compiler = createCompiler();
  const collector = createTestCollector();
  return {
    async test(directory, options, changed) {
      const compiled = await compiler.compile([directory], options, changed);
      options.onProgress?.('running the tests');
      return runCompiled(compiled, collector.collect(directory, compiled.value?.documents ?? []), options);
    },
  };
}

function runCompiled(
  compiled: Checked<Compilation>,
  tests: Checked<readonly PolicyTestDocument[]>,
  options: TestOptions,
): TestedPolicy {
  const found = unique([...compiled.diagnostics, ...tests.diagnostics]);
  if (compiled.value === undefined || tests.value === undefined || hasError(found))
    return { diagnostics: found };
  const run = runTests(compiled.value, tests.value, { now: options.time, filter: options.filter });
  if (run.suites.length === 0 && run.skipped > 0)
    throw new UserError('usage', {
      message: `none of the ${run.skipped} tests matches --run`,
      fix: 'match the name of a document and of a test with a slash between them; riptides test lists the documents',
    });
  const failures = run.suites.flatMap((suite) => suite.tests.flatMap((test) => test.diagnostics));
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
      message: `the tests cover ${coverage.percent} % of the policy; the threshold is ${threshold} %`,
      fix: 'add tests for what "riptides test --coverage" lists',
    },
  ];
}
