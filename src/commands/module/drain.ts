// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { RiptidesCommand } from '../../cli/command.ts';
import { counted } from '../../terminal/counted.ts';
import { EXIT } from '../../errors.ts';

export default class ModuleDrain extends RiptidesCommand {
  static override summary = 'Stop governing, and give the sockets back to the kernel.';
  static override description =
    'Connections live on, and nothing is decided any more. Afterwards the module can be unloaded. Exit code 8 means that some sockets could not be given back yet.';
  static override examples = [
    {
      description: 'Drain, then unload',
      command: '<%= config.bin %> module drain && <%= config.bin %> module unload',
    },
  ];
  static override flags = {
    within: Flags.integer({ description: 'seconds to go on trying', default: 10, min: 0 }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ModuleDrain);
    const { drainModule } = await import('../../module/load.ts');
    const left = await drainModule({ within: flags.within * 1000, signal: this.interrupted() });
    if (left.sockets === 0 && left.calls === 0) {
      this.print(
        `${this.paint('green', 'drained')}  nothing is governed any more; next: riptides module unload`,
      );
    } else {
      process.exitCode = EXIT.busy;
      this.print(
        `${this.paint('yellow', 'draining')}  ${counted(left.sockets, 'socket')} and ${counted(left.calls, 'system call')} ${left.sockets + left.calls === 1 ? 'is' : 'are'} still with the module; sockets in flight between processes come back when they arrive: run this again`,
      );
    }
    return left;
  }
}
