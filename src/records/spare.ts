// SPDX-License-Identifier: Apache-2.0
// The spare place of records: a bare repository, for as long as the project has no repository that can be written. When it has one
// again, the records move there, and nothing is lost.

import { createHash } from 'node:crypto';
import { chown, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { UserError } from '../errors.ts';
import { type Git, isDirectory, obstacleWords, openBareRepository } from './git.ts';
import { isAncestor, readRef, type RecordRefs, updateRefs, zeros } from './refs.ts';

/** Beside the project, else (a read-only project) in the user's state directory. */
async function places(project: string): Promise<readonly string[]> {
  const real = await realpath(project).catch(() => project);
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  const name = createHash('sha256').update(real).digest('hex').slice(0, 16);
  return [join(project, '.riptides', 'record.git'), join(state, 'riptides', 'records', `${name}.git`)];
}

/** The spare place that holds records of the refs. */
export async function findSpare(project: string, refs: RecordRefs): Promise<Git | undefined> {
  for (const directory of await places(project)) {
    if (!(await isDirectory(directory))) continue;
    const git = await openBareRepository(directory);
    if ((await git.run(['for-each-ref', `${refs.base}/`])).trim() !== '') return git;
  }
  return undefined;
}

/**
 * Makes the spare place, with the records of the repository in it so that the history goes on.
 *
 * @throws UserError `record-missing` when nothing can be written anywhere
 */
export async function openSpare(
  project: string,
  repository: Git | undefined,
  refs: RecordRefs,
): Promise<Git> {
  const failures: string[] = [];
  for (const directory of await places(project)) {
    try {
      await mkdir(dirname(directory), { recursive: true });
      await writeFile(join(dirname(directory), '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
      const git = await openBareRepository(directory);
      const latest = repository === undefined ? undefined : await readRef(repository, refs.applied);
      if (repository !== undefined && latest !== undefined) {
        await copyObjects(repository, git, [refs.applied], undefined);
        await updateRefs(git, [`create ${refs.applied} ${latest}`]);
      }
      return git;
    } catch (error) {
      failures.push(`${directory}: ${obstacleWords(error)}`);
    }
  }
  throw new UserError('record-missing', {
    message: 'there is no place to keep the record of what is applied',
    why: failures.join('; '),
    fix: 'make one of these places writable, or set XDG_STATE_HOME to a directory that is; nothing was applied',
  });
}

/**
 * Moves the records of the spare place to the repository.
 *
 * @returns what was done, in words; or why the repository cannot be written
 */
export async function adoptSpare(
  spare: Git,
  repository: Git,
  refs: RecordRefs,
): Promise<{ readonly ok: true; readonly note: string } | { readonly ok: false; readonly why: string }> {
  try {
    const theirs = await readRef(spare, refs.applied);
    const pending = await readRef(spare, refs.pending);
    const wanted = [
      ...(theirs === undefined ? [] : [refs.applied]),
      ...(pending === undefined ? [] : [refs.pending]),
    ];
    const ours = await readRef(repository, refs.applied);
    await copyObjects(spare, repository, wanted, ours);
    const moves: string[] = [];
    let to = refs.applied;
    if (theirs !== undefined && (ours === undefined || !(await isAncestor(repository, theirs, ours)))) {
      const goesOn = ours === undefined || (await isAncestor(repository, ours, theirs));
      // Both have records that the other has not: the repository's stay the history, and these are kept beside it.
      if (!goesOn) to = `${refs.kept}/${theirs.slice(0, 12)}`;
      const old = goesOn ? ours : await readRef(repository, to);
      moves.push(`update ${to} ${theirs} ${old ?? zeros(theirs)}`);
    }
    if (pending !== undefined && (await readRef(repository, refs.pending)) === undefined)
      moves.push(`create ${refs.pending} ${pending}`);
    if (moves.length > 0 && !(await updateRefs(repository, moves)))
      return { ok: false, why: `the refs of ${repository.directory} changed while the record was moved` };
    await updateRefs(spare, [
      ...(theirs === undefined ? [] : [`delete ${refs.applied} ${theirs}`]),
      ...(pending === undefined ? [] : [`delete ${refs.pending} ${pending}`]),
    ]);
    return {
      ok: true,
      note: `the record kept in ${spare.directory} was moved to ${to} of ${repository.directory}`,
    };
  } catch (error) {
    return {
      ok: false,
      why: `git cannot write to ${repository.directory} (${obstacleWords(error)})`,
    };
  }
}

/**
 * Copies what refs lead to, but for what a commit leads to. By way of a file: reading one repository and writing the other each
 * happen as its own owner, who need not be able to see the other.
 */
async function copyObjects(
  from: Git,
  to: Git,
  wanted: readonly string[],
  had: string | undefined,
): Promise<void> {
  const known = had !== undefined && (await has(from, had)) ? [`^${had}`] : [];
  // Git makes no empty bundle.
  if ((await from.run(['rev-list', '--max-count=1', ...wanted, ...known])).trim() === '') return;
  const directory = await mkdtemp(join(tmpdir(), 'riptides-'));
  const file = join(directory, 'records.bundle');
  try {
    if (from.owner !== undefined) await chown(directory, from.owner.uid, from.owner.gid);
    await from.run(['bundle', 'create', '--quiet', file, ...wanted, ...known]);
    if (to.owner !== undefined)
      for (const path of [directory, file]) await chown(path, to.owner.uid, to.owner.gid);
    await to.run(['bundle', 'unbundle', file]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function has(git: Git, id: string): Promise<boolean> {
  try {
    await git.run(['cat-file', '-e', id]);
    return true;
  } catch {
    return false;
  }
}
