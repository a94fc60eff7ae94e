// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { RiptidesCommand } from '../../cli/command.ts';
import { counted } from '../../terminal/counted.ts';
import { EXIT } from '../../errors.ts';
import { armModule } from '../../module/load.ts';

export default class ModuleArm extends RiptidesCommand {
  static override summary = 'Govern all TCP sockets, new and existing.';
  static override description =
    'Takes a drain back, at any time: connections live on, and what is connected or accepted from then on is decided. Loading the module does the same. Exit code 8 means that it takes longer: the module goes on.';
  static override examples = [
    { description: 'Govern again after a drain', command: '<%= config.bin %> module arm' },
  ];
  static override flags = {
    within: Flags.integer({ description: 'seconds to wait for completion', default: 10, min: 0 }),
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
