// SPDX-License-Identifier: Apache-2.0
// Paths to documents: the whole of the first stage.

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Checked, Diagnostic } from '../../diagnostics/diagnostic.ts';
import { patternWords } from '../../diagnostics/patterns.ts';
import { isInside, PROJECT_FILE } from '../../schema/paths.ts';
import { memoFlatMap } from '../incremental.ts';
import { createFileReader, type FileDocuments, type FileReader } from './files.ts';
import { findFiles, type FoundFiles, pathDiagnostic } from './find.ts';
import { rootOf } from './roots.ts';
import type { LoadedDocument, LoadedFile } from './types.ts';

/** Reads one policy again and again, and what has changed of it alone. */
export interface PolicyReader {
  /**
   * Like `readPolicy`. A document of a file that still holds the same text is the same object as before.
   *
   * @param changed files and directories that may have changed since the last call, of which the caller is sure that nothing
   *   else has: those are not even looked at. A path among them that is none of the files read before, or is the file of
   *   a project, makes it look at everything. Without it, everything is looked at.
   * @param onFile is told how many files were read, of how many
   */
  readonly read: (
    paths: readonly string[],
    changed?: ReadonlySet<string>,
    onFile?: (count: number, of: number) => void,
  ) => LoadedPolicy;
}

export interface LoadedPolicy extends Checked<readonly LoadedDocument[]> {
  /** All files that were read, in ascending order of their paths. */
  readonly files: readonly LoadedFile[];
}

/**
 * All documents of the policy at the paths given, in order of file and position.
 *
 * A path is a file or a directory. Where it is a riptides.yaml, or a directory that has one, the policy is that file and
 * the paths that its Project lists under spec.policies. Diagnostics: RTP10xx; documents with diagnostics are left out.
 */
export function readPolicy(paths: readonly string[]): Checked<readonly LoadedDocument[]> {
  return createReader().read(paths);
}

/** The files of that policy, in ascending order of their paths, whatever is in them. Diagnostics: RTP1001, RTP1005. */
export function policyFiles(
  paths: readonly string[],
): FoundFiles & { readonly diagnostics: readonly Diagnostic[] } {
  return findPolicy(paths, createFileReader()).policy;
}

/** A reader that has read nothing yet. It keeps in memory what it read last. */
export function createReader(): PolicyReader {
  const reader = createFileReader();
  const documentsOf = memoFlatMap(({ value = [] }: FileDocuments) => value);
  const diagnosticsOf = memoFlatMap(({ diagnostics }: FileDocuments) => diagnostics);
  const sourcesOf = memoFlatMap(({ source }: FileDocuments) => (source === undefined ? [] : [source]));
  let last: { readonly policy: PolicyFiles; readonly contents: readonly FileDocuments[] } | undefined;

  const readAll = (
    paths: readonly string[],
    onFile?: (count: number, of: number) => void,
  ): { policy: PolicyFiles; contents: readonly FileDocuments[] } => {
    const { policy, projects } = findPolicy(paths, reader);
    const contents = policy.files.map((file, count) => {
      onFile?.(count, policy.files.length);
      return projects.get(file) ?? reader.read(file, policy.roots);
    });
    reader.keep(policy.files);
    return { policy, contents };
  };

  return {
    read: (paths, changed, onFile) => {
      const changes = changed && last && changedFiles(last.policy, paths, changed);
      if (changes === undefined || last === undefined) last = readAll(paths, onFile);
      else {
        const contents = last.contents.slice();
        for (const [index, file] of changes) contents[index] = reader.read(file, last.policy.roots);
        last = { policy: last.policy, contents };
      }
      const { policy, contents } = last;
      const value = documentsOf(contents);
      const diagnostics = [...policy.diagnostics, ...diagnosticsOf(contents)];
      if (value.length === 0 && diagnostics.length === 0) diagnostics.push(nothingFound(policy.paths));
      return { value, diagnostics, files: sourcesOf(contents) };
    },
  };
}

