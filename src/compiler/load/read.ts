// SPDX-License-Identifier: Apache-2.0
// Paths to documents: the whole of the first stage.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import type { Checked, Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isInside, PROJECT_FILE } from '../../schema/paths.ts';
import { tooLarge } from './decode.ts';
import { findFiles, pathFinding } from './find.ts';
import { parseFile } from './parse.ts';
import { LOAD_LIMITS, type LoadedDocument } from './types.ts';

/**
 * All documents of the policy at the paths given, in order of file and position.
 *
 * A path is a file or a directory. Where it is a riptides.yaml, or a directory that has one, the policy is that file and
 * the paths that its Project lists under spec.policies. Findings: RTP10xx; documents with findings are left out.
 */
export function readPolicy(paths: readonly string[]): Checked<readonly LoadedDocument[]> {
  const reading: Reading = { parsed: new Map(), diagnostics: [] };
  const found = findFiles(paths.flatMap((path) => policyPaths(path, reading)));
  for (const diagnostic of found.diagnostics) reading.diagnostics.push(diagnostic);
  const documents: LoadedDocument[] = [];
  for (const file of found.value ?? []) {
    const parsed = readDocuments(file, reading);
    for (const diagnostic of parsed.diagnostics) reading.diagnostics.push(diagnostic);
    for (const document of parsed.value ?? []) documents.push(document);
  }
  if (documents.length === 0 && reading.diagnostics.length === 0)
    reading.diagnostics.push(nothingFound(paths));
  return { value: documents, diagnostics: reading.diagnostics };
}

interface Reading {
  /** Files of projects, which are looked at twice. */
  readonly parsed: Map<string, Checked<readonly LoadedDocument[]>>;
  readonly diagnostics: Diagnostic[];
}

/** What is to be read for a path that a person named. */
function policyPaths(path: string, reading: Reading): readonly string[] {
  const project = normalize(basename(path) === PROJECT_FILE ? path : join(path, PROJECT_FILE));
  if (!isFile(project)) return [path];
  const parsed = readDocuments(project, reading);
  reading.parsed.set(project, parsed);
  return [project, ...(listedPolicies(project, parsed.value ?? [], reading) ?? [dirname(project)])];
}

/**
 * The paths under spec.policies of the Project in a file, as far as they are usable: what is wrong with them is found when
 * the document is shaped, and a path that leads out of the project's directory is not followed.
 */
function listedPolicies(
  project: string,
  documents: readonly LoadedDocument[],
  reading: Reading,
): readonly string[] | undefined {
  for (const { value, locate } of documents) {
    if (!isRecord(value) || value['kind'] !== 'Project' || !isRecord(value['spec'])) continue;
    const listed: unknown = value['spec']['policies'];
    if (!Array.isArray(listed)) return undefined;
    return listed.flatMap((entry: unknown, i) => {
      if (typeof entry !== 'string' || !isInside(entry)) return [];
      const path = join(dirname(project), entry);
      if (existsSync(path)) return [path];
      const at = ['spec', 'policies', i];
      reading.diagnostics.push({ ...pathFinding(path, { code: 'ENOENT' }), range: locate(at), path: at });
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

function readDocuments(file: string, { parsed }: Reading): Checked<readonly LoadedDocument[]> {
  const before = parsed.get(file);
  if (before !== undefined) return before;
  try {
    // Refused before it is in memory; parseFile looks again at what was read.
    const { size } = statSync(file);
    if (size > LOAD_LIMITS.fileSize) return { diagnostics: [tooLarge(file, size)] };
    return parseFile(file, readFileSync(file));
  } catch (error) {
    return { diagnostics: [pathFinding(file, error)] };
  }
}

function nothingFound(paths: readonly string[]): Diagnostic {
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
