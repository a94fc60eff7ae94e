// SPDX-License-Identifier: Apache-2.0
// Completion for fish 3.0 and newer.

import { allCommands, type Completes, type Reference } from '../reference/types.ts';
import { levels, pathOf, paths, waitingFlags } from './words.ts';

const DIRECTORIES = '(__fish_complete_directories (commandline -ct))';

/** The script, a list of `complete` with the condition under which each holds. */
export function fishScript(reference: Reference): string {
  const { bin } = reference;
  const at = (path: string, given?: number) =>
    `-n ${quoteFish(`__${bin}_at ${quoteFish(path)}${given === undefined ? '' : ` ${given}`}`)}`;
  const lines: string[] = [];
  const add = (...parts: readonly string[]) =>
    lines.push(['complete', '-c', bin, ...parts.filter((part) => part !== '')].join(' '));

  add('-f');
  add(at(''), '-s h', '-l help', `-d ${quoteFish('show help')}`);
  add(at(''), '-l version', `-d ${quoteFish('which riptides this is')}`);
  for (const level of levels(reference))
    for (const { word, summary } of level.next)
      add(at(pathOf(level.words), 0), `-a ${word}`, `-d ${quoteFish(summary)}`);
  for (const { words, args, flags } of allCommands(reference)) {
    const path = pathOf(words);
    args.forEach((arg, i) => {
      const offered = argumentOf(arg.completes);
      if (offered !== '') add(at(path, arg.multiple ? undefined : i), offered, `-d ${quoteFish(arg.name)}`);
    });
    for (const flag of flags)
      add(
        at(path),
        flag.char === undefined ? '' : `-s ${flag.char}`,
        `-l ${flag.name}`,
        flag.value === undefined ? '' : valueOf(flag.completes),
        `-d ${quoteFish(flag.description)}`,
      );
  }

  return `# fish completion for ${bin}, written by "${bin} completion fish".

# Whether the words before the cursor make this command, with so many arguments behind it.
function __${bin}_at --argument-names wanted arguments
    set -l command ''
    set -l given 0
    set -l waiting 0
    set -l rest 0
    for word in (commandline -opc)[2..-1]
        if test $waiting = 1
            set waiting 0
        else if test $rest = 1
            set given (math $given + 1)
        else if test "$word" = --
            set rest 1
        else if string match -q -- '-*' $word
            switch "$command $word"
                case ${waitingFlags(reference).map(quoteFish).join(' ')}
                    set waiting 1
            end
        else
            switch "$command $word"
                case ${paths(reference).map(quoteFish).join(' ')}
                    set command "$command $word"
                case '*'
                    set given (math $given + 1)
            end
        end
    end
    test "$command" = "$wanted"; and test -z "$arguments" -o "$given" = "$arguments"
end

${lines.join('\n')}
`;
}

function argumentOf(completes: Completes): string {
  switch (completes.kind) {
    case 'nothing':
    case 'command':
    case 'names':
      return '';
    case 'file':
      return '-F';
    case 'directory':
      return `-a ${quoteFish(DIRECTORIES)}`;
    case 'values':
      return `-a ${quoteFish([...completes.values, ...(completes.directories ? [DIRECTORIES] : [])].join(' '))}`;
  }
}

function valueOf(completes: Completes): string {
  switch (completes.kind) {
    case 'nothing':
    case 'command':
    case 'names':
      return '-x';
    case 'file':
      return '-r -F';
    case 'directory':
      return `-x -a ${quoteFish(DIRECTORIES)}`;
    case 'values':
      return `-x -a ${quoteFish(completes.values.join(' '))}`;
  }
}

/** In single quotes, where fish knows two escapes. */
function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
