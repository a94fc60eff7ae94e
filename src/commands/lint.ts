// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { directoryArg, recordTargetFlag, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { report, reportFlags } from '../cli/diagnostics.ts';
import { EXIT } from '../errors.ts';
import { checkCodes } from '../lint/codes.ts';
import { lintPolicy } from '../operations/lint.ts';
import { parseTime } from '../explain/question.ts';
import { findGuardContext } from '../operations/guard-context.ts';
import { targetsWithRecords } from '../operations/targets.ts';
import { diagnosticsToJson } from '../diagnostics/render.ts';

export default class Lint extends RiptidesCommand {
  static override summary = 'Warn about valid but risky policy.';
  static override description =
    'Reports what "validate" reports and, in addition, selectors that any process can match, services that span most of the internet, expired rules, access that was added since the policy was last applied, and more. A comment "# riptides:ignore CODE reason" on the line of a warning, or on the line before, suppresses it. Exit code 3 means that there are diagnostics; see --fail-on.';
  static override examples = [
    { description: 'Check the policy in this directory', command: '<%= config.bin %> lint' },
    {
      description: 'Disable a rule, and fail on errors only',
      command: '<%= config.bin %> lint --disable RTP1709 --fail-on error',
    },
    { description: 'For GitHub Actions', command: '<%= config.bin %> lint --format github' },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    ...reportFlags,
    disable: Flags.string({
      description: 'disable a rule; may be given several times',
      helpValue: 'CODE',
      multiple: true,
      default: [],
    }),
    'fail-on': Flags.option({ options: ['error', 'warning', 'nothing'] as const })({
      description: 'lowest severity for exit code 3',
      helpValue: 'SEVERITY',
      default: 'warning',
    }),
    node: sharedFlags.node,
    target: recordTargetFlag,
    time: Flags.string({
      description: 'time at which rules are checked for expiry; default: now',
      helpValue: 'RFC3339',
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Lint);
    checkCodes(flags.disable);
    const now = parseTime(flags.time);
    const diagnostics = await this.showing('linting', ({ update }) =>
      lintPolicy(args.directory, {
        now,
        disabled: flags.disable,
        findGuardContext: (asked) => findGuardContext(args.directory, asked, undefined),
        targets: targetsWithRecords(flags.target),
        node: flags.node,
        onProgress: update,
      }),
    );
    const counts = { error: 0, warning: 0 };
    for (const { severity } of diagnostics) counts[severity] += 1;
    const isFailure =
      flags['fail-on'] === 'warning'
        ? diagnostics.length > 0
        : flags['fail-on'] === 'error' && counts.error > 0;
    if (isFailure) process.exitCode = EXIT.diagnostics;
    const forPeople = await report(diagnostics, { ...flags, version: this.config.version });
    if (forPeople && !this.jsonEnabled()) {
      await this.printDiagnostics(diagnostics);
      if (diagnostics.length === 0) this.print(`${this.paint('green', 'clean')}  no diagnostics`);
    }
    return diagnosticsToJson(diagnostics);
  }
}
