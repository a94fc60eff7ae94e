// SPDX-License-Identifier: Apache-2.0
// Paths to the YAML files in them.

import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { systemCode } from '../../errors.ts';
import { isYamlFile } from '../../schema/paths.ts';
import { requireInside, rootOf } from './roots.ts';
import { LOAD_LIMITS } from './types.ts';

interface Walk {
  /** Display paths of what was found, each file once. */
  readonly files: string[];
  /** Real paths of the directories that nothing may lead out of. */
  readonly roots: Set<string>;
  /** Real paths of the files and directories that were visited: a symbolic link may lead to them again. */
  readonly visited: Set<string>;
  readonly diagnostics: Diagnostic[];
  /** Whether a symbolic link was followed. */
  linked: boolean;
}

/** Files, and the directories that they must lie in when they are opened. */
export interface FoundFiles {
  readonly files: readonly string[];
  readonly roots: readonly string[];
  /** Whether a symbolic link was followed. */
  readonly linked: boolean;
}

/**
 * The YAML files in files and directories, in ascending order of their paths. A file is taken whatever its name; a directory
 * is searched for *.yaml and *.yml, without what begins with a dot and without node_modules. Symbolic links are followed as long as
 * they do not lead out of the project, and nothing is read twice.
 *
 * Paths are given as written: relative ones are relative to the current directory, and stay so. Diagnostics: RTP1001, RTP1005.
 */
export function findFiles(
  paths: readonly string[],
): FoundFiles & { readonly diagnostics: readonly Diagnostic[] } {
  const walk: Walk = { files: [], roots: new Set(), visited: new Set(), diagnostics: [], linked: false };
  for (const path of paths) visitNamed(normalize(path), walk);
  const { files, roots, diagnostics, linked } = walk;
  return { files: files.toSorted(), roots: [...roots], diagnostics, linked };
}

/** A diagnostic about a file or directory as a whole. */
export function pathDiagnostic(path: string, error: unknown): Diagnostic {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const start = { line: 1, column: 1 };
  return {
    code: 'RTP1001',
    severity: 'error',
    range: { file: path, start, end: start },
    message: `the file or directory ${REASONS[code] ?? `cannot be read (${code === '' ? String(error) : code})`}`,
    why:
      code === 'OUTSIDE'
        ? 'a policy is what its directory holds: what lies outside is not reviewed with it'
        : 'the whole policy must be readable: part of it would mean something else',
    fix: FIXES[code] ?? 'check the path and its permissions',
    ...(code === 'OUTSIDE' && { secret: true }),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'cannot be read by this user',
  EPERM: 'cannot be read by this user',
  ELOOP: 'is a symbolic link that leads to itself',
  EISDIR: 'is a directory',
  ENOTREG: 'is neither a file nor a directory',
  OUTSIDE: 'is reached by a symbolic link that leads out of the policy',
};

const FIXES: Readonly<Record<string, string>> = {
  ENOENT: 'check the spelling; a symbolic link must lead to something that exists',
  EACCES: 'change the permissions, or run as a user who may read it',
  ELOOP: 'remove the link, or point it to a file',
  ENOTREG: 'remove it from the directory of the policy, or give it another extension',
  OUTSIDE:
    'replace the link with a copy of what it leads to, or list the paths of the policy in spec.policies of riptides.yaml',
};

/** A path that was named. */
function visitNamed(path: string, walk: Walk): void {
  try {
    const root = rootOf(path);
    walk.roots.add(root);
    visit(path, realpathSync(path), statSync(path), { walk, root, named: true });
  } catch (error) {
    walk.diagnostics.push(pathDiagnostic(path, error));
  }
}

/** An entry of a directory. */
function visitEntry(path: string, real: string, entry: Dirent, branch: Branch): void {
  if (!entry.isSymbolicLink()) {
    visit(path, real, entry, branch);
    return;
  }
  branch.walk.linked = true;
  try {
    const stats = statSync(path);
    if (!stats.isDirectory() && !isYamlFile(path)) return;
    const target = realpathSync(path);
    requireInside(target, [branch.root]);
    visit(path, target, stats, branch);
  } catch (error) {
    // A broken link that nobody would have read is nobody's business.
    if (isYamlFile(path) || systemCode(error) === 'OUTSIDE')
      branch.walk.diagnostics.push(pathDiagnostic(path, error));
  }
}

/** What is found at and below one of the paths that were named. */
interface Branch {
  readonly walk: Walk;
  /** What nothing in it may lead out of. */
  readonly root: string;
  readonly named: boolean;
}

function visit(path: string, real: string, stats: Stats | Dirent, branch: Branch): void {
  const { walk, named } = branch;
  if (walk.files.length > LOAD_LIMITS.files) return;
  if (stats.isDirectory()) {
    if (!walk.visited.has(real)) visitDirectory(path, real, { ...branch, named: false });
  } else if (named || isYamlFile(path)) {
    if (!stats.isFile()) walk.diagnostics.push(pathDiagnostic(path, { code: 'ENOTREG' }));
    else if (!walk.visited.has(real)) {
      walk.visited.add(real);
      addFile(path, walk);
    }
  }
}

function visitDirectory(path: string, real: string, branch: Branch): void {
  branch.walk.visited.add(real);
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    branch.walk.diagnostics.push(pathDiagnostic(path, error));
    return;
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    visitEntry(join(path, entry.name), join(real, entry.name), entry, branch);
  }
}

function addFile(path: string, walk: Walk): void {
  walk.files.push(path);
  if (walk.files.length !== LOAD_LIMITS.files + 1) return;
  const start = { line: 1, column: 1 };
  walk.diagnostics.push({
    code: 'RTP1005',
    severity: 'error',
    range: { file: path, start, end: start },
    message: `the paths given hold more than ${LOAD_LIMITS.files} YAML files`,
    fix: "name the policy's own directory, or list its parts in spec.policies of riptides.yaml",
  });
}
