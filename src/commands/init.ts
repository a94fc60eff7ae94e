// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { RiptidesCommand } from '../cli/command.ts';

export default class Init extends RiptidesCommand {
  static override summary = 'Start a policy, with a guardrail, tests and what checks it in CI.';
  static override description = 'Writes a few commented files. Nothing that exists is overwritten.';
  static override examples = [
    {
      description: 'Start a policy in a new directory',
      command: '<%= config.bin %> init policies/shop --trust-domain shop.example',
    },
  ];
  static override args = {
    directory: Args.string({ description: 'where to write; made when it is missing', default: '.' }),
  };
  static override flags = {
    name: Flags.string({ description: 'name of the project', helpValue: 'NAME' }),
    'trust-domain': Flags.string({ description: 'SPIFFE trust domain', helpValue: 'DOMAIN' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Init);
    const { initialisePolicy } = await import('../init/init.ts');
    const files = await initialisePolicy(args.directory, {
      version: this.config.version,
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags['trust-domain'] === undefined ? {} : { trustDomain: flags['trust-domain'] }),
    });
    this.print(...files.map((file) => `wrote ${file}`));
    const { nextCommand } = await import('../cli/next-command.ts');
    const { directory } = args;
    this.print(
      '',
      `Next: ${nextCommand(['test'], { directory, target: 'kernel' })}`,
      `      ${nextCommand(['apply'], { directory, target: 'embedded' })}`,
    );
    return { directory: args.directory, files };
  }
}
