// SPDX-License-Identifier: Apache-2.0
// Apply, confirm and roll back: one transaction of the target and its record.
//
// The record is written first, as pending; then the target commits; then the record becomes the latest. Whatever is killed in
// between, the target holds the old or the new bundle, and the next run finds out which (reconcile.ts).

import { counted } from '../terminal/counted.ts';
import { InternalError, isUserError, UserError } from '../errors.ts';
import type { Manifest, RecordAction } from '../records/manifest.ts';
import type { AppliedRecord, RecordFiles } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import type { SourceRevision } from '../records/source.ts';
import type { SourceFile } from '../compiler/load/sources.ts';
import { bundleWords, inForceWords } from '../targets/words.ts';
import { reconcile, refuseUnsettled, type Situation } from './reconcile.ts';
import type { CommitOptions, LiveState, Target } from '../targets/target.ts';
import { thisWriter, whoAmI } from '../records/writer.ts';

/** The steps of an apply, in order: what is told to whoever watches. */
export type ApplyStep = 'recording' | 'committing' | 'committed' | 'recorded';

export interface ApplyOptions {
  readonly target: Target;
  readonly records: Records;
  /** Milliseconds after which the target undoes the commit unless it is confirmed. */
  readonly confirmWithin?: number | undefined;
  /** Why, in a person's words: kept in the record. */
  readonly why?: string | undefined;
  /** Who, instead of the user of this process. */
  readonly who?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: (step: ApplyStep) => void;
  /** Told how many bytes of the bundle the target has. */
  readonly onProgress?: CommitOptions['onProgress'] | undefined;
}

/** What is applied, and what it was planned against. */
export interface Appliable {
  readonly bundle: Uint8Array;
  readonly digest: string;
  readonly sourceMap?: unknown;
  /** The plan that was shown; kept in the record. */
  readonly plan?: unknown;
  readonly revision: SourceRevision;
  /** The files that it was compiled from; kept in the record. */
  readonly source: readonly SourceFile[];
  /** The generation that the plan was made against. */
  readonly expectedGeneration: number;
}

export interface ApplyResult {
  readonly generation: number;
  /** Of the bundle in force; absent when a rollback returned to a time without one. */
  readonly digest?: string | undefined;
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
  const { target } = options;
  const situation = await observe(options);
  const { live } = situation;
  if (live.generation !== what.expectedGeneration)
    throw new UserError('generation-moved', {
      message: `${target.name} on ${target.node} has changed since the plan was made: ${inForceWords(live)} is in force now`,
      why: `the plan was made against generation ${what.expectedGeneration}`,
      fix: 'run riptides plan again, review what has changed, and apply the new plan',
    });
  return transact(situation, options, {
    action: 'apply',
    files: what,
    revision: what.revision,
    confirmWithin: options.confirmWithin,
    commit: async () => target.commit(what.bundle, await commitOptionsOf(situation, what.digest, options)),
  });
}

/**
 * Verifies a bundle at the target without putting it in force. Returns the generation in force.
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
  const { live, notes } = await observe(options);
  if (live.confirmRemaining === undefined)
    throw new UserError('nothing-to-confirm', {
      message: `nothing is waiting for confirmation: ${inForceWords(live)} is in force`,
      ...(notes.length === 0 ? {} : { why: notes.join('; ') }),
      fix: 'run riptides status to see what is in force, and since when',
    });
  await target.confirm(live.generation);
  // Sees that the generation does not wait any more, and records it.
  const { recorded, unrepaired } = await reconcile(target, records);
  if (unrepaired !== undefined) throw notRecorded(`generation ${live.generation} is confirmed`, unrepaired);
  return { generation: live.generation, record: recorded, notes };
}

export interface Situated {
  readonly generation: number;
  readonly record: AppliedRecord | undefined;
  readonly notes: readonly string[];
}

/**
 * Puts an earlier bundle back in force: the one of a record, or of the last record whose bundle is not the one in force; while a
 * commit waits for its confirmation, what was in force before it. Before the first bundle there was none: that is put back too. The
 * target's own history is used where it has the bundle, else the recorded bundle is sent again.
 *
 * @throws UserError `record-missing` when there is no such record or it has no bundle
 */
export async function rollbackTo(revision: string | undefined, options: ApplyOptions): Promise<ApplyResult> {
  const { target, records, confirmWithin } = options;
  const situation = await observe(options);
  const { live } = situation;
  const record = revision === undefined ? await recordBefore(records, live) : await records.find(revision);
  const digest = record?.manifest.digest;
  if (record === undefined || digest === undefined) {
    if (record !== undefined && revision !== undefined) throw withoutBundle(record);
    return transact(situation, options, {
      action: 'rollback',
      files: {},
      revision: { dirty: false },
      // Without a bundle nothing can lock anybody out, and the target waits for nothing.
      confirmWithin: undefined,
      restored: record?.id,
      commit: () => target.rollback(live.generation),
    });
  }
  const files = await records.show(record.id);
  const { bundle } = files;
  if (bundle === undefined) throw withoutBundle(record);
  // The target's own rollback cannot be undone by itself.
  const held =
    confirmWithin === undefined &&
    (live.confirmRemaining !== undefined || live.history.some((entry) => entry.digest === digest));
  return transact(situation, options, {
    action: 'rollback',
    files: { ...files, bundle, digest },
    revision: {
      commit: record.manifest.sourceCommit,
      dirty: record.manifest.dirty,
    },
    restored: record.id,
    confirmWithin,
    commit: async () =>
      held
        ? target.rollback(live.generation, digest)
        : target.commit(bundle, await commitOptionsOf(situation, digest, options)),
  });
}

