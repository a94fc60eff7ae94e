// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { directoryArg, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { report, reportFlags } from '../cli/diagnostics.ts';
import { EXIT } from '../errors.ts';
import { type Tester, type TestOptions, createTester } from '../policytest/test.ts';
import { parseTime } from '../explain/question.ts';
import { findGuardContext } from '../operations/guard-context.ts';
import { testFilter } from '../policytest/filter.ts';
import { projectDirectory } from '../operations/project-directory.ts';
import { watchPolicy } from '../cli/watch.ts';
import { diagnosticsToJson } from '../diagnostics/render.ts';
import { renderCoverage, renderRun, runToJson, summariseRun } from '../policytest/render.ts';
import { formatTestsAsJunit } from '../policytest/junit.ts';

export default class Test extends RiptidesCommand {
  static override summary = 'Run the tests of a policy.';
  static override description =
    'Runs every PolicyTest of the policy, and of the directory "tests" beside riptides.yaml. A test names a process, a connection and the verdict that is expected; it is evaluated by the code that the kernel module runs. Exit code 3 means that a test failed, or that coverage is below the threshold.';
  static override examples = [
    { description: 'Run the tests of the policy in this directory', command: '<%= config.bin %> test' },
    { description: 'Rerun after each change', command: '<%= config.bin %> test --watch' },
    { description: 'Some of the tests, by name', command: '<%= config.bin %> test --run "web reaches"' },
    {
      description: 'Show what no test covers, and fail below 90 %',
      command: '<%= config.bin %> test --coverage --threshold 90',
    },
    {
      description: 'For a build server',
      command: '<%= config.bin %> test --format junit --output tests.xml',
    },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    ...reportFlags,
    coverage: Flags.boolean({
      description: 'show which rules, destinations, addresses and denials no test covers',
    }),
    run: Flags.string({
      description: 'run only the tests whose document/name matches a regular expression (RE2)',
      helpValue: 'PATTERN',
      exclusive: ['coverage', 'threshold'],
    }),
    threshold: Flags.integer({
      description: 'fail when coverage is below this',
      helpValue: 'PERCENT',
      min: 0,
      max: 100,
    }),
    watch: Flags.boolean({
      char: 'w',
      description: 'rerun after each change, until Ctrl-C',
      exclusive: ['json', 'format'],
    }),
    time: Flags.string({
      description: 'time for tests without one; default: now',
      helpValue: 'RFC3339',
    }),
    node: sharedFlags.node,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Test);
    const { node, format, output, coverage, threshold } = flags;
    const options: Options = {
      ...(node === undefined ? { scopes: 'ignore' } : { node }),
      format,
      output,
      coverage,
      threshold,
      filter: flags.run === undefined ? undefined : testFilter(flags.run),
      time: parseTime(flags.time),
      findGuardContext: (asked) => findGuardContext(args.directory, asked, undefined),
    };
    const tester = createTester();
    if (!flags.watch) return this.runOnce(tester, args.directory, options);
    await watchPolicy(this.interrupted(), projectDirectory(args.directory), (changed) =>
      this.runOnce(tester, args.directory, options, changed),
    );
    return {};
  }

  private async runOnce(
    tester: Tester,
    directory: string,
    options: Options,
    changed?: ReadonlySet<string>,
  ): Promise<object> {
    const { run, diagnostics } = await this.showing('testing', ({ update }) =>
      tester.test(directory, { ...options, onProgress: update }, changed),
    );
    process.exitCode = diagnostics.some(({ severity }) => severity === 'error') ? EXIT.diagnostics : EXIT.ok;
    const forPeople = await report(diagnostics, {
      ...options,
      version: this.config.version,
      ...(run === undefined ? {} : { own: { junit: () => formatTestsAsJunit(run) } }),
    });
    if (forPeople) {
      await this.printDiagnostics(diagnostics);
      if (run !== undefined)
        this.print(
          ...renderRun(run, this.paint),
          ...(options.coverage ? renderCoverage(run.coverage, this.paint) : []),
          ...(run.suites.length > 0 || options.coverage ? [''] : []),
          summariseRun(run),
        );
    }
    return run === undefined ? diagnosticsToJson(diagnostics) : runToJson(run);
  }
}

interface Options extends TestOptions {
  readonly format?: 'sarif' | 'junit' | 'github' | 'gitlab' | undefined;
  readonly output?: string | undefined;
  readonly coverage: boolean;
}
