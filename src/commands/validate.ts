// SPDX-License-Identifier: Apache-2.0

import { writeFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { directoryArg, RiptidesCommand } from '../cli/command.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { FORMATS } from '../diagnostics/formats.ts';
import { EXIT } from '../errors.ts';

/** Those of FORMATS, which is loaded only when it is asked for. */
const REPORTS = ['sarif', 'junit', 'github', 'gitlab'] as const satisfies readonly (keyof typeof FORMATS)[];

export default class Validate extends RiptidesCommand {
  static override summary = 'Check a policy and everything in it.';
  static override description =
    'Reads every document, checks its fields, its references and the guardrails, and compiles it. Exit code 3 means that there are errors.';
  static override examples = [
    { description: 'Check the policy in this directory', command: '<%= config.bin %> validate' },
    { description: 'Findings for a program', command: '<%= config.bin %> validate policies/ --json' },
    {
      description: 'Findings for code scanning',
      command: '<%= config.bin %> validate --format sarif --output riptides.sarif',
    },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    format: Flags.option({ options: REPORTS })({
      description: 'print the findings for code scanning, a build server, GitHub Actions or GitLab instead',
      exclusive: ['json'],
    }),
    output: Flags.string({
      char: 'o',
      description: 'write what --format prints to a file, and the findings for people to the terminal',
      helpValue: 'FILE',
      dependsOn: ['format'],
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Validate);
    const { compilePolicy } = await import('../compiler/compile.ts');
    const { findingsJson, printFindings } = await import('../cli/compile.ts');
    const checked = await compilePolicy([args.directory], { scopes: 'ignore' });
    const json = findingsJson(checked.diagnostics);
    if (!json.valid) process.exitCode = EXIT.findings;
    if (flags.format !== undefined) await this.report(checked.diagnostics, flags.format, flags.output);
    if (!this.jsonEnabled() && (flags.format === undefined || flags.output !== undefined)) {
      printFindings(checked.diagnostics);
      if (checked.value !== undefined) {
        const { model, bundle } = checked.value;
        const counts = `${model.identities.length} identities, ${model.services.length} services, ${bundle.length} bytes compiled`;
        this.log(
          `${this.paint('green', 'valid')}  ${counts}${json.diagnostics.length === 0 ? ', no findings' : ''}`,
        );
      }
    }
    return json;
  }

  private async report(
    diagnostics: readonly Diagnostic[],
    format: (typeof REPORTS)[number],
    output: string | undefined,
  ): Promise<void> {
    const { describeFindings, FORMATS } = await import('../diagnostics/formats.ts');
    const findings = describeFindings(diagnostics, { version: this.config.version, cwd: process.cwd() });
    const text = FORMATS[format](findings);
    if (output === undefined) {
      process.stdout.write(text);
    } else {
      const { writeTo } = await import('../cli/output.ts');
      await writeTo(output, (file) => writeFile(file, text));
    }
  }
}
