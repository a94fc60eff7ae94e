// SPDX-License-Identifier: Apache-2.0
// The history of a project on a target: records on one ref, in the repository of the policy.
//
//   refs/riptides/<target>/<node>/<project>/applied   the latest record; its parents are the earlier ones
//   refs/riptides/<target>/<node>/<project>/pending   the record of an apply that is under way, or was killed on its way
//   refs/riptides/<target>/<node>/<project>/kept/…    records that fit nowhere else, see fallback.ts
//
// Every change of a ref is a compare-and-swap. Where the repository cannot be written, the fallback repository takes its part.

import { InternalError, UserError } from '../errors.ts';
import { findFallback, leaveFallback, openFallback, type Store, type Subject } from './fallback.ts';
import { type Git, isRepository, openRepository } from './git.ts';
import { GitError } from './git-error.ts';
import {
  type AppliedRecord,
  readManifests,
  type ReadOptions,
  readRecord,
  readRecordSource,
  type RecordFiles,
  writeRecord,
} from './record.ts';
import { isAncestor, projectName, readRef, refsOf, updateRefs } from './refs.ts';
import { readFiles } from './source.ts';
import type { SourceFile } from '../compiler/load/sources.ts';

export type RecordsOptions = Subject;

/** A record that is written, and not settled. */
export interface PreparedRecord extends AppliedRecord {
  /** The record it was written on top of, if that is known. */
  readonly parent?: string | undefined;
}

/** The records of one project on one target of one node. */
export interface Records {
  /** Where they are kept, and why that is not the project's repository when it is another. */
  location(): { readonly directory?: string; readonly why?: string | undefined; readonly fix?: string };
  /** What was found and repaired on opening, and what happened since: sentences for the person. */
  readonly notes: readonly string[];
  latest(): Promise<AppliedRecord | undefined>;
  /** The record of an apply that is not settled. */
  pending(): Promise<AppliedRecord | undefined>;
  /** The latest records first. */
  history(limit?: number): Promise<readonly AppliedRecord[]>;
  /**
   * Finds a record: `latest`, `~N` (N records before the latest), `gN` (the latest of generation N), or the start of a commit id.
   *
   * @throws UserError `record-missing`
   */
  find(revision: string): Promise<AppliedRecord>;
  show(id: string, options?: ReadOptions): Promise<RecordFiles>;
  /** The files that a record was compiled from, as they were read. @throws UserError `record-unreadable` when it has none */
  source(record: AppliedRecord): Promise<readonly SourceFile[]>;
  /**
   * Writes a record and marks it as pending: called before the target is touched. Everything that `settle` will have to write or lock is
   * tried, as far as it can be.
   *
   * @throws UserError `busy` when another one is pending
   */
  prepare(files: RecordFiles): Promise<PreparedRecord>;
  /** Makes a record the latest; the pending one is settled with it. Writes it anew when another record came first. @throws GitError */
  settle(record: PreparedRecord): Promise<AppliedRecord>;
  /** Drops the pending record: the target never took it. @throws GitError */
  abandon(record: AppliedRecord): Promise<void>;
}

/**
 * Opens the records of a project.
 *
 * @throws GitError, also when git is not installed
 */
export async function openRecords(subject: RecordsOptions): Promise<Records> {
  const { project, target, node } = subject;
  const repository = await openRepository(project);
  const own: Store | undefined = isRepository(repository)
    ? { git: repository, refs: refsOf(target, node, projectName(repository, target)) }
    : undefined;
  const fallback = await findFallback(subject);
  const notes: string[] = [];
  /** Undefined until the first record is written, where there is no repository. */
  let store = own ?? fallback;
  let reason: { readonly why: string; readonly fix: string } | undefined;

  function keepIn(other: Store, why: string, fix: string): Store {
    store = other;
    reason = { why, fix };
    notes.push(
      `the record is kept in ${other.git.directory}, because ${why}; to have it in the repository: ${fix}`,
    );
    return other;
  }
  if (own !== undefined && fallback !== undefined) {
    const left = await leaveFallback(fallback, own);
    if (left.ok) notes.push(left.note);
    else keepIn(fallback, left.why, MAKE_WRITABLE);
  } else if (!isRepository(repository) && fallback !== undefined) {
    keepIn(fallback, repository.message, repository.fix);
  }

  /** Writes to the repository, or to the fallback repository where that is impossible. */
  async function prepare(files: RecordFiles): Promise<PreparedRecord> {
    if (store === undefined) {
      const { message, fix } = isRepository(repository) ? { message: '', fix: '' } : repository;
      return prepareIn(keepIn(await openFallback(subject, undefined), message, fix), files);
    }
    try {
      return await prepareIn(store, files);
    } catch (error) {
      if (store !== own || !(error instanceof GitError) || !isUnwritable(error)) throw error;
      // Where it goes there is no tree of the repository.
      const { source } = files;
      const whole =
        typeof source === 'string'
          ? { ...files, source: await readFiles(store.git, ['--full-tree', source]) }
          : files;
      return prepareIn(keepIn(await openFallback(subject, store), error.message, MAKE_WRITABLE), whole);
    }
  }

  async function read(name: 'applied' | 'pending'): Promise<AppliedRecord | undefined> {
    const id = store === undefined ? undefined : await readRef(store.git, store.refs[name]);
    return store === undefined || id === undefined ? undefined : (await readManifests(store.git, [id]))[0];
  }
  const history = async (limit?: number): Promise<readonly AppliedRecord[]> =>
    store === undefined ? [] : readHistory(store, limit);
  /** The store of a record that exists. */
  function existing(): Store {
    if (store === undefined) throw new InternalError('there are no records, and one of them is asked for');
    return store;
  }

  return {
    location: () => ({ ...(store === undefined ? {} : { directory: store.git.directory }), ...reason }),
    notes,
    latest: () => read('applied'),
    pending: () => read('pending'),
    history,
    find: async (revision) => findRecord(await history(), revision),
    show: (id, options) => readRecord(existing().git, id, options),
    source: ({ id }) => readRecordSource(existing().git, id),
    prepare,
    settle: (record) => settle(existing(), record),
    abandon: async ({ id }) => {
      const { git, refs } = existing();
      await updateRefs(git, [{ ref: refs.pending, from: id, to: undefined }]);
    },
  };
}

