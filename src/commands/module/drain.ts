// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { RiptidesCommand } from '../../cli/command.ts';
import { counted } from '../../terminal/counted.ts';
import { EXIT } from '../../errors.ts';
import { drainModule, holderLines } from '../../module/load.ts';

export default class ModuleDrain extends RiptidesCommand {
  static override summary = 'Stop governing, and return the sockets to the kernel.';
  static override description =
    'Open connections are kept, and every new one is allowed, as without the module. Afterwards the module can be unloaded. Exit code 8 means that it is not done yet: the module continues in the background, and what holds it up is named. "riptides module arm" undoes a drain at any time.';
  static override examples = [
    {
      description: 'Drain, then unload',
      command: '<%= config.bin %> module drain && <%= config.bin %> module unload',
    },
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
    const { flags } = await this.parse(ModuleDrain);
    const info = await drainModule({ within: flags.within * 1000, signal: this.interrupted() });
    const { state, sockets, calls, holders } = info;
    if (state === 'drained') {
      this.print(
        `${this.paint('green', 'drained')}  nothing is governed any more; next: riptides module unload`,
      );
    } else {
      process.exitCode = EXIT.busy;
      this.print(
        `${this.paint('yellow', state)}  ${counted(sockets, 'socket')} and ${counted(calls, 'system call')} left; the module continues in the background`,
        ...holderLines(info).map((line) => `  ${line}`),
        'to govern again instead: riptides module arm',
      );
    }
    return { state, sockets, calls, holders };
  }
}
