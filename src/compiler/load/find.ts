// SPDX-License-Identifier: Apache-2.0
// Paths to the YAML files in them.

import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join, normalize, resolve } from 'node:path';
import type { Checked, Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isYamlFile } from '../../schema/paths.ts';
import { LOAD_LIMITS } from './types.ts';

interface Search {
  /** Display paths of what was found, each file once. */
  readonly files: string[];
  /** Real paths of the files and directories that were visited: a symbolic link may lead to them again. */
  readonly visited: Set<string>;
  readonly diagnostics: Diagnostic[];
  /** Whether a symbolic link was followed. */
  linked: boolean;
}

/**
 * The YAML files in files and directories, in ascending order of their paths. A file is taken whatever its name; a directory
 * is searched for *.yaml and *.yml, without what begins with a dot and without node_modules. Symbolic links are followed;
 * nothing is read twice.
 *
 * Paths are given as written: relative ones are relative to the current directory, and stay so. `linked`: whether a symbolic link was
 * followed. Findings: RTP1001, RTP1005.
 */
export function findFiles(
  paths: readonly string[],
): Checked<readonly string[]> & { readonly linked: boolean } {
  const search: Search = { files: [], visited: new Set(), diagnostics: [], linked: false };
  for (const path of paths) visit(normalize(path), undefined, true, search);
  const { diagnostics, linked } = search;
  return { value: search.files.toSorted(), diagnostics, linked };
}

/** A finding about a file or directory as a whole. */
export function pathFinding(path: string, error: unknown): Diagnostic {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const start = { line: 1, column: 1 };
  return {
    code: 'RTP1001',
    severity: 'error',
    range: { file: path, start, end: start },
    message: `the file or directory ${REASONS[code] ?? `cannot be read (${code === '' ? String(error) : code})`}`,
    why: 'a policy that is read in part would be compiled in part',
    fix: FIXES[code] ?? 'check the path and its permissions',
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  ELOOP: 'is a symbolic link that leads to itself',
  EISDIR: 'is a directory',
  ENOTREG: 'is neither a file nor a directory',
};

const FIXES: Readonly<Record<string, string>> = {
  ENOENT: 'check the spelling; a symbolic link must lead to something that exists',
  EACCES: 'change the permissions, or run as a user who may read it',
  ELOOP: 'remove the link, or let it lead to a file',
  ENOTREG: 'remove it from the directory of the policy, or give it another ending',
};

function visit(path: string, entry: Dirent | undefined, named: boolean, search: Search): void {
  if (search.files.length > LOAD_LIMITS.files) return;
  let stats: Stats | Dirent;
  let real: string;
  try {
    const plain = entry !== undefined && !entry.isSymbolicLink();
    if (entry?.isSymbolicLink() === true) search.linked = true;
    stats = plain ? entry : statSync(path);
    real = plain && !named ? resolve(path) : realpathSync(path);
  } catch (error) {
    // A broken link that nobody would have read is nobody's business.
    if (named || isYamlFile(path)) search.diagnostics.push(pathFinding(path, error));
    return;
  }
  if (stats.isDirectory()) {
    if (!search.visited.has(real)) visitDirectory(path, real, search);
  } else if (named || isYamlFile(path)) {
    if (!stats.isFile()) {
      search.diagnostics.push(
        pathFinding(path, Object.assign(new Error('not a regular file'), { code: 'ENOTREG' })),
      );
    } else if (!search.visited.has(real)) {
      search.visited.add(real);
      addFile(path, search);
    }
  }
}

function visitDirectory(path: string, real: string, search: Search): void {
  search.visited.add(real);
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    search.diagnostics.push(pathFinding(path, error));
    return;
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    visit(join(path, entry.name), entry, false, search);
  }
}

function addFile(path: string, search: Search): void {
  search.files.push(path);
  if (search.files.length !== LOAD_LIMITS.files + 1) return;
  const start = { line: 1, column: 1 };
  search.diagnostics.push({
    code: 'RTP1005',
    severity: 'error',
    range: { file: path, start, end: start },
    message: `the paths given hold more than ${LOAD_LIMITS.files} YAML files`,
    fix: "name the policy's own directory, or list its parts in spec.policies of riptides.yaml",
  });
}
