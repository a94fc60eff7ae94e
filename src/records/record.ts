// SPDX-License-Identifier: Apache-2.0
// One record of what was applied: a commit of its own, with four files and trailers that `git log` shows.
//
//   manifest.json     what, where, when, by whom, why
//   plan.json         the plan that was shown
//   bundle.rtb        the bundle, byte for byte; absent when nothing is in force afterwards
//   bundle.map.json   the bundle's source map

import { UserError } from '../errors.ts';
import type { Git } from './git.ts';
import type { TargetName } from '../targets/target.ts';

/** What made the record: an apply or rollback of riptides, its confirmation, or its undoing by the target itself. */
export type RecordAction = 'apply' | 'rollback' | 'confirm' | 'confirm-expired';
const ACTIONS: readonly string[] = [
  'apply',
  'rollback',
  'confirm',
  'confirm-expired',
] satisfies readonly RecordAction[];

export interface Manifest {
  readonly schemaVersion: 1;
  readonly target: TargetName;
  readonly node: string;
  readonly action: RecordAction;
  readonly generation: number;
  /** SHA-256 of the bundle in force afterwards; absent when none is. */
  readonly digest?: string;
  readonly size?: number;
  /** The commit that the policy was compiled from. */
  readonly sourceCommit?: string;
  /** Whether the policy differed from that commit. */
  readonly dirty: boolean;
  readonly who: string;
  readonly why?: string;
  /** ISO 8601, in UTC. */
  readonly at: string;
  /** When the target undoes it unless confirmed: ISO 8601, in UTC. */
  readonly confirmBy?: string;
  /** The record that a rollback restored. */
  readonly restored?: string;
  /** The process that wrote the record: it may be still at work while the record is pending. */
  readonly writer: Writer;
}

export interface Writer {
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the system's own unit: a process id is used again. */
  readonly started?: string;
}

export interface RecordFiles {
  readonly manifest: Manifest;
  readonly plan?: unknown;
  readonly bundle?: Uint8Array;
  readonly sourceMap?: unknown;
}

/** A record as it stands in the history. */
export interface AppliedRecord {
  /** The commit. */
  readonly id: string;
  readonly manifest: Manifest;
}

const FILES = {
  manifest: 'manifest.json',
  plan: 'plan.json',
  bundle: 'bundle.rtb',
  sourceMap: 'bundle.map.json',
} as const;

/** Writes a record as a commit that no ref names yet. Gives its id. Throws git's words when the repository cannot be written. */
export async function writeRecord(git: Git, files: RecordFiles, parent: string | undefined): Promise<string> {
  const { manifest, plan, bundle, sourceMap } = files;
  const contents: readonly (readonly [string, Uint8Array | string])[] = [
    [FILES.manifest, toText(manifest)],
    ...(plan === undefined ? [] : [[FILES.plan, toText(plan)] as const]),
    ...(bundle === undefined ? [] : [[FILES.bundle, bundle] as const]),
    ...(sourceMap === undefined ? [] : [[FILES.sourceMap, toText(sourceMap)] as const]),
  ];
  const blobs = await Promise.all(
    contents.map(async ([name, input]) => {
      const id = await git.run(['hash-object', '-w', '--stdin'], { input });
      return `100644 blob ${id.trim()}\t${name}\n`;
    }),
  );
  const tree = await git.run(['mktree'], { input: blobs.join('') });
  const parents = parent === undefined ? [] : ['-p', parent];
  const commit = await git.run(['commit-tree', tree.trim(), ...parents, '-F', '-'], {
    input: messageOf(manifest),
    identity: await identityFor(git, manifest),
  });
  return commit.trim();
}

function toText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function messageOf(manifest: Manifest): string {
  const { action, target, node, generation, digest, sourceCommit, dirty, who, why, restored } = manifest;
  const bundle = digest === undefined ? 'no bundle' : `bundle ${digest.slice(0, 12)}`;
  const trailers: readonly (readonly [string, string | undefined])[] = [
    ['Generation', String(generation)],
    ['Digest', digest ?? 'none'],
    ['Source-Commit', sourceCommit ?? 'none'],
    ['Dirty', String(dirty)],
    ['Action', action],
    ['Who', who],
    ['Why', why],
    ['Restored', restored],
    ['Confirm-By', manifest.confirmBy],
  ];
  const lines = trailers.flatMap(([name, value]) =>
    value === undefined ? [] : [`Riptides-${name}: ${oneLine(value)}`],
  );
  return `${action} generation ${generation} on ${target}/${node}: ${bundle}\n\n${lines.join('\n')}\n`;
}

