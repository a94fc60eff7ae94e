// SPDX-License-Identifier: Apache-2.0
// What guardrails see besides the policy, for a command.

import { hasErrors } from '../diagnostics/diagnostic.ts';
import { unreadable } from '../records/manifest.ts';
import { readSources } from '../compiler/load/sources.ts';
import { shapeDocuments } from '../compiler/shape/shape.ts';
import type { TargetName } from '../targets/target.ts';
import type { AskedContext, GuardContext } from '../compiler/guard/types.ts';
import { projectDirectory } from './project-directory.ts';

/**
 * Finds out what the guardrails of the policy in a directory use: the revision of the repository, and, with a target, the documents
 * that were last applied there.
 *
 * @throws UserError `record-unreadable` when there is a record, and its policy cannot be read
 */
export async function findGuardContext(
  directory: string,
  asked: AskedContext,
  target: TargetName | undefined,
): Promise<GuardContext> {
  if (!asked.git && !asked.previous) return {};
  const project = projectDirectory(directory);
  const git = asked.git ? await gitFacts(project) : undefined;
  const previous = asked.previous && target !== undefined ? await lastApplied(project, target) : undefined;
  return { git, previous };
}

// What runs git is loaded when it is used: most guardrails ask for neither.
async function gitFacts(project: string): Promise<GuardContext['git']> {
  const { readGitFacts } = await import('../records/source.ts');
  return await readGitFacts(project);
}

async function lastApplied(project: string, target: TargetName): Promise<GuardContext['previous']> {
  const { openTarget } = await import('./targets.ts');
  const { records } = await openTarget({ directory: project, target });
  const latest = await records.latest();
  if (latest?.manifest.digest === undefined) return undefined;
  const { value, diagnostics } = readSources(await records.source(latest));
  // A comparison with nothing would let everything pass, and whoever may push refs can write records.
  if (value === undefined || value.length === 0 || hasErrors(diagnostics))
    throw unreadable(latest.id, 'the policy in it cannot be read');
  // What an earlier version knew, and this one does not, is left out.
  return shapeDocuments(value).value ?? [];
}
