// SPDX-License-Identifier: Apache-2.0
// Writes many files as one tree, with few processes however many they are.

import { createHash } from 'node:crypto';

import type { Git } from './git.ts';

/** How a repository names its objects. */
export type ObjectFormat = 'sha1' | 'sha256';

/** The format of an object's id. */
export function formatOf(id: string): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1';
}

export async function objectFormat(git: Git): Promise<ObjectFormat> {
  return (await git.run(['rev-parse', '--show-object-format'])).trim() === 'sha256' ? 'sha256' : 'sha1';
}

/** The id that git gives a blob of these bytes. */
export function blobId(format: ObjectFormat, content: Uint8Array): string {
  return idOf(format, 'blob', content);
}

function idOf(format: ObjectFormat, type: 'blob' | 'tree', content: Uint8Array): string {
  return createHash(format).update(`${type} ${content.byteLength}\0`).update(content).digest('hex');
}

/** What a tree is made of: the bytes of files, and trees that the repository has already. */
export type TreeContent =
  | { readonly path: string; readonly content: Uint8Array }
  | { readonly path: string; readonly tree: string };

/** Writes a tree of files, given by their paths in it. Gives its id. @throws GitError */
export async function writeTree(git: Git, contents: readonly TreeContent[]): Promise<string> {
  const format = await objectFormat(git);
  const root: Directory = new Map();
  const stream: Uint8Array[] = [];
  for (const one of contents) {
    if ('content' in one) {
      stream.push(Buffer.from(`blob\ndata ${one.content.byteLength}\n`), one.content, NEWLINE);
      put(root, one.path, { mode: '100644', type: 'blob', id: blobId(format, one.content) });
    } else put(root, one.path, { mode: '040000', type: 'tree', id: one.tree });
  }
  await git.run(['fast-import', '--quiet', '--done'], { input: Buffer.concat([...stream, DONE]) });
  const trees: string[] = [];
  layOut(root, format, trees);
  const written = await git.run(['mktree', '-z', '--batch'], { input: trees.join('\0') });
  return written.trim().split('\n').at(-1) ?? '';
}

const NEWLINE = Buffer.from('\n');
const DONE = Buffer.from('done\n');

interface Entry {
  readonly mode: '100644' | '040000';
  readonly type: 'blob' | 'tree';
  readonly id: string;
}
type Directory = Map<string, Entry | Directory>;

function put(directory: Directory, path: string, entry: Entry): void {
  const slash = path.indexOf('/');
  if (slash < 0) {
    directory.set(path, entry);
    return;
  }
  const name = path.slice(0, slash);
  const found = directory.get(name);
  const child: Directory = found instanceof Map ? found : new Map();
  directory.set(name, child);
  put(child, path.slice(slash + 1), entry);
}

/** Adds the input of `git mktree` for a directory, after that of those in it, whose ids it needs. Gives its id. */
function layOut(directory: Directory, format: ObjectFormat, trees: string[]): string {
  const entries = [...directory].map(([name, entry]) => ({
    name,
    ...(entry instanceof Map
      ? { mode: '040000' as const, type: 'tree' as const, id: layOut(entry, format, trees) }
      : entry),
  }));
  trees.push(entries.map(({ name, mode, type, id }) => `${mode} ${type} ${id}\t${name}\0`).join(''));
  // The order of git: that of the bytes, a directory's name as if it ended with a slash.
  const sorted = entries
    .map((entry) => ({ ...entry, key: Buffer.from(entry.type === 'tree' ? `${entry.name}/` : entry.name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const bytes = sorted.map(({ mode, name, id }) =>
    Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(id, 'hex')]),
  );
  return idOf(format, 'tree', Buffer.concat(bytes));
}
