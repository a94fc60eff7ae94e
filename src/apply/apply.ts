// SPDX-License-Identifier: Apache-2.0
// Apply, confirm and roll back: one transaction of the target and its record.
//
// The record is written first, as pending; then the target commits; then the record becomes the latest. Whatever is killed in
// between, the target holds the old or the new bundle, and the next run finds out which (reconcile.ts).

import { counted } from '../terminal/counted.ts';
import { InternalError, isUserError, UserError } from '../errors.ts';
import type { SourceRevision } from '../records/git.ts';
import type { AppliedRecord, Manifest, RecordAction, RecordFiles } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import { bundleWords, inForceWords } from '../targets/words.ts';
import { reconcile, refuseWhileBusy } from './reconcile.ts';
import type { LiveState, Target } from '../targets/target.ts';
import { thisWriter, whoAmI } from '../records/writer.ts';

/** The steps of an apply, in order: what is told to whoever watches. */
export type ApplyStep = 'recording' | 'committing' | 'committed' | 'recorded';

export interface ApplyOptions {
  readonly target: Target;
  readonly records: Records;
  /** Milliseconds after which the target undoes the commit unless it is confirmed. */
  readonly confirmWithin?: number;
  /** Why, in a person's words: kept in the record. */
  readonly why?: string;
  /** Who, instead of the user of this process. */
  readonly who?: string;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: ApplyStep) => void;
}

/** What is applied, and what it was planned against. */
export interface Appliable {
  readonly bundle: Uint8Array;
  readonly digest: string;
  readonly sourceMap?: unknown;
  /** The plan that was shown; kept in the record. */
  readonly plan?: unknown;
  readonly source: SourceRevision;
  /** The generation that the plan was made against. */
  readonly expectedGeneration: number;
}

export interface ApplyResult {
  readonly generation: number;
  /** Of the bundle in force; absent when a rollback returned to a time without one. */
  readonly digest?: string;
  readonly record: AppliedRecord;
  /** When the commit is undone unless confirmed: milliseconds since 1970. */
  readonly confirmBy?: number;
  /** Sentences for the person: repairs, and where the record is when it is not in the repository. */
  readonly notes: readonly string[];
}

/**
 * Puts a bundle in force and records it.
 *
 * @throws UserError `generation-moved` when the target has moved since the plan, `busy`, `not-confirmed`, `interrupted`,
 *   and whatever the target refuses with; what was in force then stays in force
 */
export async function applyBundle(what: Appliable, options: ApplyOptions): Promise<ApplyResult> {
  const { target, confirmWithin, signal } = options;
  const situation = await look(options);
  const { live } = situation;
  if (live.generation !== what.expectedGeneration)
    throw new UserError('generation-moved', {
      message: `${target.name} on ${target.node} has moved since the plan was made: ${inForceWords(live)} is in force now`,
      why: `the plan was made against generation ${what.expectedGeneration}`,
      fix: 'run riptides plan again, look at what has changed, then apply the new plan',
    });
  return transact(situation, options, {
    action: 'apply',
    files: what,
    source: what.source,
    confirmWithin,
    commit: () =>
      target.commit(what.bundle, {
        expectedGeneration: live.generation,
        ...(confirmWithin === undefined ? {} : { confirmWithin }),
        ...(signal === undefined ? {} : { signal }),
      }),
  });
}

/**
 * Verifies a bundle at the target without putting it in force. Gives the generation in force.
 *
 * @throws UserError what the target refuses with
 */
export async function checkBundle(bundle: Uint8Array, target: Target): Promise<number> {
  const { generation } = await target.info();
  return target.commit(bundle, { expectedGeneration: generation, checkOnly: true });
}

/**
 * Keeps the commit that waits for its confirmation.
 *
 * @throws UserError `nothing-to-confirm`, `generation-moved`
 */
export async function confirmApplied(options: ApplyOptions): Promise<Situated> {
  const { target, records } = options;
  const { live, notes } = await look(options);
  if (live.confirmRemaining === undefined)
    throw new UserError('nothing-to-confirm', {
      message: `nothing waits for a confirmation: ${inForceWords(live)} is in force`,
      ...(notes.length === 0 ? {} : { why: notes.join('; ') }),
      fix: 'run riptides status to see what is in force, and since when',
    });
  await target.confirm(live.generation);
  // Sees that the generation does not wait any more, and records it.
  const after = await reconcile(target, records);
  return { generation: live.generation, record: after.recorded, notes };
}

export interface Situated {
  readonly generation: number;
  readonly record: AppliedRecord | undefined;
  readonly notes: readonly string[];
}

/**
 * Puts an earlier bundle back in force: the one of a record, or of the last record whose bundle is not the one in force; while a
 * commit waits for its confirmation, what was in force before it. The target's own history is used where it has the bundle, else
 * the recorded bundle is sent again.
 *
 * @throws UserError `record-missing` when there is no such record or it has no bundle
 */
