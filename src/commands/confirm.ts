// SPDX-License-Identifier: Apache-2.0

import { directoryArg, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { confirm } from '../operations/recorded.ts';

export default class Confirm extends RiptidesCommand {
  static override summary = 'Confirm an apply, so that it is not rolled back.';
  static override description =
    'After "apply --confirm-within", the previous policy is restored unless this is run in time.';
  static override examples = [
    { description: 'Keep what was applied', command: '<%= config.bin %> confirm' },
    {
      description: 'On the embedded target',
      command: '<%= config.bin %> confirm policies/shop --target embedded',
    },
  ];
  static override args = { directory: directoryArg };
  static override flags = { target: sharedFlags.target };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Confirm);
    const result = await confirm({ directory: args.directory, target: flags.target });
    this.print(`${this.paint('green', 'confirmed')}  generation ${result.generation} stays`);
    this.printNotes(result.notes);
    return result;
  }
}
