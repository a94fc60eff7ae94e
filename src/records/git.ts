// SPDX-License-Identifier: Apache-2.0
// Git, by its plumbing: objects and refs. Never the working tree, the index or a branch.

import { readFile, stat } from 'node:fs/promises';

import { messageOf, systemCode, UserError } from '../errors.ts';

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
  /** Runs git in it and gives what it prints. Throws git's own words when it fails. */
  run(args: readonly string[], options?: RunOptions): Promise<string>;
  /** The bytes of an object, or of `<commit>:<path>`. */
  readBlob(object: string): Promise<Uint8Array>;
}

/** Why a directory has no repository to keep records in. */
export interface NoRepository {
  /** Whether there is one, and git does not read it. */
  readonly exists: boolean;
  readonly why: string;
  readonly fix: string;
}

/**
 * Opens the repository that a directory is in.
 *
 * When root works on the repository of someone else, git runs as that someone: objects that root creates would lock the owner out
 * of the repository, and git rightly does not run an owner's hooks as root.
 *
 * @throws UserError `record-missing` when there is no git on this machine
 */
export async function openRepository(directory: string): Promise<Git | NoRepository> {
  const user = await ownerToRunAs(directory);
  const look = (runAs: Owner | undefined) =>
    runGit(directory, runAs, ['rev-parse', '--path-format=absolute', '--git-common-dir']);
  try {
    const gitDirectory = (await look(user)).trim();
    return gitWith(gitDirectory, await ownerToRunAs(gitDirectory));
  } catch (error) {
    const words = messageOf(error);
    if (words.includes('not a git repository'))
      return {
        exists: false,
        why: `${directory} is in no git repository`,
        fix: 'git init, then git add and git commit the policy',
      };
    if (words.includes('dubious ownership'))
      return {
        exists: true,
        why: `git does not trust the repository of ${directory}: it belongs to another user`,
        fix: `run riptides as its owner, or tell git to trust it: git config --global --add safe.directory ${directory}`,
      };
    if (isNoGit(error)) throw noGit(error);
    return {
      exists: true,
      why: `git cannot read the repository of ${directory}: ${words}`,
      fix: 'git status there says more',
    };
  }
}

/** Makes a bare repository, or opens it when it is there. Throws git's words when that is impossible. */
export async function openBareRepository(directory: string): Promise<Git> {
  const git = gitWith(directory, undefined);
  if (!(await isDirectory(directory)))
    await runGit(undefined, undefined, ['init', '--quiet', '--bare', directory]);
  return git;
}

export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function gitWith(directory: string, owner: Owner | undefined): Git {
  return {
    directory,
    owner,
    run: (args, options) => runGit(directory, owner, args, options),
    async readBlob(object) {
      const git = await simpleGitFor(directory, owner, {});
      return new Uint8Array(await git.binaryCatFile(['blob', object]));
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

async function runGit(
  directory: string | undefined,
  owner: Owner | undefined,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const git = await simpleGitFor(directory, owner, options);
  return git.raw([...args]);
}

const IDENTITY = ['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL'];

async function simpleGitFor(directory: string | undefined, owner: Owner | undefined, options: RunOptions) {
  const { simpleGit } = await import('simple-git');
  const { input, identity } = options;
  const git = simpleGit({
    ...(directory === undefined ? {} : { baseDir: directory }),
    // Left to itself it takes a command that fails without a word for one that succeeds.
    errors: (error, { exitCode }) =>
      error ?? (exitCode === 0 ? undefined : new Error(`git ended with exit code ${exitCode}`)),
    ...(owner === undefined ? {} : { spawnOptions: { uid: owner.uid, gid: owner.gid } }),
    ...(input === undefined ? {} : { input: () => Buffer.from(input) }),
    ...(identity === undefined ? {} : { allowEnvironment: IDENTITY }),
  });
  return git.env({
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: owner?.home ?? process.env['HOME'] ?? NO_HOME,
    // Git's messages are looked at; names stay as they are.
    LC_ALL: 'C',
    ...(owner === undefined && process.env['XDG_CONFIG_HOME'] !== undefined
      ? { XDG_CONFIG_HOME: process.env['XDG_CONFIG_HOME'] }
      : {}),
    ...(identity === undefined
      ? {}
      : {
          GIT_AUTHOR_NAME: identity.name,
          GIT_AUTHOR_EMAIL: identity.email,
          GIT_COMMITTER_NAME: identity.name,
          GIT_COMMITTER_EMAIL: identity.email,
        }),
  });
}

function isNoGit(error: unknown): boolean {
  return systemCode(error) === 'ENOENT' || messageOf(error).includes('spawn git ENOENT');
}

function noGit(cause: unknown): UserError {
  return new UserError('record-missing', {
    message: 'there is no git on this machine, and riptides keeps the record of what it applies in git',
    fix: 'install git, for example with apt-get install git',
    cause,
  });
}

/** Why git could not write: of its words, the ones that name the obstacle. */
export function obstacleWords(error: unknown): string {
  const lines = messageOf(error).trim().split('\n');
  const named = lines.find((line) => /Read-only|Permission denied|not permitted|No space|quota/i.test(line));
  return named ?? lines.at(-1) ?? '';
}

/** The revision of a directory. */
export interface SourceRevision {
  /** Absent where there is no repository, or no commit yet. */
  readonly commit?: string;
  /** Whether files there differ from the commit, or are not in it. */
  readonly dirty: boolean;
}

/** The commit that a directory is at, and whether it has been changed since. Writes nothing, not even git's cache. */
export async function readRevision(directory: string): Promise<SourceRevision> {
  const owner = await ownerToRunAs(directory);
  try {
    const commit = (
      await runGit(directory, owner, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])
    ).trim();
    const status = await runGit(directory, owner, [
      '--no-optional-locks',
      'status',
      '--porcelain',
      '--',
      '.',
    ]);
    return commit === '' ? { dirty: true } : { commit, dirty: status.trim() !== '' };
  } catch (error) {
    if (isNoGit(error)) throw noGit(error);
    return { dirty: true };
  }
}

/** Git in a directory of a working tree: what it runs sees the branch that is checked out there. */
export async function gitIn(directory: string): Promise<Git> {
  return gitWith(directory, await ownerToRunAs(directory));
}
