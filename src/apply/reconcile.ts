// SPDX-License-Identifier: Apache-2.0
// Brings the record up with what the target did while nobody wrote it down: an apply that was killed, a confirmation
// that did not come, a confirmation whose record was cut off. Runs whenever a target is observed.

import { isUserError, UserError } from '../errors.ts';
import type { Manifest } from '../records/manifest.ts';
import type { AppliedRecord, RecordFiles } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import type { LiveState, Target } from '../targets/target.ts';
import { bundleWords, inForceWords } from '../targets/words.ts';
import { isAtWork, thisWriter } from '../records/writer.ts';

export interface Situation {
  readonly live: LiveState;
  /** The latest record, after repair. */
  readonly recorded: AppliedRecord | undefined;
  /** What was repaired, and what could not be: sentences. */
  readonly notes: readonly string[];
  /** The record of another process that is applying just now. */
  readonly atWork?: Manifest;
  /** Why the record could not be repaired. `recorded` is then what it would be. */
  readonly unrepaired?: UserError;
}

/**
 * Observes the target and repairs the record.
 *
 * @throws UserError what the target's `info` throws, and reading the records
 */
export async function reconcile(target: Target, records: Records): Promise<Situation> {
  const live = await target.info();
  const notes: string[] = [];
  const pending = await records.pending();
  if (pending !== undefined && isAtWork(pending.manifest)) {
    // It settles its own record.
    notes.push(`${atWorkWords(pending.manifest)}: ${pendingWords(pending.manifest)}`);
    return { live, recorded: await records.latest(), notes, atWork: pending.manifest };
  }
  if (pending !== undefined) {
    const { recorded, note, unrepaired } = await settlePending(live, records, pending);
    if (unrepaired !== undefined) return { live, recorded, notes: [note], unrepaired };
    notes.push(note);
  }
  const [latest, earlier] = await records.history(2);
  try {
    const outcome = await recordOutcome(live, records, latest, earlier);
    if (outcome === undefined) return { live, recorded: latest, notes };
    return { live, recorded: outcome.record, notes: [...notes, outcome.note] };
  } catch (error) {
    if (!isUserError(error)) throw error;
    const note = `the outcome of the confirmation of generation ${latest?.manifest.generation ?? 0} cannot be recorded: ${wordsOf(error)}`;
    return { live, recorded: latest, notes: [...notes, note], unrepaired: error };
  }
}

/** What became of an apply whose process left its pending record behind. */
async function settlePending(
  live: LiveState,
  records: Records,
  pending: AppliedRecord,
): Promise<{
  readonly recorded?: AppliedRecord | undefined;
  readonly note: string;
  readonly unrepaired?: UserError;
}> {
  const what = pendingWords(pending.manifest);
  const fate = fateOf(live, pending.manifest);
  const [note, done, undone] = {
    taken: [
      `the ${what} was interrupted after the target had taken it`,
      'its record is complete now',
      'completed',
    ],
    'not-taken': [
      `the ${what} was interrupted before the target had taken it: ${inForceWords(live)} is in force, as before`,
      '',
      'dropped',
    ],
    unknown: [
      `the ${what} was interrupted, and the target no longer tells whether it had taken it`,
      `its draft is commit ${pending.id}`,
      'dropped',
    ],
  }[fate];
  try {
    if (fate === 'taken') await records.settle(pending);
    else await records.abandon(pending);
    return { note: [note, done].filter((part) => part !== '').join('; ') };
  } catch (error) {
    if (!isUserError(error)) throw error;
    const recorded = fate === 'taken' ? pending : await records.latest();
    return {
      recorded,
      note: `${note}; its record cannot be ${undone}: ${wordsOf(error)}`,
      unrepaired: error,
    };
  }
}

function wordsOf({ message, why, fix }: UserError): string {
  return `${message}${why === undefined ? '' : ` (${why})`}; ${fix}`;
}

function pendingWords({ action, digest, generation, who }: Manifest): string {
  return `${action} of ${bundleWords(digest)} as generation ${generation} by ${who}`;
}

function atWorkWords({ writer }: Manifest): string {
  return `another riptides (process ${writer.pid} on ${writer.host}) is applying to this target`;
}

/** Whether the target took a bundle as the generation that a record says. */
function fateOf(live: LiveState, { generation, digest }: Manifest): 'taken' | 'not-taken' | 'unknown' {
  if (live.generation === generation) return live.digest === digest ? 'taken' : 'not-taken';
  if (live.generation === generation - 1) return 'not-taken';
  return heldAt(live, generation) === digest && digest !== undefined ? 'taken' : 'unknown';
}

function heldAt(live: LiveState, generation: number): string | undefined {
  return live.history.find((entry) => entry.generation === generation)?.digest;
}

interface Outcome {
  readonly record: AppliedRecord;
  readonly note: string;
}

/** Records how the wait of the latest record ended, when it has ended and is not recorded. */
async function recordOutcome(
  live: LiveState,
  records: Records,
  latest: AppliedRecord | undefined,
  earlier: AppliedRecord | undefined,
): Promise<Outcome | undefined> {
  if (latest?.manifest.confirmBy === undefined) return undefined;
  const { generation, digest } = latest.manifest;
  if (live.generation === generation && live.digest === digest && live.confirmRemaining === undefined)
    return {
      record: await append(records, await records.show(latest.id), 'confirm', generation),
      note: `generation ${generation} was confirmed: its record is complete now`,
    };
  const undone =
    live.generation === generation + 1 &&
    // What is in force is not among the earlier ones.
    (heldAt(live, generation) ?? live.digest) === digest &&
    live.digest === earlier?.manifest.digest;
  if (!undone) return undefined;
  const restored: RecordFiles =
    earlier === undefined ? { manifest: nothing(latest.manifest) } : await records.show(earlier.id);
  return {
    record: await append(records, restored, 'confirm-expired', live.generation),
    note: `generation ${generation} (${bundleWords(digest)}) was not confirmed in time, and the target has undone it: ${inForceWords(live)} is in force`,
  };
}

function nothing({ digest: _digest, size: _size, ...rest }: Manifest): Manifest {
  return rest;
}

/** Adds a record of something that the target has done by itself: with the files of the record that is in force again, or still. */
async function append(
  records: Records,
  files: RecordFiles,
  action: 'confirm' | 'confirm-expired',
  generation: number,
): Promise<AppliedRecord> {
  const { confirmBy: _confirmBy, restored: _restored, why: _why, ...manifest } = files.manifest;
  const at = new Date().toISOString();
  const record = await records.prepare({
    ...files,
    manifest: { ...manifest, action, generation, at, writer: thisWriter() },
  });
  return records.settle(record);
}

/**
 * Refuses when another process is between its first and its last step, or when the record of the last apply is not complete.
 *
 * @throws UserError
 */
export function refuseUnsettled({ atWork, unrepaired }: Situation): void {
  if (unrepaired !== undefined) throw unrepaired;
  if (atWork === undefined) return;
  throw new UserError('busy', {
    message: atWorkWords(atWork),
    fix: 'wait until it is done, then plan and apply again',
  });
}
