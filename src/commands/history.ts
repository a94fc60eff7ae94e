// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { directoryArg, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { historyOf } from '../operations/recorded.ts';
import { table } from '../terminal/paint.ts';

export default class History extends RiptidesCommand {
  static override summary = 'Show what was applied, when, by whom and why.';
  static override description =
    'Reads the records that each apply leaves in git, at refs/riptides/<target>/<node>/<project>/applied. Your branches are not touched by them.';
  static override examples = [
    { description: 'The last records', command: '<%= config.bin %> history' },
    { description: 'All of them, for a program', command: '<%= config.bin %> history --limit 0 --json' },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    limit: Flags.integer({ description: 'number of records; 0 is all', helpValue: 'N', default: 20, min: 0 }),
    target: sharedFlags.target,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(History);
    const scope = { directory: args.directory, target: flags.target };
    const history = await historyOf(scope, flags.limit === 0 ? undefined : flags.limit);
    if (history.records.length === 0) this.print(`nothing was applied to ${flags.target} on ${history.node}`);
    else {
      const rows = history.records.map(({ id, manifest }) => [
        id.slice(0, 8),
        String(manifest.generation),
        manifest.at.slice(0, 19).replace('T', ' '),
        manifest.action,
        manifest.digest?.slice(0, 12) ?? 'none',
        `${manifest.sourceCommit?.slice(0, 8) ?? '-'}${manifest.dirty ? '+' : ''}`,
        manifest.who,
        manifest.why ?? '',
      ]);
      const header = ['record', 'gen', 'at (UTC)', 'action', 'bundle', 'source', 'who', 'why'];
      this.print(...table([header, ...rows], [1]));
    }
    this.printNotes(history.notes);
    return { target: flags.target, ...history };
  }
}
