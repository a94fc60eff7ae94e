// SPDX-License-Identifier: Apache-2.0
// Planning the policy of a directory for a target.

import { realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { Compilation, OnProgress } from '../compiler/types.ts';
import { makePlan } from '../plan/plan.ts';
import type { Plan } from '../plan/plan-types.ts';
import { compileHere, type Compiled } from './compile.ts';
import { observeTarget, type Observed } from './observe.ts';
import { type PolicySource, readRevision } from '../records/source.ts';
import { projectDirectory } from './project-directory.ts';
import type { TargetScope } from './targets.ts';

export interface Planned extends Observed, Compiled {
  readonly plan: Plan;
  /** What was compiled. */
  readonly source: PolicySource;
}

/**
 * Compiles a policy and plans it against its target.
 *
 * @throws PolicyRefused; UserError when the target or git cannot be asked
 */
export async function planPolicy(
  scope: TargetScope,
  node: string | undefined,
  onProgress?: OnProgress,
): Promise<Planned> {
  const compiled = await compileHere(scope.directory, { node, onProgress }, scope.target);
  onProgress?.(`comparing with what is in force on ${scope.target}`);
  const project = projectDirectory(scope.directory);
  const source = sourceOf(compiled.compilation, project);
  const observed = await observeTarget(scope, await readRevision(project, source));
  return { ...compiled, ...observed, source, plan: makePlan(compiled.compilation, observed.inputs) };
}

/** The files that a policy was compiled from, as its record keeps them. */
function sourceOf({ files, documents }: Compilation, project: string): PolicySource {
  const document = documents.find((one) => one.kind === 'Project');
  const root = realpathSync(project);
  const pathIn = (from: string, path: string): string => relative(from, path).split(sep).join('/');
  return {
    files: files.map(({ file, real, text }) => ({
      path: pathIn(project, file),
      real: pathIn(root, real),
      content: Buffer.from(text),
    })),
    policies: document?.spec.policies,
  };
}
