// SPDX-License-Identifier: Apache-2.0
// A test runner for Stryker that loads the project and its tests once in a process, and then only switches mutants on and off. A
// mutant that acts while modules are loaded has them loaded anew. docs/decisions/mutation.md says why so.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import type { MutantCoverage } from '@stryker-mutator/api/core';
import {
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import { z } from 'zod';
import { collectTests, runAll, runTest, type Test, type TestFile } from './harness.ts';
import { prepareModules } from './modules.ts';

/** Below test/. */
const FILES = [
  'schema/**/*.test.ts',
  'compiler/**/*.test.ts',
  'corpus.test.ts',
  'golden/*.test.ts',
  'oracle/*.test.ts',
  'import/dialect.test.ts',
  'policytest/policytest.test.ts',
];
// The language server is a program of its own: a mutant does not reach it.
const OTHER_PROCESSES = ['schema/language-server.test.ts'];
// Runs riptides as another user, who may not read the copy.
const OTHER_USERS = 'refuses files and directories that this user may not read';
/** A test that takes longer is left out: most of them are about limits and time, and little else would not also find. */
const SLOW_MS = 200;
/** What the dry run in one process measured, for the other processes. */
const TIMES = 'mutation-times.json';
const timesSchema = z.record(z.string(), z.number());

/** What Stryker's changes in the sources read and write. */
interface Switchboard {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage: MutantCoverage;
}

declare global {
  var __stryker__: Switchboard;
}

interface Killer {
  readonly test: Test;
  readonly message: string;
}

class InProcessRunner implements TestRunner {
  #load = prepareModules(process.cwd());
  /** Of the modules that were loaded last. */
  #generation = 0;
  #files: readonly TestFile[] = [];
  #times: Readonly<Record<string, number>> = {};
  /** For each source file the tests that killed its mutants, the last one last: they are asked first. */
  readonly #killers = new Map<string, Set<string>>();

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    // The same cases each time, and no search for the smallest one that fails.
    fc.configureGlobal({ seed: 1, endOnFailure: true });
    globalThis.__stryker__ = { mutantCoverage: { static: {}, perTest: {} } };
    this.#files = await this.#loadAll();
  }

  /** Runs every test without a mutant. */
  async dryRun(): Promise<DryRunResult> {
    const results: TestResult[] = [];
    for (const test of this.#tests()) {
      globalThis.__stryker__.currentTestId = test.id;
      const start = performance.now();
      const failureMessage = await failure(test);
      const result = { id: test.id, name: test.id, timeSpentMs: performance.now() - start };
      if (failureMessage !== undefined) results.push({ ...result, status: TestStatus.Failed, failureMessage });
      else if (result.timeSpentMs <= SLOW_MS) results.push({ ...result, status: TestStatus.Success });
      else results.push({ ...result, status: TestStatus.Skipped });
    }
    globalThis.__stryker__.currentTestId = undefined;
    const { mutantCoverage } = globalThis.__stryker__;
    for (const { id, status } of results) if (status === TestStatus.Skipped) delete mutantCoverage.perTest[id];
    const times = results.filter(({ status }) => status === TestStatus.Success);
    writeFileSync(TIMES, JSON.stringify(Object.fromEntries(times.map(({ id, timeSpentMs }) => [id, timeSpentMs]))));
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    this.#times = timesSchema.parse(JSON.parse(readFileSync(TIMES, 'utf8')));
    const { sandboxFileName, hitLimit } = options;
    const board = globalThis.__stryker__;
    board.hitLimit = hitLimit;
    board.hitCount = hitLimit === undefined ? undefined : 0;
    board.activeMutant = options.activeMutant.id;
    const killer = await this.#findKiller(options);
    board.activeMutant = undefined;
    if (hitLimit !== undefined && (board.hitCount ?? 0) > hitLimit) return { status: MutantRunStatus.Timeout };
    if (killer === undefined) return { status: MutantRunStatus.Survived, nrOfTests: 1 };

    const { test, message } = killer;
    // A mutant before this one may have left something behind: then the test fails without any.
    if (!options.reloadEnvironment && (await failure(test)) !== undefined) {
      this.#files = await this.#loadAll();
      return this.mutantRun(options);
    }
    const killers = this.#killers.get(sandboxFileName) ?? new Set();
    this.#killers.set(sandboxFileName, killers);
    killers.delete(test.id);
    killers.add(test.id);
    return { status: MutantRunStatus.Killed, killedBy: [test.id], failureMessage: message, nrOfTests: 1 };
  }

  async dispose(): Promise<void> {
    for (const { ends } of this.#files) await runAll(ends);
  }

  async #findKiller(options: MutantRunOptions): Promise<Killer | undefined> {
    const { sandboxFileName, testFilter, reloadEnvironment } = options;
    if (reloadEnvironment && testFilter === undefined) return this.#findKillerAnew(sandboxFileName);
    const wanted = new Set(testFilter);
    return firstFailure(this.#inOrder(this.#tests().filter(({ id }) => wanted.has(id)), sandboxFileName));
  }

  /** Loads one file after the other in a new generation, and runs its tests. */
  async #findKillerAnew(source: string): Promise<Killer | undefined> {
    this.#generation += 1;
    const order = this.#inOrder(this.#tests(), source).map(({ file }) => file);
    for (const file of new Set(order)) {
      let loaded;
      try {
        loaded = await this.#loadFile(file);
      } catch (error) {
        const [test] = this.#tests().filter((each) => each.file === file);
        if (test !== undefined) return { test, message: String(error) };
        continue;
      }
      const killer = await firstFailure(this.#inOrder(loaded.tests, source));
      await runAll(loaded.ends).catch(() => undefined);
      if (killer !== undefined) return killer;
    }
    return undefined;
  }

  /** First those that killed before, then the fast ones. Those that are too slow are left out. */
  #inOrder(tests: readonly Test[], source: string): readonly Test[] {
    const killers = [...(this.#killers.get(source) ?? [])];
    const rank = ({ id }: Test): number => killers.indexOf(id);
    return tests
      .filter(({ id }) => id in this.#times)
      .toSorted((a, b) => rank(b) - rank(a) || (this.#times[a.id] ?? 0) - (this.#times[b.id] ?? 0));
  }

  #tests(): readonly Test[] {
    return this.#files.flatMap(({ tests }) => tests.filter(({ id }) => !id.includes(OTHER_USERS)));
  }

  async #loadAll(): Promise<readonly TestFile[]> {
    this.#generation += 1;
    const files = globSync(FILES, { cwd: 'test', exclude: OTHER_PROCESSES }).toSorted();
    const loaded: TestFile[] = [];
    for (const file of files) loaded.push(await this.#loadFile(file));
    return loaded;
  }

  #loadFile(file: string): Promise<TestFile> {
    return collectTests(file, () => this.#load(`test/${file}`, this.#generation));
  }
}

async function firstFailure(tests: readonly Test[]): Promise<Killer | undefined> {
  for (const test of tests) {
    const message = await failure(test);
    if (message !== undefined) return { test, message };
  }
  return undefined;
}

async function failure(test: Test): Promise<string | undefined> {
  try {
    await runTest(test);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', injectableClass: InProcessRunner }];
