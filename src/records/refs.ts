// SPDX-License-Identifier: Apache-2.0
// Refs: their names, and changes that happen only when nobody else was faster.

import { setTimeout } from 'node:timers/promises';

import { sha256 } from '../crypto.ts';
import type { TargetName } from '../targets/target.ts';
import type { Git, Repository } from './git.ts';
import { GitError } from './git-error.ts';

export interface RecordRefs {
  readonly applied: string;
  readonly pending: string;
  readonly kept: string;
  /** What all of them begin with. */
  readonly base: string;
}

/** The refs of a project for a target on a node. */
export function refsOf(target: TargetName, node: string, project: string): RecordRefs {
  const base = `refs/riptides/${target}/${node}/${project}`;
  return { applied: `${base}/applied`, pending: `${base}/pending`, kept: `${base}/kept`, base };
}

/** The project at the root of a repository. */
export const ROOT_PROJECT = '+';

/** Bytes of one part of the name of a ref: a file system has room for 255, with what git adds. */
const LONGEST_PART = 200;

/**
 * The name of a project in refs: its path in the repository as one part, with `+` before each step. The embedded target is kept
 * in the working tree, so each further working tree has records of its own; the kernel is one for all of them.
 */
export function projectName({ prefix, worktree }: Repository, target: TargetName): string {
  return encodePath(prefix) + (target === 'embedded' && worktree !== undefined ? `@${worktree}` : '');
}

function encodePath(path: string): string {
  const parts = path === '' ? [''] : path.split('/');
  // What is left may stand anywhere in a ref, and a dot between letters or digits.
  const name = parts
    .map((part) => `+${part.replaceAll(/[^A-Za-z0-9_.-]|\.(?![A-Za-z0-9])/gu, percent)}`)
    .join('');
  const safe = name.replace(/\.lock$/, '%2Elock');
  return safe.length <= LONGEST_PART ? safe : `+${sha256(path)}`;
}

function percent(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join('');
}

/** The commit that a ref names; undefined when there is no such ref. */
export async function readRef(git: Git, ref: string): Promise<string | undefined> {
  const text = await git.run(['for-each-ref', '--format=%(objectname)', ref]);
  return text.trim() === '' ? undefined : text.trim();
}

/** A change of one ref. Undefined is a ref that does not exist. The same value twice only makes sure of it. */
export interface RefChange {
  readonly ref: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** How often, and after how many milliseconds, a ref is tried that another git process holds. */
const LOCKED = { tries: 20, pause: 100 } as const;

/**
 * Changes refs all together or not at all. False when one of them is not what it was expected to be.
 *
 * @param probe a ref that never exists. It is deleted with them, which changes nothing and takes the lock that every deletion needs:
 *   that a ref can be deleted later is known before
 * @throws GitError `busy` when another git process does not let go of a ref, `git-failed`
 */
export async function updateRefs(git: Git, changes: readonly RefChange[], probe?: string): Promise<boolean> {
  const length = changes.flatMap(({ from, to }) => from ?? to ?? []).at(0)?.length ?? 0;
  const commands = changes.map((change) => commandOf(change, '0'.repeat(length)));
  const input = [...commands, ...(probe === undefined ? [] : [`delete ${probe}`]), ''].join('\n');
  for (let tries = 1; ; tries += 1) {
    try {
      await git.run(['update-ref', '--stdin'], { input });
      return true;
    } catch (error) {
      // Git's message does not tell for certain what it means that a ref cannot be locked: the refs do.
      if (!(await areAsExpected(git, changes))) return false;
      if (!(error instanceof GitError && error.obstacle === 'locked') || tries === LOCKED.tries) throw error;
      await setTimeout(LOCKED.pause);
    }
  }
}

/** @param nothing the id that stands for no object */
function commandOf({ ref, from, to }: RefChange, nothing: string): string {
  if (from === to) return `verify ${ref} ${from ?? nothing}`;
  return to === undefined ? `delete ${ref} ${from ?? nothing}` : `update ${ref} ${to} ${from ?? nothing}`;
}

async function areAsExpected(git: Git, changes: readonly RefChange[]): Promise<boolean> {
  for (const { ref, from } of changes) if ((await readRef(git, ref)) !== from) return false;
  return true;
}

/** Whether a commit is another one or comes before it. */
export async function isAncestor(git: Git, ancestor: string, of: string): Promise<boolean> {
  return (await git.ask(['merge-base', '--is-ancestor', ancestor, of])) !== undefined;
}
