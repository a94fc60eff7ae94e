// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { directoryArg, recordTargetFlag, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { report, reportFlags } from '../cli/diagnostics.ts';
import { EXIT } from '../errors.ts';

export default class Lint extends RiptidesCommand {
  static override summary = 'Look for what is right, and still hardly wise.';
  static override description =
    'Finds what "validate" finds, and besides: selectors that any process can fulfil, services that are most of the internet, rules whose time is over, access that was not there when the policy was last applied, and more. A comment "# riptides:ignore CODE reason" on the line of a finding, or the line before, silences it. Exit code 3 means that something was found.';
  static override examples = [
    { description: 'Look through the policy in this directory', command: '<%= config.bin %> lint' },
    {
      description: 'Without one of the rules, and fail on errors only',
      command: '<%= config.bin %> lint --disable RTP1709 --fail-on error',
    },
    { description: 'For GitHub Actions', command: '<%= config.bin %> lint --format github' },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    ...reportFlags,
    disable: Flags.string({
      description: 'leave out a rule; may be given several times',
      helpValue: 'CODE',
      multiple: true,
      default: [],
    }),
    'fail-on': Flags.option({ options: ['error', 'warning', 'nothing'] as const })({
      description: 'what exit code 3 stands for',
      default: 'warning',
    }),
    node: sharedFlags.node,
    target: recordTargetFlag,
    time: Flags.string({ description: 'when, for rules that are limited in time', helpValue: 'RFC3339' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Lint);
    const { checkCodes } = await import('../lint/codes.ts');
    const { lintPolicy } = await import('../lint/lint.ts');
    const { parseTime } = await import('../explain/question.ts');
    const { findGuardContext } = await import('../operations/guard-context.ts');
    const { diagnosticsToJson } = await import('../diagnostics/render.ts');
    checkCodes(flags.disable);
    const diagnostics = await lintPolicy(args.directory, {
      now: parseTime(flags.time),
      disabled: flags.disable,
      findGuardContext: (asked) => findGuardContext(args.directory, asked, undefined),
      targets: flags.target === undefined ? ['kernel', 'embedded'] : [flags.target],
      node: flags.node,
    });
    const counts = { error: 0, warning: 0 };
    for (const { severity } of diagnostics) counts[severity] += 1;
    const isFailure =
      flags['fail-on'] === 'warning'
        ? diagnostics.length > 0
        : flags['fail-on'] === 'error' && counts.error > 0;
    if (isFailure) process.exitCode = EXIT.findings;
    const forPeople = await report(diagnostics, { ...flags, version: this.config.version });
    if (forPeople && !this.jsonEnabled()) {
      await this.printDiagnostics(diagnostics);
      if (diagnostics.length === 0) this.print(`${this.paint('green', 'clean')}  nothing found`);
    }
    return diagnosticsToJson(diagnostics);
  }
}
