// SPDX-License-Identifier: Apache-2.0
// The history of a target: records on one ref, in the repository of the policy.
//
//   refs/riptides/<target>/<node>/applied   the latest record; its parents are the earlier ones
//   refs/riptides/<target>/<node>/pending   the record of an apply that is under way, or was killed on its way
//   refs/riptides/<target>/<node>/kept/…    records that fit nowhere else, see spare.ts
//
// Every change of a ref is a compare-and-swap. Where the repository cannot be written, the spare place takes its part.

import { InternalError, isUserError, UserError } from '../errors.ts';
import { type Git, obstacleWords, openRepository } from './git.ts';
import {
  type AppliedRecord,
  parseManifest,
  readManifest,
  type ReadOptions,
  readRecord,
  type RecordFiles,
  writeRecord,
} from './record.ts';
import { adoptSpare, findSpare, openSpare } from './spare.ts';
import { isAncestor, readRef, type RecordRefs, refsOf, updateRefs, zeros } from './refs.ts';
import type { TargetName } from '../targets/target.ts';

export interface RecordsOptions {
  /** The project's directory: its repository holds the records. */
  readonly project: string;
  readonly target: TargetName;
  readonly node: string;
}

/** A record that is written, and not settled. */
export interface PreparedRecord extends AppliedRecord {
  /** The record it was written on top of, if that is known. */
  readonly parent?: string;
}

/** The records of one target on one node. */
export interface Records {
  /** Where they are kept, and why it is not the project's repository when it is another place. */
  place(): { readonly directory?: string; readonly why?: string; readonly fix?: string };
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
  /**
   * Writes a record and marks it as pending: called before the target is touched.
   *
   * @throws UserError `busy` when another one is pending
   */
  prepare(files: RecordFiles): Promise<PreparedRecord>;
  /** Makes a record the latest; the pending one is settled with it. Writes it anew when another record came first. */
  settle(record: PreparedRecord): Promise<AppliedRecord>;
  /** Drops the pending record: the target never took it. */
  abandon(record: AppliedRecord): Promise<void>;
}

/**
 * Opens the records of a target.
 *
 * @throws UserError `record-missing` when there is no git
 */
export async function openRecords(options: RecordsOptions): Promise<Records> {
  const { project } = options;
  const refs = refsOf(options.target, options.node);
  const repository = await openRepository(project);
  const spare = await findSpare(project, refs);
  const notes: string[] = [];
  /** Undefined until the first record is written, where there is no repository. */
  let git: Git | undefined = 'run' in repository ? repository : spare;
  let reason: { readonly why: string; readonly fix: string } | undefined;

  function keepIn(place: Git, why: string, fix: string): Git {
    git = place;
    reason = { why, fix };
    notes.push(
      `the record is kept in ${place.directory}, because ${why}; to have it in the repository: ${fix}`,
    );
    return place;
  }
  if ('run' in repository && spare !== undefined) {
    const adopted = await adoptSpare(spare, repository, refs);
    if (adopted.ok) notes.push(adopted.note);
    else keepIn(spare, adopted.why, `make it writable; the next run moves the record there`);
  } else if (!('run' in repository) && spare !== undefined) {
    keepIn(spare, repository.why, repository.fix);
  }

  /** Writes to the repository, or to the spare place where that is impossible. */
  async function prepare(files: RecordFiles): Promise<PreparedRecord> {
    if (git === undefined) {
      const { why, fix } = 'run' in repository ? { why: '', fix: '' } : repository;
      return prepareIn(keepIn(await openSpare(project, undefined, refs), why, fix), refs, files);
    }
    try {
      return await prepareIn(git, refs, files);
    } catch (error) {
      if (git !== repository || isUserError(error)) throw error;
      const why = `git cannot write to ${git.directory} (${obstacleWords(error)})`;
      const place = await openSpare(project, git, refs);
      return prepareIn(
        keepIn(place, why, 'make it writable; the next run moves the record there'),
        refs,
        files,
      );
    }
  }

  async function read(ref: string): Promise<AppliedRecord | undefined> {
    const id = git === undefined ? undefined : await readRef(git, ref);
    return git === undefined || id === undefined ? undefined : { id, manifest: await readManifest(git, id) };
  }
  const history = async (limit?: number): Promise<readonly AppliedRecord[]> =>
    git === undefined ? [] : readHistory(git, refs.applied, limit);
  /** The place of a record that exists. */
  function place(): Git {
    if (git === undefined) throw new InternalError('there are no records, and one of them is asked for');
    return git;
  }

  return {
    place: () => ({ ...(git === undefined ? {} : { directory: git.directory }), ...reason }),
    notes,
    latest: () => read(refs.applied),
    pending: () => read(refs.pending),
    history,
    find: async (revision) => findRecord(await history(), revision),
    show: (id, options) => readRecord(place(), id, options),
    prepare,
    settle: (record) => settle(place(), refs, record),
    abandon: async (record) => {
      await updateRefs(place(), [`delete ${refs.pending} ${record.id}`]);
    },
  };
}