/** A trailer is one line, and nobody writes a second one by way of his reason. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').trim();
}

/** The name that git knows, else the one of the manifest, for this commit only. */
async function identityFor(git: Git, manifest: Manifest): Promise<{ name: string; email: string }> {
  const [user = 'riptides', host = 'localhost'] = manifest.who.split('@');
  const lines = await git.run(['config', '--get-regexp', '^user\\.(name|email)$']).catch(() => '');
  const configured = (key: string): string =>
    new RegExp(`^user\\.${key} (.*)$`, 'm').exec(lines)?.[1]?.trim() ?? '';
  const [name, email] = [configured('name'), configured('email')];
  return { name: name || plain(user), email: email || `${plain(user)}@${plain(host)}` };
}

/** Without what git does not take in a name. */
function plain(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '') || 'riptides';
}

/** The manifest of a record. @throws UserError `record-unreadable` */
export async function readManifest(git: Git, id: string): Promise<Manifest> {
  return parseManifest(id, new TextDecoder().decode(await readFileOf(git, id, FILES.manifest)));
}

export interface ReadOptions {
  /** Whether the plan is read, too; true unless given. */
  readonly plan?: boolean;
}

/**
 * A record with its files. The plan may be larger than all the rest, and is left out on request.
 *
 * @throws UserError `record-unreadable` when it is not one that riptides wrote
 */
export async function readRecord(
  git: Git,
  id: string,
  { plan: wantsPlan = true }: ReadOptions = {},
): Promise<RecordFiles> {
  const listed = await git.run(['ls-tree', '--name-only', id]);
  const names = new Set(listed.split('\n'));
  const read = async (name: string): Promise<Uint8Array | undefined> =>
    names.has(name) ? readFileOf(git, id, name) : undefined;
  const json = async (name: string): Promise<unknown> => {
    const bytes = await read(name);
    return bytes === undefined ? undefined : parseJson(id, name, new TextDecoder().decode(bytes));
  };
  const [manifest, plan, bundle, sourceMap] = await Promise.all([
    readManifest(git, id),
    wantsPlan ? json(FILES.plan) : undefined,
    read(FILES.bundle),
    json(FILES.sourceMap),
  ]);
  return {
    manifest,
    ...(plan === undefined ? {} : { plan }),
    ...(bundle === undefined ? {} : { bundle }),
    ...(sourceMap === undefined ? {} : { sourceMap }),
  };
}

async function readFileOf(git: Git, id: string, name: string): Promise<Uint8Array> {
  try {
    return await git.readBlob(`${id}:${name}`);
  } catch (error) {
    throw unreadable(id, `it has no ${name}`, error);
  }
}

/** Parses a manifest. @throws UserError `record-unreadable` */
export function parseManifest(id: string, text: string): Manifest {
  const value = parseJson(id, FILES.manifest, text);
  if (!isManifest(value))
    throw unreadable(id, `${FILES.manifest} lacks fields, or a newer riptides wrote it`);
  return value;
}

function parseJson(id: string, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(id, `${name} is not JSON`, error);
  }
}

function unreadable(id: string, why: string, cause?: unknown): UserError {
  return new UserError('record-unreadable', {
    message: `commit ${id.slice(0, 12)} is not a record of riptides that this version can read`,
    why,
    fix: 'name a record that riptides history lists, or use the riptides that wrote it',
    ...(cause === undefined ? {} : { cause }),
  });
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const has = (name: string, type: string): boolean =>
    name in value && typeof Reflect.get(value, name) === type;
  const may = (name: string, type: string): boolean =>
    !(name in value) || typeof Reflect.get(value, name) === type;
  return (
    Reflect.get(value, 'schemaVersion') === 1 &&
    has('target', 'string') &&
    has('node', 'string') &&
    ACTIONS.includes(String(Reflect.get(value, 'action'))) &&
    Number.isSafeInteger(Reflect.get(value, 'generation')) &&
    may('digest', 'string') &&
    may('size', 'number') &&
    may('sourceCommit', 'string') &&
    has('dirty', 'boolean') &&
    has('who', 'string') &&
    may('why', 'string') &&
    has('at', 'string') &&
    may('confirmBy', 'string') &&
    may('restored', 'string') &&
    isWriter(Reflect.get(value, 'writer'))
  );
}

function isWriter(value: unknown): value is Writer {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'host') === 'string' &&
    Number.isSafeInteger(Reflect.get(value, 'pid'))
  );
}
