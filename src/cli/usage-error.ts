// SPDX-License-Identifier: Apache-2.0
// What oclif's parser refuses, in our words: what is wrong, and the nearest that would be right. Unknown flags and missing or surplus
// arguments are data of its errors. The rest is in their messages only, whose wording is pinned with its version; each has a test.

import { stripVTControlCharacters } from 'node:util';
import { Errors } from '@oclif/core';
import { suggestName } from '../diagnostics/suggest.ts';
import { quoted, visible } from '../terminal/visible.ts';

/** What a command knows, to suggest from. */
export interface CommandShape {
  /** As it is typed: `riptides module build`. */
  readonly usage: string;
  /** The long names of its flags, and their other names. */
  readonly flags: readonly string[];
}

export interface UsageText {
  readonly message: string;
  readonly fix: string;
}

type Rule = readonly [
  pattern: RegExp,
  describe: (match: readonly string[], shape: CommandShape) => UsageText,
];

const RULES: readonly Rule[] = [
  [
    /^Expected --([\w-]+)=(.*) to be one of: (.*)/s,
    ([flag = '', value = '', options = ''], shape) => {
      const known = optionsOf(options);
      const near = suggestName(value, known);
      if (value.toLowerCase() === 'json')
        return { message: `--${flag} does not take json`, fix: 'write --json instead' };
      return {
        message: `--${flag} takes ${known.join(', ')}; not ${quoted(value)}`,
        fix: near === undefined ? seeHelp(shape) : `did you mean --${flag} ${near}?`,
      };
    },
  ],
  [
    /^Expected (.*) to be one of: (.*)/s,
    ([value = '', options = ''], shape) => {
      const known = optionsOf(options);
      const near = suggestName(value, known);
      return {
        message: `${quoted(value)} is none of ${known.join(', ')}`,
        fix: near === undefined ? seeHelp(shape) : `did you mean ${near}?`,
      };
    },
  ],
  [
    /^Flag --([\w-]+) expects a value/,
    ([flag = ''], shape) => ({ message: `--${flag} needs a value`, fix: seeHelp(shape) }),
  ],
  [
    /^Flag --([\w-]+) expects one of these values: (.*)/,
    ([flag = '', options = '']) => ({
      message: `--${flag} needs a value`,
      fix: `give it one of ${options}`,
    }),
  ],
  [
    /^Flag --([\w-]+) can only be specified once/,
    ([flag = '']) => ({ message: `--${flag} is there twice`, fix: `give --${flag} once` }),
  ],
  [
    /^Parsing --([\w-]+) \n\tExpected an? (.*) but received: (.*?)(?:\n|$)/,
    ([flag = '', wanted = '', value = ''], shape) => ({
      message: `--${flag} takes ${wanted === 'integer' ? 'a whole number' : `a whole number ${wanted.replace(/^integer /, '')}`}; not ${quoted(value)}`,
      fix: seeHelp(shape),
    }),
  ],
  [
    /^The following errors? occurred:\s+(.*?)\nSee more help/s,
    ([reasons = ''], shape) => ({
      message: reasons
        .split('\n')
        .map((reason) => reasonWords(reason.trim()))
        .join('; '),
      fix: seeHelp(shape),
    }),
  ],
];

/** The words for an error of the parser; undefined when it is none of them. */
export function describeUsage(error: unknown, shape: CommandShape): UsageText | undefined {
  if (!(error instanceof Errors.CLIError)) return undefined;
  const typed = describeTyped(error, shape);
  if (typed !== undefined) return typed;
  const text = stripVTControlCharacters(error.message);
  for (const [pattern, describe] of RULES) {
    const match = pattern.exec(text);
    if (match !== null) return describe(match.slice(1), shape);
  }
  return 'parse' in error ? { message: visible(text.split('\n')[0] ?? ''), fix: seeHelp(shape) } : undefined;
}

