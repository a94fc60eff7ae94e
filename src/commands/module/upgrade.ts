// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { RiptidesCommand } from '../../cli/command.ts';
import { counted } from '../../terminal/counted.ts';
import { type UpgradeStep, upgradeModule } from '../../operations/upgrade.ts';

const STEP_WORDS: Readonly<Record<UpgradeStep, string>> = {
  draining: 'draining: connections live on, and are not governed until the new module is loaded',
  unloading: 'unloading the module',
  loading: 'loading the new one, which adopts the sockets that exist',
  applying: 'putting the bundle back in force',
  returning: 'returning to the previous module',
};

export default class ModuleUpgrade extends RiptidesCommand {
  static override summary = 'Replace the loaded module with another build, and keep the policy in force.';
  static override description =
    'Drains, unloads, loads, and puts the bundle that was in force back in force, as generation 1. No connection is disturbed, and all are governed again afterwards; meanwhile, for some seconds, every connection is allowed. When a step fails, the previous module is loaded again. Earlier bundles that the kernel held are forgotten: a rollback to them sends the recorded one.';
  static override examples = [
    {
      description: 'Upgrade to a module that you built',
      command: '<%= config.bin %> module upgrade ./riptides.ko',
    },
    { description: 'Upgrade to the installed module', command: '<%= config.bin %> module upgrade' },
  ];
  static override args = {
    file: Args.string({ description: 'riptides.ko; default: the one installed for this kernel' }),
  };
  static override flags = {
    previous: Flags.string({
      description: 'module to return to when the upgrade fails; default: the copy that "module load" kept',
      helpValue: 'FILE',
    }),
    within: Flags.integer({
      description: 'seconds that draining may take',
      helpValue: 'SECONDS',
      default: 30,
      min: 1,
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ModuleUpgrade);
    const result = await upgradeModule({
      path: args.file,
      previous: flags.previous,
      within: flags.within * 1000,
      signal: this.interrupted(),
      onStep: (step) => this.printAside(STEP_WORDS[step]),
    });
    const { from, to, generation, digest, sockets } = result;
    this.print(
      `${this.paint('green', 'upgraded')}  from ${from} to ${to}, ${counted(sockets, 'socket')} governed, ${
        digest === undefined
          ? 'no bundle in force, as before'
          : `sha256:${digest.slice(0, 12)} in force as generation ${generation}`
      }`,
    );
    return result;
  }
}
