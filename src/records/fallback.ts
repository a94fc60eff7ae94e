// SPDX-License-Identifier: Apache-2.0
// The fallback repository: a bare one, which holds the records for as long as the project has no repository that can be written. They
// move to the project's repository as soon as there is one, and nothing is lost.

import { chown, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { sha256 } from '../crypto.ts';
import { messageOf, UserError } from '../errors.ts';
import type { TargetName } from '../targets/target.ts';
import { type Git, isDirectory, openBareRepository } from './git.ts';
import { GitError } from './git-error.ts';
import {
  isAncestor,
  readRef,
  type RecordRefs,
  type RefChange,
  refsOf,
  ROOT_PROJECT,
  updateRefs,
} from './refs.ts';

/** Where records are kept: a repository, and the refs in it. */
export interface Store {
  readonly git: Git;
  readonly refs: RecordRefs;
}

export interface Subject {
  /** The project's directory. */
  readonly project: string;
  readonly target: TargetName;
  readonly node: string;
}

/** Beside the project, else (a read-only project) in the user's state directory. A fallback repository is that of one project. */
async function locations(project: string): Promise<readonly string[]> {
  const real = await realpath(project).catch(() => project);
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  const name = sha256(real).slice(0, 16);
  return [join(project, '.riptides', 'record.git'), join(state, 'riptides', 'records', `${name}.git`)];
}

async function openAt(directory: string, { target, node }: Subject): Promise<Store> {
  return { git: await openBareRepository(directory), refs: refsOf(target, node, ROOT_PROJECT) };
}

/** The fallback repository, if it holds records. @throws GitError */
export async function findFallback(subject: Subject): Promise<Store | undefined> {
  for (const directory of await locations(subject.project)) {
    if (!(await isDirectory(directory))) continue;
    const store = await openAt(directory, subject);
    if ((await store.git.run(['for-each-ref', `${store.refs.base}/`])).trim() !== '') return store;
  }
  return undefined;
}

/**
 * Makes the fallback repository, with the records of the project's repository in it, so that the history goes on.
 *
 * @throws UserError `record-missing` when nothing can be written anywhere
 */
export async function openFallback(subject: Subject, repository: Store | undefined): Promise<Store> {
  const failures: string[] = [];
  for (const directory of await locations(subject.project)) {
    try {
      await mkdir(dirname(directory), { recursive: true });
      await writeFile(join(dirname(directory), '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
      const store = await openAt(directory, subject);
      const latest = repository && (await readRef(repository.git, repository.refs.applied));
      if (repository !== undefined && latest !== undefined) {
        await copyObjects(repository.git, store.git, [repository.refs.applied], undefined);
        await updateRefs(store.git, [{ ref: store.refs.applied, from: undefined, to: latest }]);
      }
      return store;
    } catch (error) {
      failures.push(error instanceof GitError ? error.message : `${directory}: ${messageOf(error)}`);
    }
  }
  throw new UserError('record-missing', {
    message: 'there is nowhere to record what is applied; nothing was applied',
    why: failures.join('; '),
    fix: 'make one of these directories writable, or set XDG_STATE_HOME to one that is',
  });
}

/**
 * Moves the records of the fallback repository to the project's.
 *
 * @returns what was done, as a sentence; or why the repository cannot be written
 */
export async function leaveFallback(
  fallback: Store,
  repository: Store,
): Promise<{ readonly ok: true; readonly note: string } | { readonly ok: false; readonly why: string }> {
  const { git, refs } = repository;
  try {
    const theirs = await readRef(fallback.git, fallback.refs.applied);
    const pending = await readRef(fallback.git, fallback.refs.pending);
    const wanted = [
      ...(theirs === undefined ? [] : [fallback.refs.applied]),
      ...(pending === undefined ? [] : [fallback.refs.pending]),
    ];
    const ours = await readRef(git, refs.applied);
    await copyObjects(fallback.git, git, wanted, ours);
    const moves: RefChange[] = [];
    let to = refs.applied;
    if (theirs !== undefined && (ours === undefined || !(await isAncestor(git, theirs, ours)))) {
      const continues = ours === undefined || (await isAncestor(git, ours, theirs));
      // Each has records that the other has not: the repository's stay the history, and these are kept beside it.
      if (!continues) to = `${refs.kept}/${theirs.slice(0, 12)}`;
      moves.push({ ref: to, from: continues ? ours : await readRef(git, to), to: theirs });
    }
    if (pending !== undefined && (await readRef(git, refs.pending)) === undefined)
      moves.push({ ref: refs.pending, from: undefined, to: pending });
    if (moves.length > 0 && !(await updateRefs(git, moves)))
      return { ok: false, why: `the refs of ${git.directory} changed while the record was moved` };
    await updateRefs(
      fallback.git,
      [
        { ref: fallback.refs.applied, from: theirs, to: undefined },
        { ref: fallback.refs.pending, from: pending, to: undefined },
      ].filter(({ from }) => from !== undefined),
    );
    return {
      ok: true,
      note: `the records kept in ${fallback.git.directory} were moved to ${to} of ${git.directory}`,
    };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return { ok: false, why: error.message };
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
  return (await git.ask(['rev-parse', '--verify', '--quiet', `${id}^{commit}`])) !== undefined;
}
