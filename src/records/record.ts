// SPDX-License-Identifier: Apache-2.0
// One record of what was applied: a commit of its own, with trailers that `git log` shows.
//
//   manifest.json     what, where, when, by whom, why
//   plan.json         the plan that was shown
//   bundle.rtb        the bundle, byte for byte; absent when nothing is in force afterwards
//   bundle.map.json   the bundle's source map
//   source/           the files that it was compiled from, as they were read
//
// So a record needs nothing but itself: not the commit of the policy, which may be rewritten and collected as garbage.

import { sha256 } from '../crypto.ts';
import type { Git } from './git.ts';
import { type Manifest, parseJson, parseManifest, unreadable } from './manifest.ts';
import { type TreeContent, writeTree } from './objects.ts';
import { readFiles, readObjects } from './source.ts';
import type { SourceFile } from '../compiler/load/sources.ts';

export interface RecordFiles {
  readonly manifest: Manifest;
  readonly plan?: unknown;
  readonly bundle?: Uint8Array | undefined;
  readonly sourceMap?: unknown;
  /** The files that the bundle was compiled from, or the tree that holds them already. */
  readonly source?: readonly SourceFile[] | string | undefined;
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
const SOURCE = 'source';

/** Writes a record as a commit that no ref names yet. Gives its id. @throws GitError when the repository cannot be written */
export async function writeRecord(git: Git, files: RecordFiles, parent: string | undefined): Promise<string> {
  const { manifest, plan, bundle, sourceMap, source = [] } = files;
  const json = (path: string, value: unknown): readonly TreeContent[] =>
    value === undefined ? [] : [{ path, content: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`) }];
  const tree = await writeTree(git, [
    ...json(FILES.manifest, manifest),
    ...json(FILES.plan, plan),
    ...(bundle === undefined ? [] : [{ path: FILES.bundle, content: bundle }]),
    ...json(FILES.sourceMap, sourceMap),
    ...(typeof source === 'string'
      ? [{ path: SOURCE, tree: source }]
      : source.map(({ path, content }) => ({ path: `${SOURCE}/${path}`, content }))),
  ]);
  const parents = parent === undefined ? [] : ['-p', parent];
  const commit = await git.run(['commit-tree', tree, ...parents, '-F', '-'], {
    input: messageOf(manifest),
    identity: await identityFor(git, manifest),
  });
  return commit.trim();
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

/** A trailer is one line: a reason cannot add another. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').trim();
}

/** The name that git knows, else the one of the manifest, for this commit only. */
async function identityFor(git: Git, manifest: Manifest): Promise<{ name: string; email: string }> {
  const [user = 'riptides', host = 'localhost'] = manifest.who.split('@');
  const lines = (await git.ask(['config', '--get-regexp', '^user\\.(name|email)$'])) ?? '';
  const configured = (key: string): string =>
    new RegExp(`^user\\.${key} (.*)$`, 'm').exec(lines)?.[1]?.trim() ?? '';
  const [name, email] = [configured('name'), configured('email')];
  return { name: name || plain(user), email: email || `${plain(user)}@${plain(host)}` };
}

/** Without what git does not take in a name. */
function plain(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '') || 'riptides';
}

/** The manifests of records. @throws UserError `record-unreadable` */
export async function readManifests(git: Git, ids: readonly string[]): Promise<readonly AppliedRecord[]> {
  if (ids.length === 0) return [];
  const texts = await readObjects(
    git,
    ids.map((id) => `${id}:${FILES.manifest}`),
  );
  return ids.map((id, i) => {
    const bytes = texts[i];
    if (bytes === undefined) throw unreadable(id, `it has no ${FILES.manifest}`);
    return { id, manifest: parseManifest(id, new TextDecoder().decode(bytes)) };
  });
}

export interface ReadOptions {
  /** Whether the plan is read, too; true unless given. */
  readonly plan?: boolean | undefined;
}

/**
 * A record with its files, its source as a tree. The plan may be larger than all the rest, and is left out on request.
 *
 * @throws UserError `record-unreadable` when it is not one that riptides wrote
 */
export async function readRecord(
  git: Git,
  id: string,
  { plan: wantsPlan = true }: ReadOptions = {},
): Promise<RecordFiles> {
  const names = Object.values(FILES).filter((name) => wantsPlan || name !== FILES.plan);
  const [contents, source] = await Promise.all([
    readObjects(
      git,
      names.map((name) => `${id}:${name}`),
    ),
    git.ask(['rev-parse', '--verify', '--quiet', `${id}:${SOURCE}`]),
  ]);
  const of = (name: (typeof names)[number]): Uint8Array | undefined => contents[names.indexOf(name)];
  const json = (name: (typeof names)[number]): unknown => {
    const bytes = of(name);
    return bytes === undefined ? undefined : parseJson(id, name, new TextDecoder().decode(bytes));
  };
  const written = of(FILES.manifest);
  if (written === undefined) throw unreadable(id, `it has no ${FILES.manifest}`);
  const manifest = parseManifest(id, new TextDecoder().decode(written));
  const [plan, bundle, sourceMap] = [json(FILES.plan), of(FILES.bundle), json(FILES.sourceMap)];
  // A plan takes it for what is in force when the digests are the same, and whoever may push refs can write both.
  if (bundle !== undefined && sha256(bundle) !== manifest.digest)
    throw unreadable(id, `${FILES.bundle} is not the bundle that ${FILES.manifest} names`);
  return {
    manifest,
    plan,
    ...(bundle === undefined ? {} : { bundle: new Uint8Array(bundle) }),
    sourceMap,
    source: source?.trim(),
  };
}

/** The files that a record was compiled from. @throws GitError, UserError `record-unreadable` when it has none */
export async function readRecordSource(git: Git, id: string): Promise<readonly SourceFile[]> {
  const tree = await git.ask(['rev-parse', '--verify', '--quiet', `${id}:${SOURCE}`]);
  // A comparison with nothing would let everything pass, and whoever may push refs can write records.
  if (tree === undefined) throw unreadable(id, `it has no ${SOURCE}`);
  return readFiles(git, ['--full-tree', tree.trim()]);
}
