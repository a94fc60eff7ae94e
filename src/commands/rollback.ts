// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { directoryArg, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { rollback } from '../operations/recorded.ts';
import { parseDuration } from '../cli/duration.ts';

export default class Rollback extends RiptidesCommand {
  static override summary = 'Put an earlier policy back in force.';
  static override description =
    'Takes the bundle of an earlier record: from what the kernel still holds, or from git. While an apply waits for its confirmation, the previous policy is what was in force when it began, even if that was none. A rollback makes a new generation and a new record, and closes connections that the policy no longer allows.';
  static override examples = [
    { description: 'Back to the previous policy', command: '<%= config.bin %> rollback' },
    {
      description: 'Back to a record of "riptides history"',
      command: '<%= config.bin %> rollback --to 3f2a91c',
    },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    to: Flags.string({
      description: 'the record: latest, ~N (N before the latest), gN (generation N), or the start of its id',
      helpValue: 'RECORD',
    }),
    'confirm-within': sharedFlags['confirm-within'],
    target: sharedFlags.target,
    why: sharedFlags.why,
    yes: sharedFlags.yes,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Rollback);
    const confirmWithin = flags['confirm-within'];
    const scope = { directory: args.directory, target: flags.target };
    const options = {
      why: flags.why,
      ...(confirmWithin === undefined ? {} : { confirmWithin: parseDuration(confirmWithin) }),
    };
    await this.confirmOrStop(
      `Go back to ${flags.to ?? 'the previous policy'} on ${flags.target}?`,
      flags.yes,
    );
    const result = await this.showing('rolling back', () =>
      rollback(scope, flags.to, { ...options, signal: this.interrupted() }),
    );
    const what = result.digest === undefined ? 'without a bundle' : `sha256:${result.digest.slice(0, 12)}`;
    this.print(`${this.paint('green', 'rolled back')}  generation ${result.generation} is in force, ${what}`);
    await this.printWaiting(result, scope);
    this.printNotes(result.notes);
    return result;
  }
}