/** What belongs to a policy. */
interface PolicyFiles extends FoundFiles {
  readonly paths: readonly string[];
  readonly projects: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
  /** Indices of the files by their absolute paths. Made when it is asked for: most policies are read once. */
  readonly byPath: () => ReadonlyMap<string, number>;
}

/** The files of a policy that changed, by their indices; undefined when more than their contents may have. */
function changedFiles(
  policy: PolicyFiles,
  paths: readonly string[],
  changed: ReadonlySet<string>,
): ReadonlyMap<number, string> | undefined {
  if (policy.linked || !isDeepStrictEqual(paths, policy.paths)) return undefined;
  const files = new Map<number, string>();
  for (const path of changed) {
    const index = policy.byPath().get(resolve(path));
    const file = index === undefined ? undefined : policy.files[index];
    if (index === undefined || file === undefined || policy.projects.has(file) || !isFile(file))
      return undefined;
    files.set(index, file);
  }
  return files;
}

interface FoundPolicy {
  readonly policy: PolicyFiles;
  /** What the files of projects hold, which are read before all others. */
  readonly projects: ReadonlyMap<string, FileDocuments>;
}

function findPolicy(paths: readonly string[], reader: FileReader): FoundPolicy {
  const diagnostics: Diagnostic[] = [];
  const projects = new Map<string, FileDocuments>();
  const found = findFiles(
    paths.flatMap((path) => {
      const project = normalize(basename(path) === PROJECT_FILE ? path : join(path, PROJECT_FILE));
      if (!isFile(project)) return [path];
      const parsed = projects.get(project) ?? readProject(project, reader);
      projects.set(project, parsed);
      return [project, ...(listedPolicies(project, parsed.value ?? [], diagnostics) ?? [dirname(project)])];
    }),
  );
  let byPath: ReadonlyMap<string, number> | undefined;
  const policy: PolicyFiles = {
    ...found,
    paths,
    projects: new Set(projects.keys()),
    diagnostics: [...diagnostics, ...found.diagnostics],
    byPath: () => (byPath ??= new Map(found.files.map((file, index) => [resolve(file), index]))),
  };
  return { policy, projects };
}

/** The file of a project; empty when it leads outside, which is reported when the file is looked for. */
function readProject(project: string, reader: FileReader): FileDocuments {
  try {
    return reader.read(project, [rootOf(project)]);
  } catch {
    return { diagnostics: [] };
  }
}

/**
 * The paths under spec.policies of the Project in a file, as far as they are usable: what is wrong with them is found when
 * the document is shaped, and a path that leads out of the project's directory is not followed.
 */
export function listedPolicies(
  project: string,
  documents: readonly LoadedDocument[],
  diagnostics: Diagnostic[],
  exists: (path: string) => boolean = existsSync,
): readonly string[] | undefined {
  for (const { value, locate } of documents) {
    if (!isRecord(value) || value['kind'] !== 'Project' || !isRecord(value['spec'])) continue;
    const listed: unknown = value['spec']['policies'];
    if (!Array.isArray(listed)) return undefined;
    return listed.flatMap((entry: unknown, i) => {
      if (typeof entry !== 'string' || !isInside(entry)) return [];
      const path = join(dirname(project), entry);
      if (exists(path)) return [path];
      const at = ['spec', 'policies', i];
      diagnostics.push({
        ...pathDiagnostic(path, { code: 'ENOENT' }),
        ...(entry.includes('*') && {
          ...patternWords(entry),
          fix: 'name the directory: all .yaml and .yml files in it are read',
        }),
        range: locate(at),
        path: at,
      });
      return [];
    });
  }
  return undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function nothingFound(paths: readonly string[]): Diagnostic {
  const start = { line: 1, column: 1 };
  return {
    code: 'RTP1002',
    severity: 'error',
    range: { file: paths[0] ?? '.', start, end: start },
    message: 'there is no YAML document to read',
    why: 'no .yaml or .yml file was found, or all of them are empty',
    fix: `name the directory that holds ${PROJECT_FILE}; hidden directories and node_modules are not searched`,
  };
}
