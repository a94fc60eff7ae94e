// SPDX-License-Identifier: Apache-2.0

import { RiptidesCommand } from '../../cli/command.ts';
import { unloadModule } from '../../module/load.ts';

export default class ModuleUnload extends RiptidesCommand {
  static override summary = 'Unload the kernel module.';
  static override description = 'Refused while the module governs sockets: drain it first.';
  static override examples = [
    { description: 'Unload after a drain', command: '<%= config.bin %> module unload' },
  ];

  async run(): Promise<object> {
    await this.parse(ModuleUnload);
    await unloadModule();
    this.print(`${this.paint('green', 'unloaded')}  riptides decides nothing on this host now`);
    return { unloaded: true };
  }
}