/** With the bundle in force, if it is the one recorded: asking the target for it would take as long as sending the new one. */
async function commitOptionsOf(
  { live, recorded }: Situation,
  digest: string,
  { records, confirmWithin, signal, onProgress }: ApplyOptions,
): Promise<CommitOptions> {
  const isRecorded = recorded !== undefined && recorded.manifest.digest === live.digest;
  const inForce = isRecorded ? (await records.show(recorded.id, { plan: false })).bundle : undefined;
  return {
    expectedGeneration: live.generation,
    digest,
    inForce,
    confirmWithin,
    signal,
    onProgress,
  };
}

/** The record of what was in force before; undefined when that was no bundle, and nobody recorded it. */
async function recordBefore(records: Records, live: LiveState): Promise<AppliedRecord | undefined> {
  const history = await records.history();
  const [latest, beforeLatest] = history;
  const isOurs = latest?.manifest.generation === live.generation && latest.manifest.digest === live.digest;
  if (live.confirmRemaining !== undefined && isOurs) return beforeLatest;
  const found = history.find(
    ({ manifest }) => manifest.digest !== undefined && manifest.digest !== live.digest,
  );
  if (found !== undefined) return found;
  if (isOurs && live.digest !== undefined && live.history.length === 0) return undefined;
  throw new UserError('record-missing', {
    message: `there is no earlier bundle to go back to: ${counted(history.length, 'record')}, none with another bundle than the one in force`,
    fix: 'riptides history lists the records; apply an earlier revision of the policy instead',
  });
}

function withoutBundle({ id }: AppliedRecord): UserError {
  return new UserError('record-missing', {
    message: `after record ${id.slice(0, 12)} no bundle was in force: there is none to go back to`,
    fix: 'name a record with a bundle (riptides history lists them); to stop governing, use riptides module drain',
  });
}

/** Observes the target, and refuses what must not be built upon. */
async function observe({ target, records }: ApplyOptions): Promise<Situation> {
  const situation = await reconcile(target, records);
  refuseUnsettled(situation);
  return situation;
}

interface Transaction {
  readonly action: RecordAction;
  /** Without a bundle, none is to be in force. */
  readonly files: Pick<RecordFiles, 'plan' | 'sourceMap' | 'bundle' | 'source'> & {
    readonly digest?: string | undefined;
  };
  readonly revision: SourceRevision;
  readonly restored?: string | undefined;
  /** Milliseconds after which the target undoes it unless it is confirmed. */
  readonly confirmWithin: number | undefined;
  /** Gives the new generation. */
  readonly commit: () => Promise<number>;
}

async function transact(
  { live, notes }: Situation,
  options: ApplyOptions,
  transaction: Transaction,
): Promise<ApplyResult> {
  const { target, records, onStep } = options;
  const { confirmWithin } = transaction;
  const { bundle, digest, plan, sourceMap, source } = transaction.files;
  const now = Date.now();
  const generation = live.generation + 1;
  const manifest: Manifest = {
    schemaVersion: 1,
    target: target.name,
    node: target.node,
    action: transaction.action,
    generation,
    digest,
    size: bundle?.byteLength,
    sourceCommit: transaction.revision.commit,
    dirty: transaction.revision.dirty,
    who: options.who ?? whoAmI(),
    why: options.why,
    at: new Date(now).toISOString(),
    ...(confirmWithin === undefined ? {} : { confirmBy: new Date(now + confirmWithin).toISOString() }),
    restored: transaction.restored,
    writer: thisWriter(),
  };
  onStep?.('recording');
  const pending = await records.prepare({
    manifest,
    bundle,
    plan,
    sourceMap,
    source,
  });
  onStep?.('committing');
  let committed: number;
  try {
    committed = await transaction.commit();
  } catch (error) {
    // After any other error nobody knows what the target did: the next run asks it.
    if (isUserError(error) && error.kind !== 'kernel-silent') await abandonQuietly(records, pending);
    throw error;
  }
  onStep?.('committed');
  if (committed !== generation)
    throw new InternalError(
      `the target made ${bundleWords(digest)} generation ${committed} where ${generation} was due`,
    );
  let record: AppliedRecord;
  try {
    record = await records.settle(pending);
  } catch (error) {
    throw notRecorded(`generation ${generation} (${bundleWords(digest)}) is in force`, error);
  }
  onStep?.('recorded');
  return {
    generation,
    digest,
    record,
    ...(confirmWithin === undefined ? {} : { confirmBy: now + confirmWithin }),
    notes: [...notes, ...records.notes],
  };
}

/** The next run drops it as well; why the target refused is what the person has to hear. */
async function abandonQuietly(records: Records, pending: AppliedRecord): Promise<void> {
  try {
    await records.abandon(pending);
  } catch (error) {
    if (!isUserError(error)) throw error;
  }
}

/** The target has done it, and the record of it cannot be written. */
function notRecorded(done: string, error: unknown): unknown {
  if (!isUserError(error)) return error;
  return new UserError('not-recorded', {
    message: `${done}; its record cannot be completed: ${error.message}`,
    why: error.why,
    fix: `${error.fix}; then run riptides status, which completes the record`,
    cause: error,
  });
}
