// SPDX-License-Identifier: Apache-2.0

import { directoryArg, RiptidesCommand } from '../cli/command.ts';
import { EXIT } from '../errors.ts';

export default class Validate extends RiptidesCommand {
  static override summary = 'Check a policy and everything in it.';
  static override description =
    'Reads every document, checks its fields, its references and the guardrails, and compiles it. Exit code 3 means that there are errors.';
  static override examples = [
    { description: 'Check the policy in this directory', command: '<%= config.bin %> validate' },
    { description: 'Findings for a program', command: '<%= config.bin %> validate policies/ --json' },
  ];
  static override args = { directory: directoryArg };

  async run(): Promise<object> {
    const { args } = await this.parse(Validate);
    const { compilePolicy } = await import('../compiler/compile.ts');
    const { findingsJson, printFindings } = await import('../cli/compile.ts');
    const checked = await compilePolicy([args.directory], { scopes: 'ignore' });
    const json = findingsJson(checked.diagnostics);
    if (!json.valid) process.exitCode = EXIT.findings;
    if (!this.jsonEnabled()) {
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
}
