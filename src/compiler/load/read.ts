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
  const diagnostics: Diagnostic[] = [];
  const found = findFiles(paths.flatMap(policyPaths));
  for (const diagnostic of found.diagnostics) diagnostics.push(diagnostic);
  const documents: LoadedDocument[] = [];
  for (const file of found.value ?? []) {
    const parsed = readDocuments(file);
    for (const diagnostic of parsed.diagnostics) diagnostics.push(diagnostic);
    for (const document of parsed.value ?? []) documents.push(document);
  }
  if (documents.length === 0 && diagnostics.length === 0) diagnostics.push(nothingFound(paths));
  return { value: documents, diagnostics };
}

/** What is to be read for a path that a person named. */
function policyPaths(path: string): readonly string[] {
  const project = basename(path) === PROJECT_FILE ? path : join(path, PROJECT_FILE);
  if (!existsSync(project) || !statSync(project).isFile()) return [path];
  const directory = dirname(project);
  const listed = listedPolicies(project);
  return [normalize(project), ...(listed ?? ['.']).map((entry) => join(directory, entry))];
}

/**
 * spec.policies of the Project in a file, as far as it is usable: what is wrong with it is found when the document is
 * shaped, and a path that leads out of the project's directory is not followed.
 */
function listedPolicies(project: string): readonly string[] | undefined {
  for (const { value } of readDocuments(project).value ?? []) {
    if (!isRecord(value) || value['kind'] !== 'Project' || !isRecord(value['spec'])) continue;
    const listed: unknown = value['spec']['policies'];
    if (!Array.isArray(listed)) return undefined;
    return listed.filter((entry): entry is string => typeof entry === 'string' && isInside(entry));
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readDocuments(file: string): Checked<readonly LoadedDocument[]> {
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
