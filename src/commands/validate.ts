// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { directoryArg, RiptidesCommand } from '../cli/command.ts';
import { type Report, report, reportFlags } from '../cli/diagnostics.ts';
import { counted } from '../terminal/counted.ts';
import { type Compiler, createCompiler } from '../compiler/compile.ts';
import type { CompileOptions } from '../compiler/types.ts';
import { EXIT } from '../errors.ts';
import { projectDirectory } from '../operations/project-directory.ts';
import { watchPolicy } from '../cli/watch.ts';
import { diagnosticsToJson } from '../diagnostics/render.ts';
import { findGuardContext } from '../operations/guard-context.ts';

export default class Validate extends RiptidesCommand {
  static override summary = 'Check a policy and everything in it.';
  static override description =
    'Reads every document, checks its fields, its references and the guardrails, and compiles it. Exit code 3 means that there are errors.';
  static override examples = [
    { description: 'Check the policy in this directory', command: '<%= config.bin %> validate' },
    { description: 'Diagnostics as JSON', command: '<%= config.bin %> validate policies/ --json' },
    {
      description: 'Diagnostics for code scanning',
      command: '<%= config.bin %> validate --format sarif --output riptides.sarif',
    },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    ...reportFlags,
    watch: Flags.boolean({
      char: 'w',
      description: 'check again after each change, until Ctrl-C',
      exclusive: ['json', 'format'],
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Validate);
    const compiler = createCompiler();
    if (!flags.watch) return this.check(compiler, args.directory, flags);
    await watchPolicy(this.interrupted(), projectDirectory(args.directory), (changed) =>
      this.check(compiler, args.directory, flags, changed),
    );
    return {};
  }

  private async check(
    compiler: Compiler,
    directory: string,
    to: Pick<Report, 'format' | 'output'>,
    changed?: ReadonlySet<string>,
  ): Promise<object> {
    const options: CompileOptions = {
      scopes: 'ignore',
      findGuardContext: (asked) => findGuardContext(directory, asked, undefined),
    };
    const checked = await this.showing('validating', ({ update }) =>
      compiler.compile([directory], { ...options, onProgress: update }, changed),
    );
    const json = diagnosticsToJson(checked.diagnostics);
    process.exitCode = json.valid ? EXIT.ok : EXIT.diagnostics;
    const forPeople = await report(checked.diagnostics, { ...to, version: this.config.version });
    if (forPeople) {
      await this.printDiagnostics(checked.diagnostics);
      if (checked.value !== undefined) {
        const { model, bundle } = checked.value;
        const counts = [
          counted(model.identities.length, 'identity', 'identities'),
          counted(model.services.length, 'service'),
          `${counted(bundle.length, 'byte')} compiled`,
        ].join(', ');
        this.print(
          `${this.paint('green', 'valid')}  ${counts}${json.diagnostics.length === 0 ? ', no diagnostics' : ''}`,
        );
      }
    }
    return json;
  }
}
