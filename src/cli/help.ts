// SPDX-License-Identifier: Apache-2.0
// Where oclif asks for help: `riptides`, `riptides COMMAND --help`, `riptides TOPIC`.

import { HelpBase } from '@oclif/core';
import { printLines } from '../terminal/output.ts';
import { renderHelp } from './help-subject.ts';
import { readReference } from './reference/read.ts';

const HELP_FLAGS = ['--help', '-h'];

export default class RiptidesHelp extends HelpBase {
  override async showHelp(argv: string[]): Promise<void> {
    // All that was typed, or one word for a command: `module:build`.
    const words = argv.filter((word) => !HELP_FLAGS.includes(word)).flatMap((word) => word.split(':'));
    const end = words.findIndex((word) => word.startsWith('-'));
    const subject = end === -1 ? words : words.slice(0, end);
    printLines(process.stdout, renderHelp(readReference(this.config), subject));
  }

  override async showCommandHelp(command: Parameters<HelpBase['showCommandHelp']>[0]): Promise<void> {
    await this.showHelp([command.id]);
  }
}
