// SPDX-License-Identifier: Apache-2.0
// Imported documents to files of their own.

import { lstatSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { replaceFile } from '../format/replace.ts';
import { type Imported, importedText } from './import.ts';

const DIRECTORIES: ReadonlyMap<string, string> = new Map([
  ['WorkloadIdentity', 'identities'],
  ['Service', 'services'],
  ['CredentialSource', 'sources'],
  ['CredentialBinding', 'bindings'],
  ['DaemonGroup', 'groups'],
  ['Guardrail', 'guardrails'],
  ['PolicyTest', 'tests'],
]);

/** Where a document goes, within the directory that is written to. Names of documents are names of files; a Project stands at the top. */
export function fileOf({ kind, name }: Pick<Imported, 'kind' | 'name'>): string {
  return kind === 'Project' ? 'riptides.yaml' : join(DIRECTORIES.get(kind) ?? 'others', `${name}.yaml`);
}

/**
 * Writes each document to a file of its own. Unless `force` is set, nothing is written when one of the files exists.
 *
 * @returns the paths of the files
 * @throws UserError usage, when one exists or cannot be written.
 */
export async function writeImported(
  directory: string,
  imported: readonly Imported[],
  force: boolean,
): Promise<readonly string[]> {
  const files = imported.map((one) => ({ file: join(directory, fileOf(one)), text: importedText([one]) }));
  const existing = files.find(({ file }) => exists(file));
  if (!force && existing !== undefined) {
    throw new UserError('usage', {
      message: `${existing.file} exists already`,
      why: 'nothing was written: import does not overwrite files by itself',
      fix: 'name an empty directory, or add --force to overwrite',
    });
  }
  const added: string[] = [];
  try {
    for (const { file, text } of files) {
      if (!exists(file)) added.push(file);
      await writeOne(file, text);
    }
  } catch (error) {
    // All or nothing: what was added goes again.
    for (const file of added) if (exists(file)) rmSync(file);
    throw error;
  }
  return files.map(({ file }) => file);
}

function exists(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Below what is no directory, there is nothing; writing says so.
    return false;
  }
}

async function writeOne(file: string, text: string): Promise<void> {
  if (exists(file)) {
    await replaceFile(file, text);
    return;
  }
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    throw new UserError('usage', {
      message: `${file} cannot be written`,
      why: messageOf(error),
      fix: 'name a directory that you may write to',
      cause: error,
    });
  }
}
