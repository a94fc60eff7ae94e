// SPDX-License-Identifier: Apache-2.0
// Completion for bash, 3.2 (the one of macOS) and newer; it needs nothing of the package bash-completion.

import { allCommands, type Completes, type Reference } from '../reference/types.ts';
import { levels, pathOf, paths, quote, spellings, waitingFlags } from './words.ts';

/** The script that `complete -F` needs, and the call of it. */
export function bashScript(reference: Reference): string {
  const { bin } = reference;
  const commands = allCommands(reference);
  const flags = commands.map(({ words, flags: own }) =>
    branch([pathOf(words)], `flags=${quote(own.map((flag) => `--${flag.name}`).join(' '))}`, '  '),
  );
  const values = commands.flatMap(({ words, flags: own }) =>
    own
      .filter((flag) => flag.completes.kind !== 'nothing')
      .map((flag) =>
        branch(
          spellings(flag).map((spelling) => `${pathOf(words)} ${spelling}`),
          offer(bin, flag.completes),
        ),
      ),
  );
  const args = commands.flatMap(({ words, args: own }) =>
    own.flatMap((arg, i) => {
      if (arg.completes.kind === 'command') return [];
      return arg.multiple
        ? `    ${quote(`${pathOf(words)} `)}*) ${offer(bin, arg.completes)} ;;`
        : branch([`${pathOf(words)} ${i}`], offer(bin, arg.completes));
    }),
  );
  const next = levels(reference).map((level) =>
    branch(
      [`${pathOf(level.words)} 0`],
      `_${bin}_offer ${quote(level.next.map(({ word }) => word).join(' '))}`,
    ),
  );
  return `# bash completion for ${bin}, written by "${bin} completion bash".

_${bin}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' waiting='' flags='--help --version' given=0 rest=0 i word
  COMPREPLY=()

  # Which command is it, how many arguments has it been given, and does a flag wait for its value?
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then
      continue # of --flag=value, which bash makes three words of
    elif [[ -z \${word//:/} ]]; then
      ((i += 1)) # of 10.0.0.1:443
    elif [[ -n $waiting ]]; then
      waiting=''
    elif ((rest)); then
      ((given += 1))
    elif [[ $word == -- ]]; then
      rest=1
    elif [[ $word == -* ]]; then
      case "$command $word" in
${branch(waitingFlags(reference), 'waiting=$word', '      ')}
      esac
    else
      case "$command $word" in
${branch(paths(reference), 'command="$command $word"', '      ')}
      *) ((given += 1)) ;;
      esac
    fi
  done

  if [[ -n $waiting ]]; then
    [[ $cur == '=' ]] && cur=''
    case "$command $waiting" in
${values.join('\n')}
    esac
    return 0
  fi

  case $command in
${flags.join('\n')}
  esac
  if [[ $cur == -* ]] && ! ((rest)); then
    _${bin}_offer "$flags"
  else
    case "$command $given" in
${[...next, ...args].join('\n')}
    *) ((rest)) || _${bin}_offer "$flags" ;;
    esac
  fi
  return 0
}

_${bin}_offer() {
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_${bin}_paths() {
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$cur")
}

complete -F _${bin} ${bin}
`;
}

/** A branch of a case: `'a' | 'b') body ;;`. */
function branch(patterns: readonly string[], body: string, indent = '    '): string {
  const separator = patterns.length > 3 ? ` | \\\n${indent}  ` : ' | ';
  return `${indent}${patterns.map(quote).join(separator)}) ${body} ;;`;
}

function offer(bin: string, completes: Completes): string {
  switch (completes.kind) {
    case 'nothing':
    case 'command':
    case 'names':
      return ':';
    case 'file':
      return `_${bin}_paths -f`;
    case 'directory':
      return `_${bin}_paths -d`;
    case 'values':
      return `_${bin}_offer ${quote(completes.values.join(' '))}${completes.directories ? `; _${bin}_paths -d` : ''}`;
  }
}
