// SPDX-License-Identifier: Apache-2.0
// A test runner for Stryker that loads the project and its tests once in a process, and then only switches mutants on and off. A
// mutant that acts while modules are loaded has them loaded anew. docs/decisions/mutation.md says why so.

import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
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
import { SEED } from '../seed.ts';
import { collectTests, runAll, runTest, type Test, type TestFile } from './harness.ts';
import { Modules } from './modules.ts';

/** Below test/. Those come first that find most of what is wrong with a schema. */
const FILES = [
  'schema/**/*.test.ts',
  'corpus.test.ts',
  'golden/*.test.ts',
  'policytest/policytest.test.ts',
  'import/{dialect,import}.test.ts',
  'lint/lint.test.ts',
  'diff/render.test.ts',
  'compiler/**/*.test.ts',
  'oracle/*.test.ts',
];
// The language server is a program of its own: a mutant does not reach it.
const OTHER_PROCESSES = ['schema/language-server.test.ts'];
// Runs riptides as another user, who may not read the copy.
const OTHER_USERS = 'refuses files and directories that this user may not read';
/** Loaded before any test, so that it is known what acts while they are. */
const SOURCES = 'src/{schema,compiler}/**/*.ts';
/** In the place of the name of a test, while tests are collected. */
const COLLECTING = 'collecting';
/** Tests that take longer are left out; all is slow in modules that were only just loaded. */
const SLOW_MS = Number(process.env['MUTATE_SLOW_MS'] ?? '50');
const SLOW_ANEW_MS = SLOW_MS / 2;
/** What dry runs measured, for other processes and later runs: beside the folder of the copy, in build/. */
const TIMES = '../../mutation-times.json';
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
  readonly #modules = new Modules(process.cwd());
  #files: readonly TestFile[] = [];
  #times: Readonly<Record<string, number>> | undefined;
  /** For each source file the tests that killed its mutants, the last one last: they are asked first. */
  readonly #killers = new Map<string, Set<string>>();

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    // The same cases each time, and no search for the smallest one that fails.
    fc.configureGlobal({ seed: SEED, endOnFailure: true });
    globalThis.__stryker__ = { mutantCoverage: { static: {}, perTest: {} } };
    this.#files = await this.#loadAll();
  }

  /** Runs every test without a mutant. */
  async dryRun(): Promise<DryRunResult> {
    const { mutantCoverage } = globalThis.__stryker__;
    const tests: TestResult[] = [];
    const times = existsSync(TIMES) ? readTimes() : {};
    for (const test of this.#tests()) {
      const { id } = test;
      // Known to be slow, by a wide margin: how slow depends on what is mutated.
      if ((times[id] ?? 0) > 4 * SLOW_MS) {
        tests.push({ id, name: id, timeSpentMs: 0, status: TestStatus.Skipped });
        continue;
      }
      globalThis.__stryker__.currentTestId = id;
      const start = performance.now();
      let { failureMessage, ms } = await measure(test);
      // It may only have been the first to use something.
      if (ms > SLOW_MS && ms < 5 * SLOW_MS) ({ failureMessage, ms } = await measure(test));
      const result = { id, name: id, timeSpentMs: performance.now() - start };
      // Tests about time may also fail, in sources that are slowed down.
      if (ms > SLOW_MS) {
        tests.push({ ...result, status: TestStatus.Skipped });
        delete mutantCoverage.perTest[id];
      } else if (failureMessage !== undefined) {
        tests.push({ ...result, status: TestStatus.Failed, failureMessage });
      } else {
        tests.push({ ...result, status: TestStatus.Success });
      }
      times[id] = ms;
    }
    globalThis.__stryker__.currentTestId = undefined;
    for (const [id, hits] of Object.entries(mutantCoverage.perTest[COLLECTING] ?? {}))
      if (!tests.some((test) => mutantCoverage.perTest[test.id]?.[id] !== undefined))
        mutantCoverage.static[id] = hits;
    delete mutantCoverage.perTest[COLLECTING];
    writeFileSync(TIMES, JSON.stringify(times));
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    this.#times ??= readTimes();
    const result = await this.#judge(options);
    if (result !== undefined) return result;
    // A mutant before this one left something behind in the modules.
    this.#files = await this.#loadAll();
    const again = await this.#judge(options);
    return again ?? { status: MutantRunStatus.Error, errorMessage: 'the test fails also without a mutant' };
  }

  async dispose(): Promise<void> {
    for (const { ends } of this.#files) await runAll(ends);
  }

  /** Undefined when the test that fails does so without the mutant as well. */
  async #judge(options: MutantRunOptions): Promise<MutantRunResult | undefined> {
    const { activeMutant, hitLimit, sandboxFileName, testFilter } = options;
    const board = globalThis.__stryker__;
    board.hitLimit = hitLimit;
    board.hitCount = hitLimit === undefined ? undefined : 0;
    board.activeMutant = activeMutant.id;
    const killer = await (testFilter === undefined
      ? this.#findKillerAnew(sandboxFileName)
      : this.#findKiller(sandboxFileName, new Set(testFilter)));
    board.activeMutant = undefined;
    if (hitLimit !== undefined && (board.hitCount ?? 0) > hitLimit)
      return { status: MutantRunStatus.Timeout };
    if (killer === undefined) return { status: MutantRunStatus.Survived, nrOfTests: 1 };

    const { test, message } = killer;
    if (testFilter !== undefined && (await failure(test)) !== undefined) return undefined;
    const killers = this.#killers.get(sandboxFileName) ?? new Set();
    this.#killers.set(sandboxFileName, killers);
    killers.delete(test.id);
    killers.add(test.id);
    return {
      status: MutantRunStatus.Killed,
      killedBy: [test.id],
      failureMessage: message,
      nrOfTests: 1,
    };
  }

  #findKiller(source: string, ids: ReadonlySet<string>): Promise<Killer | undefined> {
    return firstFailure(
      this.#inOrder(
        this.#tests().filter(({ id }) => ids.has(id)),
        source,
      ),
    );
  }

  /** Loads one file of tests after the other with the modules that the mutant may change, and runs its tests. */
  async #findKillerAnew(source: string): Promise<Killer | undefined> {
    this.#modules.renew(source);
    const killers = this.#ranks(source);
    const tests = this.#tests()
      .filter(({ id, file }) => this.#time(id) < Infinity && this.#modules.isNew(`test/${file}`))
      .toSorted((a, b) => killers(b) - killers(a));
    const files = Map.groupBy(tests, ({ file }) => file);
    for (const [file, [first]] of files) {
      let loaded;
      try {
        loaded = await this.#loadFile(file);
      } catch (error) {
        return first && { test: first, message: String(error) };
      }
      const quick = loaded.tests.filter(({ id }) => this.#time(id) <= SLOW_ANEW_MS);
      const killer = await firstFailure(this.#inOrder(quick, source));
      await runAll(loaded.ends);
      if (killer !== undefined) return killer;
    }
    return undefined;
  }

  /** First those that killed before, then the fast ones. Those that are too slow are left out. */
  #inOrder(tests: readonly Test[], source: string): readonly Test[] {
    const rank = this.#ranks(source);
    return tests
      .filter(({ id }) => this.#time(id) < Infinity)
      .toSorted((a, b) => rank(b) - rank(a) || this.#time(a.id) - this.#time(b.id));
  }

  /** The higher, the later it killed a mutant of the file. */
  #ranks(source: string): (test: Test) => number {
    const killers = [...(this.#killers.get(source) ?? [])];
    return ({ id }) => killers.indexOf(id);
  }

  /** Endless for a test that is left out. */
  #time(id: string): number {
    const time = this.#times?.[id] ?? Infinity;
    return time <= SLOW_MS ? time : Infinity;
  }

  #tests(): readonly Test[] {
    return this.#files.flatMap(({ tests }) => tests.filter(({ id }) => !id.includes(OTHER_USERS)));
  }

  async #loadAll(): Promise<readonly TestFile[]> {
    this.#modules.renewAll();
    for (const file of globSync(SOURCES)) await this.#modules.load(file);
    globalThis.__stryker__.currentTestId = COLLECTING;
    const files = FILES.flatMap((pattern) =>
      globSync(pattern, { cwd: 'test', exclude: OTHER_PROCESSES }).toSorted(),
    );
    const loaded: TestFile[] = [];
    for (const file of files) loaded.push(await this.#loadFile(file));
    globalThis.__stryker__.currentTestId = undefined;
    return loaded;
  }

  #loadFile(file: string): Promise<TestFile> {
    return collectTests(file, () => this.#modules.load(`test/${file}`));
  }
}

function readTimes(): Record<string, number> {
  return timesSchema.parse(JSON.parse(readFileSync(TIMES, 'utf8')));
}

async function firstFailure(tests: readonly Test[]): Promise<Killer | undefined> {
  for (const test of tests) {
    const message = await failure(test);
    if (message !== undefined) return { test, message };
  }
  return undefined;
}

/** The processor time and not how long it took, which depends on what else the machine does. */
async function measure(test: Test): Promise<{ failureMessage: string | undefined; ms: number }> {
  const start = process.cpuUsage();
  const failureMessage = await failure(test);
  const { user, system } = process.cpuUsage(start);
  return { failureMessage, ms: (user + system) / 1000 };
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
