// SPDX-License-Identifier: Apache-2.0
// What oclif's parser refuses, in our words: what is wrong, and the nearest that would be right. The parser says most
// of it in its messages only; their wording is pinned with its version, and each has a test.

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
  describe: (match: readonly string[], shape: CommandShape, error: Error) => UsageText,
];

const RULES: readonly Rule[] = [
  [/^Nonexistent flags?: ([^\s,=]+)/, ([flag = ''], shape) => unknownFlag(flag, shape)],
  [
    /^Expected --([\w-]+)=(.*) to be one of: (.*)/s,
    ([flag = '', value = '', options = ''], shape) => {
      const known = optionsOf(options);
      const near = suggestName(value, known);
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
    /^Missing \d+ required args?/,
    (_match, shape, error) => ({
      message: `${missingArguments(error).join(' and ')} is missing`,
      fix: seeHelp(shape),
    }),
  ],
  [
    /^Unexpected arguments?: (.*)/,
    ([written = ''], shape) => ({
      message: `${quoted(written)} is one argument too many`,
      fix: `leave it out, or quote a name that has spaces; ${seeHelp(shape)}`,
    }),
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
  const text = stripVTControlCharacters(error.message);
  for (const [pattern, describe] of RULES) {
    const match = pattern.exec(text);
    if (match !== null) return describe(match.slice(1), shape, error);
  }
  return 'parse' in error ? { message: visible(text.split('\n')[0] ?? ''), fix: seeHelp(shape) } : undefined;
}

function unknownFlag(flag: string, shape: CommandShape): UsageText {
  const near = suggestName(flag.replace(/^-+/, ''), shape.flags);
  return {
    message: `${shape.usage} has no flag ${quoted(flag)}`,
    fix: near === undefined ? seeHelp(shape) : `did you mean --${near}? ${capital(seeHelp(shape))}`,
  };
}

function missingArguments(error: Error): readonly string[] {
  const args: unknown = 'args' in error ? error.args : [];
  return Array.isArray(args)
    ? args.map((arg: { readonly name: string }) => arg.name.toUpperCase())
    : ['an argument'];
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
