// SPDX-License-Identifier: Apache-2.0

import { Args } from '@oclif/core';
import { RiptidesCommand } from '../cli/command.ts';
import { readReference } from '../cli/reference/read.ts';
import { findSubject, renderHelp } from '../cli/help-subject.ts';

export default class Help extends RiptidesCommand {
  static override summary = 'Print help for a command.';
  static override description =
    'Without a command, all of them. There is also help on what they have in common: environment, exit-codes, files.';
  static override examples = [
    { description: 'All commands', command: '<%= config.bin %> help' },
    { description: 'One of them', command: '<%= config.bin %> help module build' },
    { description: 'What the exit codes mean', command: '<%= config.bin %> help exit-codes' },
    { description: 'Every command and flag, for a program', command: '<%= config.bin %> help --json' },
  ];
  static override args = {
    command: Args.string({
      description: 'the words of a command, or one of the pages above',
      multiple: true,
    }),
  };

  async run(): Promise<object> {
    const { args } = await this.parse(Help);
    const reference = readReference(this.config);
    const words = args.command ?? [];
    this.print(...renderHelp(reference, words));
    const subject = findSubject(reference, words);
    return subject.kind === 'command' ? subject.command : reference;
  }
}
