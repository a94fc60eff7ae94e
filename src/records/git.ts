// SPDX-License-Identifier: Apache-2.0
// Runs git, for its plumbing: objects and refs. Never the working tree, the index or a branch.

import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import { simpleGit } from 'simple-git';

import { isUserError } from '../errors.ts';
import { explainGit, GitError, noGit } from './git-error.ts';

export interface RunOptions {
  /** Standard input. */
  readonly input?: Uint8Array | string;
  /** Who a commit is by. */
  readonly identity?: { readonly name: string; readonly email: string };
}

/** One repository. */
export interface Git {
  /** The repository's own directory (`.git`, or a bare repository). */
  readonly directory: string;
  /** Whom git runs as, when it is not the user of this process. */
  readonly owner: Owner | undefined;
  /** Runs git and gives what it prints. @throws GitError */
  run(args: readonly string[], options?: RunOptions): Promise<string>;
  /** The same as bytes. */
  read(args: readonly string[], options?: RunOptions): Promise<Buffer>;
  /** Asks git something that it may deny: undefined when it ends with 1 and says nothing. @throws GitError for any other failure */
  ask(args: readonly string[]): Promise<string | undefined>;
}

/** The repository of a directory. */
export interface Repository extends Git {
  /** The path of the directory in the working tree; empty at its top. */
  readonly prefix: string;
  /** The name of the working tree; absent of the one that the repository was made with. */
  readonly worktree: string | undefined;
}

/**
 * Opens the repository that a directory is in; gives the reason where there is none that git reads.
 *
 * When root works on the repository of someone else, git runs as that someone: objects that root creates would lock the owner out
 * of the repository, and git rightly does not run an owner's hooks as root.
 *
 * @throws GitError `record-missing` when git is not installed
 */
export async function openRepository(directory: string): Promise<Repository | GitError> {
  try {
    const git = await gitIn(directory);
    const [prefix = '', own = '', common = '', ...rest] = (
      await git.run(['rev-parse', '--path-format=absolute', '--show-prefix', '--git-dir', '--git-common-dir'])
    ).split('\n');
    // git rev-parse ends each path with a line break, and has no other way of writing them.
    if (rest.length !== 1)
      return new GitError('git-failed', 'no-repository', '', {
        message: `the path of the repository has a line break: ${directory}`,
        fix: 'rename the directory',
      });
    return {
      // In the directory that was named: git trusts a working tree by its own path, and not by that of its .git.
      ...gitWith(directory, common, await ownerToRunAs(common)),
      prefix: prefix.replace(/\/$/, ''),
      worktree: own === common ? undefined : basename(own),
    };
  } catch (error) {
    if (error instanceof GitError && error.obstacle !== 'no-git') return error;
    throw error;
  }
}

/** Git in a directory of a working tree: what it runs sees the branch that is checked out there. */
export async function gitIn(directory: string): Promise<Git> {
  return gitWith(directory, directory, await ownerToRunAs(directory));
}

/** Creates a bare repository, or opens it when it is there. @throws GitError */
export async function openBareRepository(directory: string): Promise<Git> {
  const git = gitWith(directory, directory, undefined);
  if (!(await isDirectory(directory)))
    await gitWith('/', directory, undefined).run(['init', '--quiet', '--bare', resolve(directory)]);
  return git;
}

export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

export function isRepository(opened: Repository | GitError): opened is Repository {
  return !isUserError(opened);
}

function gitWith(cwd: string, directory: string, owner: Owner | undefined): Git {
  async function read(args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    const { code, stdout, words } = await spawnGit(cwd, owner, args, options);
    // It passes over a ref that it cannot read, as if there were none.
    if (code === 0 && !/ignoring (?:broken|dangling) ref/.test(words)) return stdout;
    throw explainGit(directory, args[0] ?? '', words);
  }
  return {
    directory,
    owner,
    read,
    run: async (args, options) => (await read(args, options)).toString(),
    async ask(args) {
      const { code, stdout, words } = await spawnGit(cwd, owner, args, {});
      if (code === 0) return stdout.toString();
      if (code === 1 && words === '') return undefined;
      throw explainGit(directory, args[0] ?? '', words);
    },
  };
}

/** The home of a user that /etc/passwd does not have. */
const NO_HOME = '/nonexistent';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

async function ownerToRunAs(path: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const { uid, gid } = await stat(path);
    return uid === 0 ? undefined : { uid, gid, home: await homeOf(uid) };
  } catch {
    return undefined;
  }
}

async function homeOf(uid: number): Promise<string> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  return lines.map((line) => line.split(':')).find((fields) => fields[2] === String(uid))?.[5] ?? NO_HOME;
}

/** How git ended. */
interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: Buffer;
  /** What it wrote to standard error. */
  readonly words: string;
}

async function spawnGit(
  cwd: string,
  owner: Owner | undefined,
  args: readonly string[],
  { input, identity }: RunOptions,
): Promise<Ended> {
  if (!(await isDirectory(cwd)))
    throw explainGit(cwd, '', 'not a git repository: there is no such directory');
  let ended: Ended | undefined;
  const git = simpleGit({
    baseDir: cwd,
    config: [`core.fsync=${DURABLE}`],
    // Not on exit: there may be output left to read then.
    completion: { onExit: false },
    // No ending is an error to it: whoever asked judges that, and needs the bytes.
    errors(error, { exitCode, stdOut, stdErr }) {
      if (exitCode === NOT_SPAWNED) return error;
      ended = {
        code: exitCode,
        // Taken away from it: it would copy them once more, and make a text of them.
        stdout: Buffer.concat(stdOut.splice(0)),
        words: Buffer.concat(stdErr).toString().trim(),
      };
      return undefined;
    },
    ...(owner === undefined ? {} : { spawnOptions: { uid: owner.uid, gid: owner.gid } }),
    ...(input === undefined ? {} : { input: () => Buffer.from(input) }),
    ...(identity === undefined ? {} : { allowEnvironment: IDENTITY }),
  });
  await git.env(environment(owner, identity)).raw([...args]);
  if (ended === undefined) throw new Error('simple-git did not say how git ended');
  // The number of a system error: there was no process.
  if (ended.code !== null && ended.code < 0) {
    if (ended.words.includes('ENOENT')) throw noGit();
    throw explainGit(cwd, '', ended.words);
  }
  return ended.code === null && ended.words === '' ? { ...ended, words: 'ended by a signal' } : ended;
}

/** The exit code that simple-git gives where it refuses to run git at all. */
const NOT_SPAWNED = 9901;

const IDENTITY = ['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL'];

/** By default git does not wait until objects that are files of their own are on the disk: a ref could then name one that is not. */
const DURABLE = 'committed';

function environment(owner: Owner | undefined, identity: RunOptions['identity']): Record<string, string> {
  const config = owner === undefined ? process.env['XDG_CONFIG_HOME'] : undefined;
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: owner?.home ?? process.env['HOME'] ?? NO_HOME,
    // Git's messages are read; names stay as they are.
    LC_ALL: 'C',
    ...(config === undefined ? {} : { XDG_CONFIG_HOME: config }),
    ...(identity === undefined
      ? {}
      : {
          GIT_AUTHOR_NAME: identity.name,
          GIT_AUTHOR_EMAIL: identity.email,
          GIT_COMMITTER_NAME: identity.name,
          GIT_COMMITTER_EMAIL: identity.email,
        }),
  };
}
