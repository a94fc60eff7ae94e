// SPDX-License-Identifier: Apache-2.0
// Completion for zsh: one function for each command, which tells _arguments its flags and arguments.

import {
  allCommands,
  type ArgumentEntry,
  type CommandEntry,
  type Completes,
  type FlagEntry,
  type Reference,
} from '../reference/types.ts';
import { functionName, levels, pathOf, quote, spellings, type Level } from './words.ts';

/** The script, to be autoloaded as `_riptides` or to be sourced. */
export function zshScript(reference: Reference): string {
  const { bin } = reference;
  const inner = levels(reference);
  const taken = new Set(inner.map(({ words }) => pathOf(words)));
  const leaves = allCommands(reference).filter(({ words }) => !taken.has(pathOf(words)));
  const functions = [
    ...inner.map((level) => levelFunction(reference, level)),
    ...leaves.map((command) => commandFunction(bin, command)),
  ];
  return `#compdef ${bin}
# zsh completion for ${bin}, written by "${bin} completion zsh".

${functions.join('\n')}
if [[ $funcstack[1] == _${bin} ]]; then
  _${bin} "$@"
else
  compdef _${bin} ${bin}
fi
`;
}

/** The function of words that others may follow: offers the next word, then leaves the rest to its function. */
function levelFunction(reference: Reference, { words, next }: Level): string {
  const { bin } = reference;
  const command = allCommands(reference).find((entry) => pathOf(entry.words) === pathOf(words));
  const flags = command?.flags.map(flagSpec) ?? [
    "'(- *)'{-h,--help}'[show help]'",
    ...(words.length === 0 ? [quote(`(- *)--version[which ${bin} this is]`)] : []),
  ];
  const known = new Set(
    [...allCommands(reference), ...levels(reference)].map((entry) => functionName(bin, entry.words)),
  );
  const branches = next
    .map(({ word }) => ({ word, name: functionName(bin, [...words, word]) }))
    .filter(({ name }) => known.has(name))
    .map(({ word, name }) => `      ${word}) ${name} ;;`);
  return `${functionName(bin, words)}() {
  local curcontext=$curcontext state line ret=1
  typeset -A opt_args
  local -a commands
  commands=(
${next.map(({ word, summary }) => `    ${quote(`${word}:${summary}`)}`).join('\n')}
  )
  _arguments -C -S \\
${flags.map((flag) => `    ${flag} \\`).join('\n')}
    '1: :{_describe -t commands command commands}' \\
    '*:: :->rest' && ret=0
  if [[ $state == rest ]]; then
    curcontext="\${curcontext%:*:*}:${[bin, ...words].join('-')}-$words[1]:"
    case $words[1] in
${branches.join('\n')}
    esac && ret=0
  fi
  return ret
}
`;
}

function commandFunction(bin: string, command: CommandEntry): string {
  const specs = [...command.flags.map(flagSpec), ...command.args.map(argumentSpec)];
  return `${functionName(bin, command.words)}() {
  _arguments -s -S \\
${specs.map((spec) => `    ${spec}`).join(' \\\n')}
}
`;
}

/** `'(-o --output)'{-o+,--output=}'[file to write]:FILE:_files'` */
function flagSpec(flag: FlagEntry): string {
  const long = flag.value === undefined ? `--${flag.name}` : `--${flag.name}=`;
  const value = flag.value === undefined ? '' : `:${escapePart(flag.value)}:${action(flag.completes)}`;
  const text = `[${flag.description.replaceAll(/[\\\]]/g, '\\$&')}]${value}`;
  const before = flag.multiple ? '*' : exclusions(flag);
  if (flag.char === undefined) return quote(`${before}${long}${text}`);
  const short = flag.value === undefined ? `-${flag.char}` : `-${flag.char}+`;
  return `${before === '' ? '' : quote(before)}{${short},${long}}${quote(text)}`;
}

/** What is not offered any more once the flag is there: its other spellings; after --help nothing is. */
function exclusions(flag: FlagEntry): string {
  if (flag.name === 'help') return '(- *)';
  const all = spellings(flag);
  return all.length === 1 ? '' : `(${all.join(' ')})`;
}

function argumentSpec(arg: ArgumentEntry, i: number): string {
  const position = arg.multiple ? '*' : `${i + 1}${arg.required ? '' : ':'}`;
  return quote(`${position}:${escapePart(arg.name)}:${action(arg.completes)}`);
}

function action(completes: Completes): string {
  switch (completes.kind) {
    case 'nothing':
    case 'command':
    case 'names':
      return ' ';
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'values': {
      const values = completes.values.map((value) => value.replaceAll(/[\\ ():]/g, '\\$&')).join(' ');
      return completes.directories ? `{compadd -- ${values}; _files -/}` : `(${values})`;
    }
  }
}

/** A part of a specification ends at a colon. */
function escapePart(text: string): string {
  return text.replaceAll(/[\\:]/g, '\\$&');
}
