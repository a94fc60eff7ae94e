// SPDX-License-Identifier: Apache-2.0
// What git knows of a policy: the commit that it is at, and the policy as it was at another.

import type { GitFacts } from '../compiler/guard/types.ts';
import { readSources, type SourceFile } from '../compiler/load/sources.ts';
import { shapeDocuments } from '../compiler/shape/shape.ts';
import type { ShapedDocument } from '../compiler/shape/types.ts';
import { InternalError, messageOf, UserError } from '../errors.ts';
import { isYamlFile } from '../schema/paths.ts';
import { type Git, gitIn } from './git.ts';

/** The last commit of the repository that a directory is in; undefined where there is none. */
export async function readGitFacts(directory: string): Promise<GitFacts | undefined> {
  const git = await gitIn(directory);
  let commit: readonly string[];
  try {
    commit = (await git.run(['log', '--max-count=1', '--no-show-signature', '--format=%H%n%ae%n%G?'])).split(
      '\n',
    );
  } catch {
    return undefined;
  }
  const [id = '', author = '', signature = ''] = commit;
  // G: good. U: good, by a key whose owner git was not told to trust.
  return { commit: id, author, signed: signature === 'G', branch: await branchOf(git) };
}

async function branchOf(git: Git): Promise<string> {
  try {
    return (await git.run(['symbolic-ref', '--quiet', '--short', 'HEAD'])).trim();
  } catch {
    return '';
  }
}

/** Bytes of YAML of an earlier policy that are read. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * The documents of the policy in a directory as they were at a commit. What could not be read then is left out.
 *
 * @throws UserError `record-missing` when the repository does not have the commit
 */
export async function readPolicyAt(directory: string, commit: string): Promise<readonly ShapedDocument[]> {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw new InternalError('a record names a commit that is none');
  try {
    const files = await filesAt(await gitIn(directory), commit);
    return shapeDocuments(readSources(files).value ?? []).value ?? [];
  } catch (error) {
    throw new UserError('record-missing', {
      message: `the policy that was last applied cannot be read from commit ${commit.slice(0, 12)}: ${messageOf(error).split('\n', 1)[0] ?? ''}`,
      why: 'a guardrail compares with it (oldObject)',
      fix: 'fetch the commit, for example with git fetch --unshallow',
      cause: error,
    });
  }
}

/**
 * The YAML files of a directory at a commit: that of the working tree, or the one given from the root of the repository. Their
 * paths begin there. Links are not followed.
 *
 * @throws Error when they are too large, or not UTF-8; git's own words for anything else
 */
export async function filesAt(git: Git, commit: string, directory?: string): Promise<readonly SourceFile[]> {
  const tree = directory === undefined ? [commit, '--', '.'] : ['--full-tree', `${commit}:${directory}`];
  const listed = (await git.run(['ls-tree', '-r', '-z', '-l', ...tree])).split('\0');
  const entries = listed.flatMap((line) => {
    const [, mode, id, size, path] = /^(\d+) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line) ?? [];
    return mode?.startsWith('100') === true &&
      id !== undefined &&
      path !== undefined &&
      isYamlFile(path) &&
      !path.split('/').includes('..')
      ? [{ id, path, size: Number(size) }]
      : [];
  });
  if (entries.length === 0) return [];
  if (entries.reduce((sum, { size }) => sum + size, 0) > MOST_BYTES)
    throw new Error(`it has more than ${MOST_BYTES} bytes of YAML`);
  // One process for all of them.
  const batch = Buffer.from(
    await git.run(['cat-file', '--batch'], { input: entries.map(({ id }) => `${id}\n`).join('') }),
  );
  let at = 0;
  return entries.map(({ id, path, size }) => {
    const header = Buffer.from(`${id} blob ${size}\n`);
    const start = at + header.length;
    // What is not UTF-8 was replaced on the way here, and has another size.
    if (!batch.subarray(at, start).equals(header)) throw new Error('a file of it is not UTF-8');
    at = start + size + 1;
    return { path, content: batch.subarray(start, start + size) };
  });
}
