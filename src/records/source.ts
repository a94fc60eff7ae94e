// SPDX-License-Identifier: Apache-2.0
// The files that a policy was compiled from: whether they are those of a commit, and those of an earlier time.

import { readdirSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';

import type { GitFacts } from '../compiler/guard/types.ts';
import type { SourceFile } from '../compiler/load/sources.ts';
import { isYamlFile } from '../schema/paths.ts';
import { type Git, gitIn } from './git.ts';
import { GitError } from './git-error.ts';
import { followLinks, type LinkedTree, linkedTree, LONGEST_LINK, resolveOrNone } from './links.ts';
import { blobId, formatOf } from './objects.ts';

/** The files that a policy was read from, by their paths in the directory of the project. */
export interface PolicySource {
  readonly files: readonly SourceFile[];
  /** `spec.policies` of the project: where else than there, no file of a commit belongs to the policy. */
  readonly policies?: readonly string[] | undefined;
}

/** The revision of a policy. */
export interface SourceRevision {
  /** Absent where there is no repository, or no commit yet. */
  readonly commit?: string | undefined;
  /** Whether the policy is not what that commit holds. */
  readonly dirty: boolean;
  /** Why there is no commit, where there is a repository. */
  readonly problem?: string;
}

/** The commit that a directory is at. @throws GitError `record-missing` when git is not installed */
export async function readCommit(directory: string): Promise<Omit<SourceRevision, 'dirty'>> {
  try {
    const git = await gitIn(directory);
    const commit = await git.ask(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
    return commit === undefined ? {} : { commit: commit.trim() };
  } catch (error) {
    if (!(error instanceof GitError) || error.obstacle === 'no-git') throw error;
    return error.obstacle === 'no-repository' ? {} : { problem: `${error.message}; ${error.fix}` };
  }
}

/**
 * The commit that a directory is at, and whether the files read there are those of the commit, by their contents: git status leaves out
 * what is ignored, what is not checked out, and what filters make of a file.
 *
 * @throws GitError
 */
export async function readRevision(directory: string, source: PolicySource): Promise<SourceRevision> {
  const revision = await readCommit(directory);
  const { commit } = revision;
  if (commit === undefined) return { ...revision, dirty: true };
  return { commit, dirty: !(await isCommitted(await gitIn(directory), directory, commit, source)) };
}

const LINK = '120000';
const SUBMODULE = '160000';

async function isCommitted(
  git: Git,
  directory: string,
  commit: string,
  { files, policies }: PolicySource,
): Promise<boolean> {
  const format = formatOf(commit);
  const listed = await listTree(git, [commit]);
  const hasLinks = [...listed.values()].some(({ mode }) => mode === LINK);
  const tree = await readLinks(git, hasLinks ? await listTree(git, ['-l', commit]) : listed);
  const read = new Set<string>();
  for (const { path, content, real = path } of files) {
    const entry = listed.get(real);
    if (entry === undefined || !idsOf(content).includes(entry.id)) return false;
    // The way by which it was reached is part of the commit too.
    if (real !== path && resolveOrNone(path, tree) !== real) return false;
    read.add(real);
  }
  const reached = reachedIn(tree, policies);
  if (reached === undefined) return false;
  for (const [path, real] of reached) {
    const isFile = listed.get(real)?.mode.startsWith('100') === true;
    if (isFile && !read.has(real) && isRead(path, 'file', policies)) return false;
  }
  for (const [path, { mode, id }] of listed) {
    if (mode !== LINK && mode !== SUBMODULE) continue;
    if (!isRead(path, 'other', policies)) continue;
    const same = mode === LINK ? linkId(join(directory, path)) === id : isCheckedOut(join(directory, path));
    if (!same) return false;
  }
  return true;

  /** Also with the line ends of another system, which are the same in YAML. */
  function idsOf(content: Uint8Array): readonly string[] {
    const text = Buffer.from(content);
    return text.includes('\r\n')
      ? [blobId(format, content), blobId(format, Buffer.from(text.toString().replaceAll('\r\n', '\n')))]
      : [blobId(format, content)];
  }

  function linkId(path: string): string | undefined {
    try {
      return blobId(format, readlinkSync(path, 'buffer'));
    } catch {
      return undefined;
    }
  }
}

function isCheckedOut(submodule: string): boolean {
  try {
    return readdirSync(submodule).length > 0;
  } catch {
    return false;
  }
}

/** What a reader of the policy finds in a tree, by its paths there; undefined when that is too much. */
function reachedIn(
  tree: LinkedTree,
  policies: PolicySource['policies'],
): ReadonlyMap<string, string> | undefined {
  try {
    return followLinks(tree, { from: policies, ignoreBroken: true });
  } catch {
    return undefined;
  }
}

/** Whether a reader of the policy reads a path, or looks into it. */
function isRead(path: string, kind: 'file' | 'other', policies: readonly string[] = ['.']): boolean {
  return policies.some((listed) => {
    const rest = posix.relative(listed, path);
    if (rest === '') return true;
    const isHidden = rest.split('/').some((step) => step.startsWith('.') || step === 'node_modules');
    return !isHidden && (kind === 'other' || isYamlFile(path));
  });
}

interface TreeEntry {
  readonly mode: string;
  readonly id: string;
  /** Bytes of a file, when they were asked for. */
  readonly size: number;
}

/** The entries of a tree by their paths: of the directory that git runs in, when it is a commit. */
async function listTree(git: Git, args: readonly string[]): Promise<ReadonlyMap<string, TreeEntry>> {
  const lines = (await git.run(['ls-tree', '-r', '-z', ...args])).split('\0');
  return new Map(
    lines.flatMap((line) => {
      const [, mode, id, size, path] = /^(\d+) [a-z]+ ([0-9a-f]+)(?: +(\d+|-))?\t(.*)$/s.exec(line) ?? [];
      return mode === undefined || id === undefined || path === undefined
        ? []
        : [[path, { mode, id, size: Number(size) }] as const];
    }),
  );
}

/** Bytes of an earlier policy that are read. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * The YAML files of a directory at a commit: of the one that git runs in, or the one given from the root of the repository. Their paths
 * begin there. Symbolic links are followed as the compiler follows them; one that leads out of the directory is an error.
 *
 * @throws GitError; Error when a link cannot be followed, or the files are too large
 */
export async function filesAt(git: Git, commit: string, directory?: string): Promise<readonly SourceFile[]> {
  const tree = await listTree(git, [
    '-l',
    ...(directory === undefined ? [commit] : ['--full-tree', `${commit}:${directory}`]),
  ]);
  const reached = followLinks(await readLinks(git, tree));
  return readEntries(
    git,
    [...reached].flatMap(([path, real]) => {
      const entry = tree.get(real);
      return entry !== undefined && isYamlFile(path) ? [{ path, real, ...entry }] : [];
    }),
  );
}

/** A tree with its links, from a listing with sizes. @throws GitError; Error when the links are too large in all */
async function readLinks(git: Git, tree: ReadonlyMap<string, TreeEntry>): Promise<LinkedTree> {
  const links = [...tree].flatMap(([path, entry]) => (entry.mode === LINK ? [{ path, ...entry }] : []));
  const short = links.filter(({ size }) => size <= LONGEST_LINK);
  const leads = new Map<string, string | undefined>(links.map(({ path }) => [path, undefined]));
  if (short.length > 0) {
    const targets = await readContents(git, short);
    for (const [i, { path }] of short.entries()) leads.set(path, Buffer.from(targets[i] ?? []).toString());
  }
  return linkedTree([...tree.keys()], leads);
}

/** All files of a tree. @throws GitError; Error when they are too large */
export async function readFiles(git: Git, tree: readonly string[]): Promise<readonly SourceFile[]> {
  return readEntries(
    git,
    [...(await listTree(git, ['-l', ...tree]))].map(([path, entry]) => ({ path, ...entry })),
  );
}

async function readEntries(
  git: Git,
  entries: readonly (TreeEntry & Omit<SourceFile, 'content'>)[],
): Promise<readonly SourceFile[]> {
  const files = entries.filter(({ path, mode }) => mode.startsWith('100') && !path.split('/').includes('..'));
  if (files.length === 0) return [];
  const contents = await readContents(git, files);
  return files.flatMap(({ path, real }, i) => {
    const content = contents[i];
    return content === undefined ? [] : [{ path, real, content }];
  });
}

async function readContents(
  git: Git,
  entries: readonly TreeEntry[],
): Promise<readonly (Uint8Array | undefined)[]> {
  if (entries.reduce((sum, { size }) => sum + size, 0) > MOST_BYTES)
    throw new Error(`it has more than ${MOST_BYTES} bytes`);
  return readObjects(
    git,
    entries.map(({ id }) => id),
  );
}

/** The contents of objects, by one process; undefined for one that is not there. @throws GitError */
export async function readObjects(
  git: Git,
  names: readonly string[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const batch = await git.read(['cat-file', '--batch'], { input: names.map((name) => `${name}\n`).join('') });
  let at = 0;
  return names.map(() => {
    const end = batch.indexOf('\n', at);
    const size = Number(/ (\d+)$/.exec(batch.toString('utf8', at, end))?.[1] ?? Number.NaN);
    at = end + 1;
    if (!Number.isInteger(size)) return undefined;
    const content = batch.subarray(at, at + size);
    at += size + 1;
    return content;
  });
}

/** The last commit of the repository that a directory is in; undefined where there is none. */
export async function readGitFacts(directory: string): Promise<GitFacts | undefined> {
  const git = await gitIn(directory);
  try {
    const [commit = '', author = '', signature = ''] = (
      await git.run(['log', '--max-count=1', '--no-show-signature', '--format=%H%n%ae%n%G?'])
    ).split('\n');
    const branch = (await git.ask(['symbolic-ref', '--quiet', '--short', 'HEAD'])) ?? '';
    // G: good. U: good, by a key whose owner git was not told to trust.
    return { commit, author, signed: signature === 'G', branch: branch.trim() };
  } catch (error) {
    if (error instanceof GitError && error.obstacle !== 'no-git') return undefined;
    throw error;
  }
}