export async function rollbackTo(revision: string | undefined, options: ApplyOptions): Promise<ApplyResult> {
  const { target, records, confirmWithin, signal } = options;
  const situation = await look(options);
  const { live } = situation;
  const before = revision === undefined ? await beforeTheWait(records, live) : undefined;
  if (before !== undefined && before.record?.manifest.digest === undefined)
    return transact(situation, options, {
      action: 'rollback',
      files: {},
      source: { dirty: false },
      // Without a bundle nothing can lock anybody out, and the target waits for nothing.
      confirmWithin: undefined,
      ...(before.record === undefined ? {} : { restored: before.record.id }),
      commit: () => target.rollback(live.generation),
    });
  const record =
    before?.record ??
    (revision === undefined ? await previousRecord(records, live) : await records.find(revision));
  const files = await records.show(record.id);
  const { digest } = record.manifest;
  const { bundle } = files;
  if (bundle === undefined || digest === undefined)
    throw new UserError('record-missing', {
      message: `record ${record.id.slice(0, 12)} is of a time when no bundle was in force: there is nothing to go back to`,
      fix: 'name a record with a bundle (riptides history lists them); to stop governing, use riptides module drain',
    });
  // The target's own rollback cannot be undone by itself.
  const held =
    confirmWithin === undefined &&
    (before !== undefined || live.history.some((entry) => entry.digest === digest));
  return transact(situation, options, {
    action: 'rollback',
    files: { ...files, bundle, digest },
    source: {
      ...(record.manifest.sourceCommit === undefined ? {} : { commit: record.manifest.sourceCommit }),
      dirty: record.manifest.dirty,
    },
    restored: record.id,
    confirmWithin,
    commit: () =>
      held
        ? target.rollback(live.generation, digest)
        : target.commit(bundle, {
            expectedGeneration: live.generation,
            ...(confirmWithin === undefined ? {} : { confirmWithin }),
            ...(signal === undefined ? {} : { signal }),
          }),
  });
}

/** The record before the one of the commit that waits; undefined when none waits, or somebody else made it. */
async function beforeTheWait(
  records: Records,
  live: LiveState,
): Promise<{ readonly record: AppliedRecord | undefined } | undefined> {
  if (live.confirmRemaining === undefined) return undefined;
  const [waiting, record] = await records.history(2);
  return waiting?.manifest.generation === live.generation ? { record } : undefined;
}

async function previousRecord(records: Records, live: LiveState): Promise<AppliedRecord> {
  const history = await records.history();
  const found = history.find(
    ({ manifest }) => manifest.digest !== undefined && manifest.digest !== live.digest,
  );
  if (found !== undefined) return found;
  throw new UserError('record-missing', {
    message: `there is no earlier bundle to go back to: ${counted(history.length, 'record')}, none with another bundle than the one in force`,
    fix: 'riptides history lists the records; apply an earlier revision of the policy instead',
  });
}

interface Look {
  readonly live: LiveState;
  readonly notes: readonly string[];
}

async function look({ target, records }: ApplyOptions): Promise<Look> {
  const situation = await reconcile(target, records);
  refuseWhileBusy(situation);
  return situation;
}

interface Transaction {
  readonly action: RecordAction;
  /** Without a bundle, none is to be in force. */
  readonly files: Pick<RecordFiles, 'plan' | 'sourceMap' | 'bundle'> & { readonly digest?: string };
  readonly source: SourceRevision;
  readonly restored?: string;
  /** Milliseconds after which the target undoes it unless it is confirmed. */
  readonly confirmWithin: number | undefined;
  /** Gives the new generation. */
  readonly commit: () => Promise<number>;
}

async function transact(
  { live, notes }: Look,
  options: ApplyOptions,
  transaction: Transaction,
): Promise<ApplyResult> {
  const { target, records, onStep } = options;
  const { confirmWithin } = transaction;
  const { bundle, digest, plan, sourceMap } = transaction.files;
  const now = Date.now();
  const generation = live.generation + 1;
  const manifest: Manifest = {
    schemaVersion: 1,
    target: target.name,
    node: target.node,
    action: transaction.action,
    generation,
    ...(digest === undefined ? {} : { digest }),
    ...(bundle === undefined ? {} : { size: bundle.byteLength }),
    ...(transaction.source.commit === undefined ? {} : { sourceCommit: transaction.source.commit }),
    dirty: transaction.source.dirty,
    who: options.who ?? whoAmI(),
    ...(options.why === undefined ? {} : { why: options.why }),
    at: new Date(now).toISOString(),
    ...(confirmWithin === undefined ? {} : { confirmBy: new Date(now + confirmWithin).toISOString() }),
    ...(transaction.restored === undefined ? {} : { restored: transaction.restored }),
    writer: thisWriter(),
  };
  onStep?.('recording');
  const pending = await records.prepare({
    manifest,
    ...(bundle === undefined ? {} : { bundle }),
    ...(plan === undefined ? {} : { plan }),
    ...(sourceMap === undefined ? {} : { sourceMap }),
  });
  onStep?.('committing');
  let committed: number;
  try {
    committed = await transaction.commit();
  } catch (error) {
    // After any other error nobody knows what the target did: the next run asks it.
    if (isUserError(error) && error.kind !== 'kernel-silent') await records.abandon(pending);
    throw error;
  }
  onStep?.('committed');
  if (committed !== generation)
    throw new InternalError(
      `the target made ${bundleWords(digest)} generation ${committed} where ${generation} was due`,
    );
  const record = await records.settle(pending);
  onStep?.('recorded');
  return {
    generation,
    ...(digest === undefined ? {} : { digest }),
    record,
    ...(confirmWithin === undefined ? {} : { confirmBy: now + confirmWithin }),
    notes: [...notes, ...records.notes],
  };
}
