// SPDX-License-Identifier: Apache-2.0
// Reads the reference out of oclif's own table of commands, which knows whatever src/commands holds.

import type { Command, Interfaces } from '@oclif/core';
import { GROUPS, OTHER_GROUP } from './surroundings.ts';
import { sentence } from './words.ts';
import type {
  ArgumentEntry,
  CommandEntry,
  Completes,
  ExampleEntry,
  FlagEntry,
  GroupEntry,
  Reference,
  TopicEntry,
} from './types.ts';

/** The part of oclif's configuration that the reference is read from. */
export type CommandTable = Pick<Interfaces.Config, 'bin' | 'version' | 'pjson' | 'topics'> & {
  readonly commands: readonly Command.Cached[];
};

/** How values are called that are paths. Commands call them so, and their shells complete them. */
const FILES: ReadonlySet<string> = new Set(['bundle', 'file', 'files', 'path', 'paths', 'plan', 'policy']);
const DIRECTORIES: ReadonlySet<string> = new Set(['dir', 'directories', 'directory']);

const HELP_FLAG: FlagEntry = {
  name: 'help',
  char: 'h',
  aliases: [],
  description: 'show this',
  value: undefined,
  required: false,
  multiple: false,
  default: undefined,
  options: [],
  env: undefined,
  completes: { kind: 'nothing' },
};

/** The reference of all commands that are not hidden. */
export function readReference(table: CommandTable): Reference {
  const visible = table.commands.filter((command) => !command.hidden);
  const entries = visible
    .map((command) => readCommand(command, table.bin))
    .toSorted((a, b) => compare(a.words.join(' '), b.words.join(' ')));
  return {
    bin: table.bin,
    version: table.version,
    description: table.pjson.description ?? '',
    groups: groupCommands(entries),
    topics: readTopics(table, entries),
  };
}

/** The groups in their order; within a group the order of GROUPS, within a topic that of the alphabet. */
function groupCommands(entries: readonly CommandEntry[]): readonly GroupEntry[] {
  const left = new Set(entries);
  const take = (first: string) => entries.filter((entry) => entry.words[0] === first && left.delete(entry));
  const groups = GROUPS.map(({ title, commands }) => ({ title, commands: commands.flatMap(take) }));
  return [...groups, { title: OTHER_GROUP, commands: [...left] }].filter(
    ({ commands }) => commands.length > 0,
  );
}

function readTopics(table: CommandTable, entries: readonly CommandEntry[]): readonly TopicEntry[] {
  const names = new Set(
    entries.flatMap(({ words }) => words.slice(1).map((_, i) => words.slice(0, i + 1).join(' '))),
  );
  return [...names].toSorted(compare).map((name) => ({
    name,
    summary: sentence(
      table.topics.find((topic) => topic.name.replaceAll(':', ' ') === name)?.description ?? '',
    ),
  }));
}

function readCommand(command: Command.Cached, bin: string): CommandEntry {
  const words = command.id.split(':');
  const render = (text: string) =>
    text.replaceAll('<%= config.bin %>', bin).replaceAll('<%= command.id %>', words.join(' '));
  const flags = Object.values(command.flags).filter((flag) => flag.hidden !== true);
  const common = (flag: Command.Flag.Cached) => flag.helpGroup === 'GLOBAL';
  return {
    words,
    summary: render(command.summary ?? ''),
    description: render(command.description ?? ''),
    examples: (command.examples ?? []).map((example) => readExample(example, render)),
    args: Object.values(command.args)
      .filter((arg) => arg.hidden !== true)
      .map(readArgument),
    flags: [
      ...flags.filter((flag) => !common(flag)).map(readFlag),
      ...flags.filter(common).map(readFlag),
      HELP_FLAG,
    ],
  };
}

function readExample(example: Command.Example, render: (text: string) => string): ExampleEntry {
  return typeof example === 'string'
    ? { description: '', command: render(example) }
    : { description: render(example.description), command: render(example.command) };
}

function readArgument(arg: Command.Arg.Cached): ArgumentEntry {
  const options = arg.options ?? [];
  return {
    name: arg.name.toUpperCase(),
    description: arg.description ?? '',
    required: arg.required === true,
    multiple: arg.multiple === true,
    default: defaultOf(arg.default),
    options,
    completes: completesOf(arg.name, options),
  };
}

function readFlag(flag: Command.Flag.Cached): FlagEntry {
  const options = flag.type === 'option' ? (flag.options ?? []) : [];
  const value = flag.type === 'option' ? (flag.helpValue ?? flag.name.toUpperCase()) : undefined;
  return {
    name: flag.name,
    char: flag.char,
    aliases: (flag.aliases ?? []).toSorted(compare),
    description: flag.name === 'json' ? 'print the result as JSON' : (flag.summary ?? flag.description ?? ''),
    value: Array.isArray(value) ? value.join(' ') : value,
    required: flag.required === true,
    multiple: flag.type === 'option' && flag.multiple === true,
    default: flag.type === 'option' ? defaultOf(flag.default) : undefined,
    options,
    env: flag.env,
    completes:
      flag.type === 'option'
        ? completesOf(typeof flag.helpValue === 'string' ? flag.helpValue : flag.name, options)
        : { kind: 'nothing' },
  };
}

function completesOf(name: string, values: readonly string[]): Completes {
  if (values.length > 0) return { kind: 'values', values };
  const lower = name.toLowerCase();
  if (lower === 'command') return { kind: 'command' };
  if (lower === 'kind' || lower === 'code' || lower === 'subject') return { kind: 'names', of: lower };
  if (FILES.has(lower)) return { kind: 'file' };
  return DIRECTORIES.has(lower) ? { kind: 'directory' } : { kind: 'nothing' };
}

function defaultOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** By code units, so that the order does not depend on the language of the machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
