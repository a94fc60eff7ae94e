// SPDX-License-Identifier: Apache-2.0
// Refs: their names, and changes that happen only when nobody else was faster.

import { setTimeout } from 'node:timers/promises';

import { messageOf, UserError } from '../errors.ts';
import type { Git } from './git.ts';
import type { TargetName } from '../targets/target.ts';

export interface RecordRefs {
  readonly applied: string;
  readonly pending: string;
  readonly kept: string;
  /** What all of them begin with. */
  readonly base: string;
}

/** The refs of a target on a node. */
export function refsOf(target: TargetName, node: string): RecordRefs {
  const base = `refs/riptides/${target}/${node}`;
  return { applied: `${base}/applied`, pending: `${base}/pending`, kept: `${base}/kept`, base };
}

/** The commit that a ref names; undefined when there is no such ref. */
export async function readRef(git: Git, ref: string): Promise<string | undefined> {
  const text = await git.run(['for-each-ref', '--format=%(objectname)', ref]);
  return text.trim() === '' ? undefined : text.trim();
}

/** How often, and after how many milliseconds, a ref is tried that another git process holds. */
const LOCKED = { tries: 20, pause: 100 } as const;

/**
 * Changes refs all together or not at all. False when one of them is not what it was expected to be.
 *
 * @throws UserError `busy` when another git process does not let go of a ref; git's own words for anything else
 */
export async function updateRefs(git: Git, commands: readonly string[]): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      await git.run(['update-ref', '--stdin'], { input: `${commands.join('\n')}\n` });
      return true;
    } catch (error) {
      const words = messageOf(error);
      const lock = /Unable to create '([^']+\.lock)': File exists/.exec(words)?.[1];
      if (lock === undefined) {
        if (words.includes('cannot lock ref') && !/Permission denied|Read-only/.test(words)) return false;
        throw error;
      }
      if (tries === LOCKED.tries)
        throw new UserError('busy', {
          message: `another git process holds ${lock}`,
          fix: 'if no git is running there, one was killed: remove that file, then run riptides status',
          cause: error,
        });
      await setTimeout(LOCKED.pause);
    }
  }
}

/** The object id that stands for "not there", as long as this repository's ids. */
export function zeros(id: string): string {
  return '0'.repeat(id.length);
}

/** Whether a commit is another one or comes before it. */
export async function isAncestor(git: Git, ancestor: string, of: string): Promise<boolean> {
  const text = await git.run(['rev-list', '--max-count=1', ancestor, `^${of}`]);
  return text.trim() === '';
}
