// SPDX-License-Identifier: Apache-2.0
// Compiles a policy for comparison: without guardrails, which are about what may be applied, not about what may be looked at.

import type { Git } from '../records/git.ts';
import { GitError } from '../records/git-error.ts';
import { filesAt } from '../records/source.ts';
import { PolicyRefused } from './refused.ts';
import { compileModel } from '../compiler/compile-model.ts';
import type { CompiledModel } from '../compiler/types.ts';
import { severalProjects } from '../compiler/load/projects.ts';
import { readPolicy } from '../compiler/load/read.ts';
import { readSources } from '../compiler/load/sources.ts';
import type { LoadedDocument } from '../compiler/load/types.ts';
import { resolveModel } from '../compiler/resolve/resolve.ts';
import { shapeDocuments } from '../compiler/shape/shape.ts';
import { type Checked, type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { messageOf, UserError } from '../errors.ts';

/** Compiles the policy of a directory. @throws PolicyRefused when it has errors */
export function compileDirectory(directory: string, node: string | undefined): CompiledModel {
  return compileLoaded(readPolicy([directory]), node);
}

/**
 * Compiles the policy in a directory of a commit, given from the root of the repository. Nothing is checked out.
 *
 * @param name what the person called the commit, for positions
 * @throws PolicyRefused when it has errors; UserError `usage` when it cannot be read
 */
export async function compileRevision(
  git: Git,
  commit: string,
  directory: string,
  name: string,
  node: string | undefined,
): Promise<CompiledModel> {
  const root = directory.replace(/^\.?\/+|\/+$/g, '').replace(/^\.$/, '');
  try {
    const shown = root === '' ? `${name}:` : `${name}:${root}/`;
    return compileLoaded(readSources(await filesAt(git, commit, root), shown), node);
  } catch (error) {
    const words = error instanceof GitError ? error.line : messageOf(error);
    if (error instanceof PolicyRefused || (error instanceof UserError && !(error instanceof GitError)))
      throw error;
    throw new UserError('usage', {
      message: `the policy cannot be read from ${name}${root === '' ? '' : `:${root}`}`,
      why: words.split('\n', 1)[0] ?? '',
      fix: 'name a directory that has a policy at that commit: REVISION:DIRECTORY',
      cause: error,
    });
  }
}

function compileLoaded(loaded: Checked<readonly LoadedDocument[]>, node: string | undefined): CompiledModel {
  const { value, diagnostics } = compileDocuments(loaded, node);
  if (value === undefined) throw new PolicyRefused(diagnostics);
  return value;
}

function compileDocuments(
  loaded: Checked<readonly LoadedDocument[]>,
  node: string | undefined,
): Checked<CompiledModel> {
  const several = severalProjects(loaded.value ?? []);
  if (several !== undefined) return { diagnostics: [several] };
  if (loaded.value === undefined || hasErrors(loaded.diagnostics)) return { diagnostics: loaded.diagnostics };
  const shaped = shapeDocuments(loaded.value);
  if (shaped.value === undefined || hasErrors(shaped.diagnostics)) return { diagnostics: shaped.diagnostics };
  const resolved = resolveModel(shaped.value, { node });
  const diagnostics: readonly Diagnostic[] = resolved.diagnostics;
  if (resolved.value === undefined || hasErrors(diagnostics)) return { diagnostics };
  return compileModel(resolved.value);
}