/** Writes a record on top of the latest, and marks it as pending. */
async function prepareIn(git: Git, refs: RecordRefs, files: RecordFiles): Promise<PreparedRecord> {
  const parent = await readRef(git, refs.applied);
  const id = await writeRecord(git, files, parent);
  await setPending(git, refs.pending, id);
  return { id, manifest: files.manifest, ...(parent === undefined ? {} : { parent }) };
}

/** Makes a record the latest, on top of whatever is the latest by then. */
async function settle(git: Git, refs: RecordRefs, record: PreparedRecord): Promise<AppliedRecord> {
  const { manifest } = record;
  let { id, parent } = record;
  let pending: string | undefined = id;
  for (;;) {
    const applied = `update ${refs.applied} ${id} ${parent ?? zeros(id)}`;
    // As expected nearly always: nobody was here since the record was prepared.
    if (
      await updateRefs(git, [
        applied,
        ...(pending === undefined ? [] : [`delete ${refs.pending} ${pending}`]),
      ])
    )
      return { id, manifest };
    pending = (await readRef(git, refs.pending)) === record.id ? record.id : undefined;
    const latest = await readRef(git, refs.applied);
    if (latest !== undefined && (await isAncestor(git, id, latest))) {
      // Someone else has settled it.
      if (pending !== undefined) await updateRefs(git, [`delete ${refs.pending} ${pending}`]);
      return { id, manifest };
    }
    if ((await parentOf(git, id)) !== latest) id = await writeRecord(git, await readRecord(git, id), latest);
    parent = latest;
  }
}

async function setPending(git: Git, ref: string, id: string): Promise<void> {
  if (await updateRefs(git, [`update ${ref} ${id} ${zeros(id)}`])) return;
  const other = await readRef(git, ref);
  const manifest = other === undefined ? undefined : await readManifest(git, other);
  throw new UserError('busy', {
    message:
      manifest === undefined
        ? 'another riptides has just applied to this target'
        : `another riptides (process ${manifest.writer.pid} on ${manifest.writer.host}) is applying to this target`,
    fix: 'wait until it is done, then plan and apply again',
  });
}

async function parentOf(git: Git, id: string): Promise<string | undefined> {
  const [, parent] = (await git.run(['rev-list', '--parents', '--max-count=1', id])).trim().split(' ');
  return parent;
}

async function readHistory(
  git: Git,
  ref: string,
  limit: number | undefined,
): Promise<readonly AppliedRecord[]> {
  const most = limit === undefined ? [] : [`--max-count=${limit}`];
  // A pattern, unlike a name, may find nothing. The brackets make the name one.
  const listed = await git.run([
    'rev-list',
    '--first-parent',
    ...most,
    `--glob=${ref.slice(0, -1)}[${ref.slice(-1)}]`,
  ]);
  const ids = listed.split('\n').filter((line) => line !== '');
  if (ids.length === 0) return [];
  // One process for all of them; a manifest has no characters that a text could lose.
  const batch = Buffer.from(
    await git.run(['cat-file', '--batch'], { input: ids.map((id) => `${id}:manifest.json\n`).join('') }),
  );
  const records: AppliedRecord[] = [];
  let start = 0;
  for (const id of ids) {
    const end = batch.indexOf(0x0a, start);
    const size = Number(batch.subarray(start, end).toString().split(' ')[2]);
    if (!Number.isInteger(size)) parseManifest(id, '');
    records.push({ id, manifest: parseManifest(id, batch.subarray(end + 1, end + 1 + size).toString()) });
    start = end + 1 + size + 1;
  }
  return records;
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
