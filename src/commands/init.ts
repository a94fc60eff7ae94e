// SPDX-License-Identifier: Apache-2.0

import { join } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { RiptidesCommand } from '../cli/command.ts';
import { initialisePolicy } from '../init/init.ts';
import { nextCommand } from '../cli/next-command.ts';

export default class Init extends RiptidesCommand {
  static override summary = 'Create a policy, with a guardrail, tests and a CI workflow.';
  static override description =
    'Writes a few commented files, and a workflow for CI to the top of the repository that the directory is in. Nothing that exists is overwritten.';
  static override examples = [
    {
      description: 'Start a policy in a new directory',
      command: '<%= config.bin %> init policies/shop --trust-domain shop.example',
    },
  ];
  static override args = {
    directory: Args.string({ description: 'directory to write to; created if missing', default: '.' }),
  };
  static override flags = {
    name: Flags.string({ description: 'name of the project', helpValue: 'NAME' }),
    'trust-domain': Flags.string({ description: 'SPIFFE trust domain', helpValue: 'DOMAIN' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Init);
    const files = await initialisePolicy(args.directory, {
      name: flags.name,
      trustDomain: flags['trust-domain'],
    });
    this.print(...files.map((file) => `wrote ${join(args.directory, file)}`));
    const { directory } = args;
    this.print(
      '',
      `Next: ${nextCommand(['test'], { directory, target: 'kernel' })}`,
      `      ${nextCommand(['apply'], { directory, target: 'embedded' })}`,
      'For CI: set the variables RIPTIDES_URL and RIPTIDES_SHA256 of the repository to the tarball of a release and its digest',
    );
    return { directory: args.directory, files };
  }
}
