// SPDX-License-Identifier: Apache-2.0
// What a person names to be compared: a directory, a bundle, a record, or a revision of git.

import { readFile } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { sha256 } from '../crypto.ts';
import { gitIn, type Git } from '../records/git.ts';
import { nodeName } from '../targets/node.ts';
import { GitError } from '../records/git-error.ts';
import type { Manifest } from '../records/manifest.ts';
import { type AppliedRecord, readRecord } from '../records/record.ts';
import { openRecords, type Records } from '../records/records.ts';
import type { TargetName } from '../targets/target.ts';
import { projectDirectory } from './project-directory.ts';
import { openTarget } from './targets.ts';
import { isUserError, messageOf, UserError } from '../errors.ts';
import { isYamlFile } from '../schema/paths.ts';
import { compileDirectory, compileRevision } from './compile-side.ts';
import type { OnProgress } from '../compiler/types.ts';
import { type Compared, withSources } from '../diff/sides/side.ts';

/** A policy to compare, and what it is in words. */
export interface NamedPolicy extends Compared {
  readonly words: string;
  readonly digest: string;
}

export interface NamingOptions {
  /** The directory that revisions without a directory are about, and whose records are meant. */
  readonly directory: string;
  readonly target: TargetName;
  readonly node: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Opens what a person named: a path that exists before anything else, then `live`, a record (`latest`, `~1`, `g7`), a revision.
 *
 * @throws UserError `usage` when it is none of them, and what reading it may throw
 * @throws PolicyRefused when it is a policy with errors
 */
export async function openPolicy(name: string, options: NamingOptions): Promise<NamedPolicy> {
  options.onProgress?.(`compiling ${name}`);
  const stats = statSync(name, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true || (stats !== undefined && isYamlFile(name)))
    return { ...compileDirectory(name, options.node), words: name };
  if (stats !== undefined) return openFile(name);
  if (name === 'live') return openLive(options);
  if (/^(?:latest|~\d+|g\d+)$/.test(name)) return openRecord(name, options);
  return openRevision(name, options);
}

/** What is in force on the target. */
async function openLive({ directory, target: name }: NamingOptions): Promise<NamedPolicy> {
  const { target, records } = await openTarget({ directory, target: name });
  const dumped = await target.dump();
  if (dumped === undefined)
    throw new UserError('usage', {
      message: `no policy is in force on ${name}`,
      fix: 'apply one, or name a directory, a bundle, a record or a revision',
    });
  const words = `generation ${dumped.generation} of ${name}`;
  const latest = await records.latest();
  const recorded = latest === undefined ? undefined : await records.show(latest.id);
  return named(words, dumped.bundle, recorded?.sourceMap);
}

/** The policy that was last applied, to the first target that has a record; where none has one, that of the last commit. */
export async function openLastApplied(
  options: NamingOptions,
  targets: readonly TargetName[],
): Promise<NamedPolicy> {
  for (const target of targets) {
    const latest = await findLatest({ ...options, target });
    if (latest !== undefined) return latest.open();
  }
  try {
    return await openRevision('HEAD', options);
  } catch (error) {
    if (!isUserError(error, 'usage')) throw error;
    throw new UserError('usage', {
      message: `${options.directory} was not applied to ${targets.join(' or ')}, and it has no commit to compare with`,
      fix: 'commit the policy, or name both sides: riptides diff BEFORE AFTER',
      cause: error,
    });
  }
}

/** The last record of a target that left a bundle in force. */
export interface LatestRecord {
  readonly id: string;
  readonly manifest: Manifest;
  /** Reads its bundle. */
  readonly open: () => Promise<NamedPolicy>;
}

/**
 * What was last applied; undefined where nothing was, or where nothing is in force since.
 *
 * @throws UserError `record-missing` when there is no git on this machine, `record-unreadable`
 */
export async function findLatest(
  options: Pick<NamingOptions, 'directory' | 'target'>,
): Promise<LatestRecord | undefined> {
  const records = await recordsOf(options);
  const latest = await records.latest();
  if (latest?.manifest.digest === undefined) return undefined;
  return { ...latest, open: () => openFound(records, latest, options.target) };
}

function named(words: string, bundle: Uint8Array, sourceMap: unknown): NamedPolicy {
  const digest = sha256(bundle);
  return { ...withSources(bundle, digest, sourceMap), words, digest };
}

async function openFile(path: string): Promise<NamedPolicy> {
  let bundle: Uint8Array;
  try {
    bundle = await readFile(path);
  } catch (error) {
    throw new UserError('usage', {
      message: `${path} cannot be read`,
      why: messageOf(error),
      fix: 'name a bundle, a directory or a revision',
      cause: error,
    });
  }
  const text = await readFile(`${path}.map.json`, 'utf8').catch(() => undefined);
  return named(path, bundle, text === undefined ? undefined : parseJson(text));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function recordsOf({ directory, target }: Pick<NamingOptions, 'directory' | 'target'>) {
  return openRecords({ project: projectDirectory(directory), target, node: nodeName() });
}

async function openRecord(name: string, options: NamingOptions): Promise<NamedPolicy> {
  const records = await recordsOf(options);
  return openFound(records, await records.find(name), options.target);
}

async function openFound(
  records: Records,
  { id, manifest }: AppliedRecord,
  target: TargetName,
): Promise<NamedPolicy> {
  const { bundle, sourceMap } = await records.show(id, { plan: false });
  const words = `record ${id.slice(0, 8)} (generation ${manifest.generation} of ${target})`;
  if (bundle === undefined) throw emptyRecord(words);
  return named(words, bundle, sourceMap);
}

function emptyRecord(words: string): UserError {
  return new UserError('record-missing', {
    message: `${words} has no bundle: nothing was in force afterwards`,
    fix: 'name a record that has one; riptides history lists them',
  });
}

/** `REV`, the policy of the directory at that commit; or `REV:directory`, from the root of the repository. */
async function openRevision(name: string, options: NamingOptions): Promise<NamedPolicy> {
  const colon = name.indexOf(':');
  const revision = colon < 0 ? name : name.slice(0, colon);
  const project = projectDirectory(options.directory);
  const git = await gitIn(project);
  const commit = await findCommit(git, revision);
  if (commit === undefined) return openRecordById(name, options);
  const words = `${revision === commit ? '' : `${name}, `}commit ${commit.slice(0, 12)}`;
  if (colon < 0) {
    const files = new Set((await git.run(['ls-tree', '--name-only', '--full-tree', commit])).split('\n'));
    if (files.has('manifest.json') && files.has('bundle.rtb')) {
      const { bundle, sourceMap } = await readRecord(git, commit, { plan: false });
      if (bundle !== undefined) return named(`record ${commit.slice(0, 8)}`, bundle, sourceMap);
    }
  }
  const prefix = (await git.run(['rev-parse', '--show-prefix'])).trim();
  const directory = colon < 0 ? prefix : name.slice(colon + 1);
  return { ...(await compileRevision(git, commit, directory, revision, options.node)), words };
}

async function findCommit(git: Git, revision: string): Promise<string | undefined> {
  try {
    const found = await git.ask([
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${revision}^{commit}`,
    ]);
    return found?.trim();
  } catch (error) {
    if (error instanceof GitError && error.obstacle === 'no-repository') return undefined;
    throw error;
  }
}

/** Records can be kept outside of the repository: then git there does not know their ids. */
async function openRecordById(name: string, options: NamingOptions): Promise<NamedPolicy> {
  if (/^[0-9a-f]{4,64}$/.test(name)) {
    try {
      return await openRecord(name, options);
    } catch (error) {
      if (!isUserError(error, 'record-missing')) throw error;
    }
  }
  throw new UserError('usage', {
    message: `"${name}" is not a directory, a bundle, a record or a git revision`,
    fix: 'name a directory, a bundle (.rtb), a record as riptides history lists them, a commit, branch or tag, or REVISION:DIRECTORY',
  });
}
