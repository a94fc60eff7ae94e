// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { directoryArg, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { report, reportFlags } from '../cli/diagnostics.ts';
import { EXIT } from '../errors.ts';
import type { Tester, TestOptions } from '../policytest/test.ts';

export default class Test extends RiptidesCommand {
  static override summary = 'Ask a policy what its tests expect of it.';
  static override description =
    'Runs every PolicyTest among the documents of the policy, and in the directory "tests" beside riptides.yaml: each names a process and a connection, and says what should become of it. The answers are those of the evaluator that the kernel has. Exit code 3 means that a test failed, or that they cover too little.';
  static override examples = [
    { description: 'Run the tests of the policy in this directory', command: '<%= config.bin %> test' },
    { description: 'Again after each change', command: '<%= config.bin %> test --watch' },
    {
      description: 'Show what no test asks for, and fail below 90 %',
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
    coverage: Flags.boolean({ description: 'show which rules, destinations and refusals no test asks for' }),
    threshold: Flags.integer({
      description: 'fail when the tests cover less than this',
      helpValue: 'PERCENT',
      min: 0,
      max: 100,
    }),
    watch: Flags.boolean({
      char: 'w',
      description: 'run them again after each change, until Ctrl-C',
      exclusive: ['json', 'format'],
    }),
    time: Flags.string({
      description: 'when, for tests that do not say; now unless given',
      helpValue: 'RFC3339',
    }),
    node: sharedFlags.node,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Test);
    const { parseTime } = await import('../explain/question.ts');
    const { findGuardContext } = await import('../operations/guard-context.ts');
    const { node, format, output, coverage, threshold } = flags;
    const options: Options = {
      ...(node === undefined ? { scopes: 'ignore' } : { node }),
      format,
      output,
      coverage,
      threshold,
      time: parseTime(flags.time),
      findGuardContext: (asked) => findGuardContext(args.directory, asked, undefined),
    };
    const { createTester } = await import('../policytest/test.ts');
    const tester = createTester();
    if (!flags.watch) return this.runOnce(tester, args.directory, options);
    const { projectDirectory } = await import('../operations/targets.ts');
    const { watchPolicy } = await import('../cli/watch.ts');
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
    const { diagnosticsToJson } = await import('../diagnostics/render.ts');
    const { renderCoverage, renderRun, runToJson, summariseRun } = await import('../policytest/render.ts');
    const { formatTestsAsJunit } = await import('../policytest/junit.ts');
    const { run, diagnostics } = await tester.test(directory, options, changed);
    process.exitCode = diagnostics.some(({ severity }) => severity === 'error') ? EXIT.findings : EXIT.ok;
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
          `${summariseRun(run)}, ${run.coverage.percent} % covered`,
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
