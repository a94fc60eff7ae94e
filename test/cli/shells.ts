// SPDX-License-Identifier: Apache-2.0
// Real shells, asked what they would offer. zsh and fish are those of the machine, or those that
// `scripts/setup.sh shells` puts into the cache.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export const SHELL_NAMES = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof SHELL_NAMES)[number];

export interface Shell {
  /** What it would offer where the line ends; directories without their slash. */
  complete(line: string, script: string, cwd: string): Promise<readonly string[]>;
}

interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** The root that it was unpacked in; undefined for one that is installed. */
  readonly root?: string;
}

const CACHE =
  process.env['RIPTIDES_CACHE'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'riptides');
const DEADLINE_MS = 20_000;

/** A program of this machine, or of the cache; undefined when neither has it. */
export function findProgram(name: string): Program | undefined {
  const env = { PATH: process.env['PATH'] ?? '', HOME: homedir(), LC_ALL: 'C.UTF-8', TERM: 'xterm' };
  for (const directory of env.PATH.split(delimiter))
    if (existsSync(join(directory, name))) return { path: join(directory, name), env };
  const root = join(CACHE, 'shells');
  const path = [join(root, 'bin', name), join(root, 'usr/bin', name)].find((candidate) =>
    existsSync(candidate),
  );
  const libraries = globSync('usr/lib/*-linux-*', { cwd: root }).map((directory) => join(root, directory));
  return path === undefined
    ? undefined
    : { path, root, env: { ...env, LD_LIBRARY_PATH: libraries.join(':') } };
}

/** A shell to ask; undefined when there is none. */
export function findShell(name: ShellName): Shell | undefined {
  const program = findProgram(name);
  if (program === undefined) return undefined;
  switch (name) {
    case 'bash':
      return { complete: async (...ask) => completeBash(program, ...ask) };
    case 'zsh':
      return { complete: (...ask) => completeZsh(program, ...ask) };
    case 'fish':
      return { complete: async (...ask) => completeFish(program, ...ask) };
  }
}

/** Calls the function that `complete` knows, with the words as readline makes them. */
function completeBash(program: Program, line: string, script: string, cwd: string): readonly string[] {
  const words = line
    .split(' ')
    .flatMap((word) => word.split(/(=|:+)/).filter((part, i) => part !== '' || i === 0));
  const ask = `
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
declared=$(complete -p riptides)
[[ $declared =~ -F\\ ([^ ]+) ]] && "\${BASH_REMATCH[1]}"
((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"
`;
  // compopt works only where readline is; that it says so is no failure.
  return lines(run(program, ['--norc', '--noprofile', '-c', ask, 'bash', script, ...words], cwd));
}

function completeFish(program: Program, line: string, script: string, cwd: string): readonly string[] {
  const home = mkdtempSync(join(tmpdir(), 'riptides-fish-'));
  try {
    const ask = 'source $argv[1]; complete -C $argv[2]';
    const env = { ...program.env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
    const offered = lines(run({ ...program, env }, ['--no-config', '-c', ask, script, line], cwd));
    return offered.map((candidate) =>
      (candidate.split('\t')[0] ?? '').replace(/^--[\w-]+=/, '').replace(/\/$/, ''),
    );
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Types the line and Tab into an interactive zsh, in which compadd also writes down what it adds. */
async function completeZsh(
  program: Program,
  line: string,
  script: string,
  cwd: string,
): Promise<readonly string[]> {
  const home = mkdtempSync(join(tmpdir(), 'riptides-zsh-'));
  const hits = join(home, 'hits');
  const { root } = program;
  const places =
    root === undefined
      ? ''
      : `module_path=(${globSync('usr/lib/*/zsh/5*', { cwd: root })
          .map((path) => join(root, path))
          .join(' ')})
fpath=(${root}/usr/share/zsh/functions/**/*(N/) ${root}/usr/share/zsh/functions)
`;
  // What is read before anything else tells an unpacked zsh where its modules are: the line editor is one of them.
  writeFileSync(join(home, '.zshenv'), `unsetopt global_rcs\nsetopt extended_glob\n${places}`);
  writeFileSync(
    join(home, '.zshrc'),
    `autoload -Uz compinit && compinit -u -d ${join(home, 'dump')}
source ${script}
compadd() {
  if [[ \${@[1,(i)(-|--)]} != *-(O|A|D)\\ * ]]; then
    local -a found
    builtin compadd -A found "$@"
    print -rl -- $found >> ${hits}
  fi
  builtin compadd "$@"
}
zstyle ':completion:*' list-prompt ''
LISTMAX=10000
PROMPT='READY>'
bindkey '^X^E' leave
zle -N leave
leave() { exit 0 }
`,
  );
  try {
    const env = { ...program.env, ZDOTDIR: home, HOME: home };
    await type(`${program.path} -i`, { env, cwd }, 'READY>', `${line}\t\u0018\u0005`);
    return existsSync(hits) ? lines(readFileSync(hits, 'utf8').replaceAll('\\', '')) : [];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * Runs a command on a terminal that script(1) makes, types keys when it has printed something, and waits for its end.
 * @returns what it printed
 */
export function type(
  command: string,
  where: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
  prompt: string,
  keys: string,
): Promise<string> {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    ...where,
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: DEADLINE_MS,
  });
  let stdout = '';
  let typed = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    if (typed || !stdout.includes(prompt)) return;
    typed = true;
    child.stdin.write(keys);
  });
  return new Promise((resolve) => child.once('close', () => resolve(stdout)));
}

function run(program: Program, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program.path, args, {
    cwd,
    env: program.env,
    encoding: 'utf8',
    timeout: DEADLINE_MS,
  });
  if (status !== 0 || stderr !== '')
    throw new Error(`${program.path} ended with ${String(status)}: ${stderr}`);
  return stdout;
}

function lines(text: string): readonly string[] {
  return [...new Set(text.split('\n').filter((line) => line !== ''))].toSorted();
}
