// SPDX-License-Identifier: Apache-2.0
// A policy in memory, as git has it at a commit.

import { join } from 'node:path/posix';
import type { Checked, Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isYamlFile, PROJECT_FILE } from '../../schema/paths.ts';
import { tooLarge } from './decode.ts';
import { parseFile } from './parse.ts';
import { listedPolicies, nothingFound } from './read.ts';
import { LOAD_LIMITS, type LoadedDocument } from './types.ts';

export interface SourceFile {
  /** From the directory of the policy. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Where it is, when links led to it: a file that several lead to is read once. */
  readonly real?: string | undefined;
}

/**
 * What `readPolicy` would read of a directory with these files.
 *
 * @param shown put before the paths, for positions
 */
export function readSources(files: readonly SourceFile[], shown = ''): Checked<readonly LoadedDocument[]> {
  const diagnostics: Diagnostic[] = [];
  const documents = new Map<string, readonly LoadedDocument[]>();
  const seen = new Set<string>();
  const read = ({ path, content, real = path }: SourceFile): void => {
    if (seen.has(real)) return;
    seen.add(real);
    const file = `${shown}${path}`;
    const isLarge = content.byteLength > LOAD_LIMITS.fileSize;
    const parsed = isLarge ? { diagnostics: [tooLarge(file, content.byteLength)] } : parseFile(file, content);
    documents.set(path, parsed.value ?? []);
    diagnostics.push(...parsed.diagnostics);
  };
  const isIn = (path: string, directory: string): boolean =>
    directory === '.' || path === directory || path.startsWith(`${directory}/`);
  const project = files.find(({ path }) => path === PROJECT_FILE);
  if (project !== undefined) read(project);
  const listed = listedPolicies(PROJECT_FILE, documents.get(PROJECT_FILE) ?? [], diagnostics, (path) =>
    files.some((file) => isIn(file.path, path)),
  );
  for (const directory of listed?.map((path) => join(path)) ?? ['.'])
    for (const file of files)
      if (file.path === directory || (isIn(file.path, directory) && isSearched(file.path, directory)))
        read(file);
  const value = [...documents].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, of]) => of);
  if (value.length === 0 && diagnostics.length === 0) diagnostics.push(nothingFound([shown]));
  return { value, diagnostics };
}

/** Whether a search of a directory finds a file. */
function isSearched(path: string, directory: string): boolean {
  const below = directory === '.' ? path : path.slice(directory.length + 1);
  return (
    isYamlFile(path) && below.split('/').every((part) => !part.startsWith('.') && part !== 'node_modules')
  );
}
