// SPDX-License-Identifier: Apache-2.0
// What guardrails see besides the policy, for a command.

import type { TargetName } from '../targets/target.ts';
import type { AskedContext, GuardContext } from '../compiler/guard/types.ts';
import { readGitFacts, readPolicyAt } from '../records/source.ts';
import { openTarget, projectDirectory } from './targets.ts';

/**
 * Finds out what the guardrails of the policy in a directory use: the revision of the repository, and, with a target, the documents
 * that were last applied there.
 *
 * @throws UserError when there is a record, and the policy of its commit cannot be read
 */
export async function findGuardContext(
  directory: string,
  asked: AskedContext,
  target: TargetName | undefined,
): Promise<GuardContext> {
  if (!asked.git && !asked.previous) return {};
  const project = projectDirectory(directory);
  const git = asked.git ? await readGitFacts(project) : undefined;
  const previous = asked.previous && target !== undefined ? await lastApplied(project, target) : undefined;
  return { git, previous };
}

async function lastApplied(project: string, target: TargetName): Promise<GuardContext['previous']> {
  const { records } = await openTarget({ directory: project, target });
  const commit = (await records.latest())?.manifest.sourceCommit;
  return commit === undefined ? undefined : readPolicyAt(project, commit);
}
