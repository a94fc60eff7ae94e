// SPDX-License-Identifier: Apache-2.0
// How the parts of a command are written, the same in help, manual pages and docs.

import type { ArgumentEntry, CommandEntry, FlagEntry } from './types.ts';

/** `riptides plan [DIRECTORY] [FLAGS]`: what is required stands without brackets. */
export function usageOf(command: CommandEntry, bin: string): string {
  const required = command.flags.filter((flag) => flag.required).map((flag) => longFlag(flag));
  return [bin, ...command.words, ...required, ...command.args.map(argumentUsage), '[FLAGS]'].join(' ');
}

/** `[DIRECTORY]`, `FILE...` */
export function argumentUsage(arg: ArgumentEntry): string {
  const name = arg.multiple ? `${arg.name}...` : arg.name;
  return arg.required ? name : `[${name}]`;
}

/** `--output FILE`; `--label NAME...` may be given more than once. */
export function longFlag(flag: FlagEntry): string {
  return flag.value === undefined
    ? `--${flag.name}`
    : `--${flag.name} ${flag.value}${flag.multiple ? '...' : ''}`;
}

/** `-o, --output FILE` */
export function flagUsage(flag: FlagEntry): string {
  return flag.char === undefined ? longFlag(flag) : `-${flag.char}, ${longFlag(flag)}`;
}

/** What there is to know of a value besides its description: `one of kernel, embedded`, `default: kernel`. */
export function notesOf(entry: ArgumentEntry | FlagEntry): readonly string[] {
  const notes: string[] = [];
  if (entry.options.length > 0) notes.push(`one of ${entry.options.join(', ')}`);
  if (entry.default !== undefined) notes.push(`default: ${entry.default}`);
  if ('env' in entry) {
    if (entry.env !== undefined) notes.push(`environment: ${entry.env}`);
    if (entry.aliases.length > 0) notes.push(`also ${entry.aliases.map((alias) => `--${alias}`).join(', ')}`);
  }
  return notes;
}

/** A description with its notes: `where it goes (one of a, b; default: a)`. */
export function described(entry: ArgumentEntry | FlagEntry): string {
  const notes = notesOf(entry);
  return notes.length === 0 ? entry.description : `${entry.description} (${notes.join('; ')})`;
}

/** `build the module` as `Build the module.` */
export function sentence(words: string): string {
  if (words === '') return '';
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
}
