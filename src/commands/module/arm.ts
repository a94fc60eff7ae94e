// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { RiptidesCommand } from '../../cli/command.ts';
import { counted } from '../../terminal/counted.ts';
import { EXIT } from '../../errors.ts';
import { armModule } from '../../module/load.ts';

export default class ModuleArm extends RiptidesCommand {
  static override summary = 'Govern all TCP sockets, new and existing.';
  static override description =
    'Undoes a drain, at any time. Open connections are kept; every new one is decided. Loading the module does the same. Exit code 8 means that it is not done yet: the module continues in the background.';
  static override examples = [
    { description: 'Govern again after a drain', command: '<%= config.bin %> module arm' },
  ];
  static override flags = {
    within: Flags.integer({
      description: 'seconds to wait for completion',
      helpValue: 'SECONDS',
      default: 10,
      min: 0,
    }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ModuleArm);
    const { state, sockets } = await armModule({
      within: flags.within * 1000,
      signal: this.interrupted(),
    });
    if (state !== 'armed') process.exitCode = EXIT.busy;
    this.print(
      `${this.paint(state === 'armed' ? 'green' : 'yellow', state)}  ${counted(sockets, 'socket')} governed`,
    );
    return { state, sockets };
  }
}
