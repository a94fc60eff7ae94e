// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { RiptidesCommand } from '../../cli/command.ts';
import { loadModule } from '../../module/load.ts';

export default class ModuleLoad extends RiptidesCommand {
  static override summary = 'Load the kernel module.';
  static override description =
    'From then on TCP sockets are governed, including open ones; while no policy is applied, every connection is allowed.';
  static override examples = [
    { description: 'Load the installed module', command: '<%= config.bin %> module load' },
    { description: 'Load a module that you built', command: '<%= config.bin %> module load ./riptides.ko' },
  ];
  static override args = {
    file: Args.string({ description: 'riptides.ko; default: the one installed for this kernel' }),
  };
  static override flags = {
    'allow-untested-kernel': Flags.boolean({
      description: 'load on a kernel that riptides was not tested with',
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ModuleLoad);
    const info = await this.showing('loading the module', () =>
      loadModule({
        path: args.file,
        parameters: flags['allow-untested-kernel'] ? ['allow_untested_kernel=1'] : [],
      }),
    );
    this.print(
      `${this.paint('green', 'loaded')}  riptides ${info.moduleVersion}, ${info.state}, generation ${info.generation}`,
    );
    return info;
  }
}