/** Errors that carry what they are about: flags that do not exist, arguments that are missing, or texts that are too many. */
function describeTyped(error: Error, shape: CommandShape): UsageText | undefined {
  const [flag]: readonly unknown[] = 'flags' in error && Array.isArray(error.flags) ? error.flags : [];
  if (typeof flag === 'string') return unknownFlag(flag.replace(/=.*/s, ''), shape);
  const args: readonly unknown[] = 'args' in error && Array.isArray(error.args) ? error.args : [];
  const [first] = args;
  if (typeof first === 'string') {
    return {
      message: `unexpected argument ${quoted(first)}`,
      fix: `leave it out, or quote a name that has spaces; ${seeHelp(shape)}`,
    };
  }
  const names = args.flatMap((arg) => (isNamed(arg) ? [arg.name.toUpperCase()] : []));
  return names.length === 0
    ? undefined
    : { message: `${names.join(' and ')} is missing`, fix: seeHelp(shape) };
}

function isNamed(arg: unknown): arg is { readonly name: string } {
  return typeof arg === 'object' && arg !== null && 'name' in arg && typeof arg.name === 'string';
}

/** Flags of other programs: the flags that are meant here, of which a command may have one, and what to do where it has none. */
const ELSEWHERE: readonly (readonly [
  written: readonly string[],
  meant: readonly string[],
  otherwise?: string,
])[] = [
  [
    ['--dry-run', '-n', '--noop', '--what-if'],
    ['check', 'diff'],
    '"riptides plan" shows what apply would change',
  ],
  [['-m', '--message', '--reason'], ['why']],
  [['-v', '-V'], [], '"riptides --version" prints the version'],
  [['--verbose', '--debug'], [], 'RIPTIDES_DEBUG=1 prints the stack trace of an internal error'],
  [
    ['--format', '--output-format', '-j'],
    ['format', 'json'],
  ],
  [['-f', '--force'], ['yes']],
  [
    ['-f', '--file', '--filename', '--policy', '--dir', '--directory'],
    [],
    'name the directory or file as an argument',
  ],
  [
    ['--color', '--colour', '--no-color', '--no-colour'],
    [],
    'NO_COLOR=1 turns colours off, FORCE_COLOR=1 on',
  ],
  [['--embedded', '--kernel', '-t'], ['target']],
  [['--filter', '-k'], ['run']],
  [['--reverse', '--undo'], [], 'go back with "riptides rollback"'],
];

function unknownFlag(flag: string, shape: CommandShape): UsageText {
  const message = `${shape.usage} has no flag ${quoted(flag)}`;
  const rows = ELSEWHERE.filter(([written]) => written.includes(flag));
  const meant =
    suggestName(flag.replace(/^-+/, ''), shape.flags) ??
    rows.flatMap(([, flags]) => flags).find((name) => shape.flags.includes(name));
  if (meant !== undefined) return { message, fix: `did you mean --${meant}? ${capital(seeHelp(shape))}` };
  const otherwise = rows.find(([, , text]) => text !== undefined)?.[2];
  return { message, fix: otherwise === undefined ? seeHelp(shape) : `${otherwise}; ${seeHelp(shape)}` };
}

function reasonWords(reason: string): string {
  return visible(reason)
    .replace(/^All of the following must be provided when using (--[\w-]+): /, '$1 needs ')
    .replace(/^One of the following must be provided when using (--[\w-]+): /, '$1 needs one of ')
    .replace(
      /^(--[\w-]+)(?:=.*)? cannot also be provided when using (--[\w-]+)$/,
      '$2 and $1 exclude each other',
    )
    .replace(/^Only the following can be provided when using (--[\w-]+): /, '$1 goes only with ')
    .replace(/^Exactly one of the following must be provided: /, 'give exactly one of ')
    .replace(/^At least one of the following must be provided: /, 'give at least one of ')
    .replace(/^Missing required flag /, 'there is no --');
}

function optionsOf(text: string): readonly string[] {
  return (text.split('\n')[0] ?? '').split(', ');
}

function seeHelp(shape: CommandShape): string {
  return `see "${shape.usage} --help"`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