const MAKE_WRITABLE = 'make it writable; the next run moves the record there';

function isUnwritable({ obstacle }: GitError): boolean {
  return obstacle !== 'locked' && obstacle !== 'damaged' && obstacle !== 'no-git';
}

/** Writes a record on top of the latest, and marks it as pending. */
async function prepareIn({ git, refs }: Store, files: RecordFiles): Promise<PreparedRecord> {
  for (;;) {
    const parent = await readRef(git, refs.applied);
    const id = await writeRecord(git, files, parent);
    const changes = [
      { ref: refs.pending, from: undefined, to: id },
      // Takes the lock that settling will need.
      { ref: refs.applied, from: parent, to: parent },
    ];
    if (await updateRefs(git, changes, `${refs.base}/probe`)) return { id, manifest: files.manifest, parent };
    const other = await readRef(git, refs.pending);
    if (other !== undefined) throw busy((await readManifests(git, [other]))[0]);
  }
}

function busy(other: AppliedRecord | undefined): UserError {
  const who =
    other === undefined ? '' : ` (process ${other.manifest.writer.pid} on ${other.manifest.writer.host})`;
  return new UserError('busy', {
    message: `another riptides${who} is applying to this target`,
    fix: 'wait until it is done, then plan and apply again',
  });
}

/** Makes a record the latest, on top of whatever is the latest by then. */
async function settle({ git, refs }: Store, record: PreparedRecord): Promise<AppliedRecord> {
  const { manifest } = record;
  let { id, parent } = record;
  let pending: string | undefined = id;
  const drop = { ref: refs.pending, from: record.id, to: undefined };
  for (;;) {
    const applied = { ref: refs.applied, from: parent, to: id };
    // As expected nearly always: nobody was here since the record was prepared.
    if (await updateRefs(git, [applied, ...(pending === undefined ? [] : [drop])])) return { id, manifest };
    pending = (await readRef(git, refs.pending)) === record.id ? record.id : undefined;
    const latest = await readRef(git, refs.applied);
    if (latest !== undefined && (await isAncestor(git, id, latest))) {
      // Someone else has settled it.
      if (pending !== undefined) await updateRefs(git, [drop]);
      return { id, manifest };
    }
    if ((await parentOf(git, id)) !== latest) id = await writeRecord(git, await readRecord(git, id), latest);
    parent = latest;
  }
}

async function parentOf(git: Git, id: string): Promise<string | undefined> {
  const [, parent] = (await git.run(['rev-list', '--parents', '--max-count=1', id])).trim().split(' ');
  return parent;
}

async function readHistory(
  { git, refs }: Store,
  limit: number | undefined,
): Promise<readonly AppliedRecord[]> {
  const latest = await readRef(git, refs.applied);
  if (latest === undefined) return [];
  const most = limit === undefined ? [] : [`--max-count=${limit}`];
  const listed = await git.run(['rev-list', '--first-parent', ...most, latest]);
  return readManifests(
    git,
    listed.split('\n').filter((line) => line !== ''),
  );
}

function findRecord(history: readonly AppliedRecord[], revision: string): AppliedRecord {
  const back = /^~(\d+)$/.exec(revision)?.[1];
  const generation = /^g(\d+)$/.exec(revision)?.[1];
  let found: readonly AppliedRecord[];
  if (revision === 'latest') found = history.slice(0, 1);
  else if (back !== undefined) found = history.slice(Number(back), Number(back) + 1);
  else if (generation !== undefined)
    found = history.filter((record) => record.manifest.generation === Number(generation)).slice(0, 1);
  else
    found = /^[0-9a-f]{4,64}$/.test(revision)
      ? history.filter((record) => record.id.startsWith(revision))
      : [];
  const [record, another] = found;
  if (record !== undefined && another === undefined) return record;
  throw new UserError('record-missing', {
    message:
      record === undefined
        ? `no record is called "${revision}"; there are ${history.length}`
        : `"${revision}" is the start of more than one record`,
    fix: 'name one by its commit id (at least 4 characters), by g and its generation, by ~1 for the one before the latest, or as latest; riptides history lists them',
  });
}
