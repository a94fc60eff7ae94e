// SPDX-License-Identifier: Apache-2.0
// Live, recorded and desired, compared.

import { isUserError, type UserError } from '../errors.ts';
import type { AppliedRecord } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import { bundleWords, inForceWords } from '../targets/words.ts';
import { reconcile } from './reconcile.ts';
import type { LiveState, Target } from '../targets/target.ts';

export type StatusKind = 'in-sync' | 'drift' | 'pending-confirm' | 'unknown' | 'never-applied';

export interface Status {
  readonly schemaVersion: 1;
  readonly target: string;
  readonly node: string;
  readonly kind: StatusKind;
  /** What that means here: one sentence. */
  readonly words: string;
  /** What to do about it, when there is something to do. */
  readonly fix?: string;
  /** Absent when the target cannot be asked. */
  readonly live?: LiveState | undefined;
  readonly recorded?: AppliedRecord | undefined;
  /** Whether the policy as it stands is what is in force; absent when it was not compiled. */
  readonly desired?: 'applied' | 'differs';
  readonly notes: readonly string[];
}

export interface StatusOptions {
  /** Of the policy as it stands. */
  readonly desiredDigest?: string;
  /** The command line of a command for this target, to be suggested. */
  readonly command?: Command;
}

type Command = (...words: readonly string[]) => string;

/**
 * Compares what is in force with the record, and with the policy as it stands when its digest is given. Repairs the record first.
 * A target or a record that cannot be read is the status `unknown`, not an error.
 */
export async function readStatus(
  target: Target,
  records: Records,
  { desiredDigest, command = (...words) => ['riptides', ...words].join(' ') }: StatusOptions = {},
): Promise<Status> {
  const head = { schemaVersion: 1, target: target.name, node: target.node } as const;
  let live: LiveState | undefined;
  try {
    live = await target.info();
    const situation = await reconcile(target, records);
    const { recorded, notes } = situation;
    live = situation.live;
    return {
      ...head,
      ...judge(live, recorded, command),
      live,
      recorded,
      ...(desiredDigest === undefined
        ? {}
        : { desired: desiredDigest === live.digest ? 'applied' : 'differs' }),
      notes: [...records.notes, ...notes],
    };
  } catch (error) {
    if (!isUserError(error)) throw error;
    if (live !== undefined) return { ...head, ...cannotRead(live, error), live, notes: records.notes };
    const recorded = await records.latest();
    return {
      ...head,
      ...cannotAsk(error),
      recorded,
      notes: records.notes,
    };
  }
}

type Judgement = Pick<Status, 'kind' | 'words' | 'fix'>;

function judge(live: LiveState, recorded: AppliedRecord | undefined, command: Command): Judgement {
  const digest = recorded?.manifest.digest;
  if (live.confirmRemaining !== undefined)
    return {
      kind: 'pending-confirm',
      words: `${inForceWords(live)} will be undone in ${Math.ceil(live.confirmRemaining / 1000)} s unless it is confirmed`,
      fix: `keep it with ${command('confirm')}, or go back with ${command('rollback')}`,
    };
  if (recorded === undefined && live.generation === 0)
    return { kind: 'never-applied', words: 'nothing has been applied here', fix: command('apply') };
  if (recorded === undefined)
    return {
      kind: 'drift',
      words: `${inForceWords(live)} is in force, and there is no record of it`,
      fix: `look at it with ${command('plan')}, then apply the policy that should be in force`,
    };
  if (digest === live.digest)
    return {
      kind: 'in-sync',
      words: `${inForceWords(live)} is in force, as recorded by ${recorded.manifest.who}`,
    };
  if (live.generation === 0)
    return {
      kind: 'drift',
      words: `no bundle is in force since the module was loaded or the host started; ${bundleWords(digest)} is recorded`,
      fix: `${command('apply')}, or ${command('rollback', '--to', 'latest')} to put the recorded bundle back`,
    };
  return {
    kind: 'drift',
    words: `${inForceWords(live)} is in force, and ${bundleWords(digest)} is recorded (generation ${recorded.manifest.generation})`,
    fix: `look at the difference with ${command('plan')}, then apply, or ${command('rollback', '--to', 'latest')} to put the recorded bundle back`,
  };
}

function cannotAsk({ message, why, fix }: UserError): Judgement {
  return { kind: 'unknown', words: `${message}${why === undefined ? '' : ` (${why})`}`, fix };
}

function cannotRead(live: LiveState, error: UserError): Judgement {
  const { words, ...rest } = cannotAsk(error);
  return { ...rest, words: `${inForceWords(live)} is in force, and its record cannot be read: ${words}` };
}
