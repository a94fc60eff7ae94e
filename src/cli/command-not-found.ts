// SPDX-License-Identifier: Apache-2.0
// A command that does not exist: suggest the nearest, never run it. A tool that changes what the kernel enforces
// must not guess.

import type { Hook } from '@oclif/core';
import { suggestName } from '../diagnostics/suggest.ts';
import { quoted } from '../terminal/visible.ts';
import { UserError } from '../errors.ts';
import { suggestCommand } from './reference/suggest.ts';

/** Flags that need no command. */
const FLAGS = ['help', 'version'];
const SHORT: Readonly<Record<string, string>> = { '-v': 'version', '-V': 'version' };

const hook: Hook<'command_not_found'> = async function ({ id, argv = [], config }) {
  throw commandNotFound(
    [...id.split(':'), ...argv],
    config.commands.filter((command) => !command.hidden).map((command) => command.id.split(':')),
  );
};

export default hook;

/** The error for words of which the first do not make a command. */
export function commandNotFound(
  written: readonly string[],
  commands: readonly (readonly string[])[],
): UserError {
  const [first = ''] = written;
  const name = first.replace(/^-+/, '');
  const flag = FLAGS.includes(name) ? name : (SHORT[first] ?? suggestName(name, FLAGS));
  if (first.startsWith('-')) {
    return new UserError('usage', {
      message: `there is no flag ${quoted(first)} without a command`,
      fix:
        flag === undefined
          ? 'write the command first: riptides COMMAND [FLAGS]; see "riptides help" for the commands'
          : `did you mean "riptides --${flag}"?`,
    });
  }
  const suggestion = suggestCommand(written, commands) ?? (flag === undefined ? undefined : `--${flag}`);
  const known = commands.some((words) => words[0] === first);
  return new UserError('usage', {
    message: `there is no command ${quoted(known ? written.slice(0, 2).join(' ') : first)}`,
    fix:
      suggestion === undefined
        ? 'see "riptides help" for the commands'
        : `did you mean "riptides ${suggestion}"? See "riptides help" for all commands`,
  });
}
