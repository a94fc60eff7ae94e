// SPDX-License-Identifier: Apache-2.0
// A target, and the records of a project.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { EMBEDDED_STATE, PROJECT_FILE } from '../schema/paths.ts';
import { openRecords, type Records } from '../records/records.ts';
import type { Target, TargetName } from '../targets/target.ts';
import { projectDirectory } from './project-directory.ts';

/** A target, and the policy that is meant for it. */
export interface TargetScope {
  /** Of the policy, as it was given. */
  readonly directory: string;
  readonly target: TargetName;
}

export interface OpenTarget {
  readonly target: Target;
  readonly records: Records;
}

/**
 * Opens a target and the records of the project in a directory (or of the project file).
 *
 * @throws UserError `usage` when the directory does not exist, or the embedded target is asked for where no policy is: the records of another
 *   project would be asked, or none
 */
export async function openTarget({ target: name, directory }: TargetScope): Promise<OpenTarget> {
  // Reached by `rollback RECORD` too, where --to was forgotten.
  if (!existsSync(directory))
    throw new UserError('usage', {
      message: `the directory of the policy does not exist: ${directory}`,
      fix: 'check the path: the directory of a policy has a riptides.yaml; a record is named with --to',
    });
  const project = projectDirectory(directory);
  // The kernel is the same wherever one asks from.
  if (name === 'embedded' && ![PROJECT_FILE, EMBEDDED_STATE].some((path) => existsSync(join(project, path))))
    throw new UserError('usage', {
      message: `there is no policy in ${directory}`,
      fix: `name the directory of the policy, the one with ${PROJECT_FILE}`,
    });
  const target = await targetOf(name, project);
  return { target, records: await openRecords({ project, target: name, node: target.node }) };
}

/** The targets whose records a command looks at that needs no target: unless one is given, the first that has a record counts. */
export function targetsWithRecords(given: TargetName | undefined): readonly TargetName[] {
  return given === undefined ? ['kernel', 'embedded'] : [given];
}

// Loaded when it is used: the kernel's loads a library of system calls.
async function targetOf(name: TargetName, project: string): Promise<Target> {
  switch (name) {
    case 'kernel':
      return (await import('../targets/kernel.ts')).kernelTarget();
    case 'embedded':
      return (await import('../targets/embedded.ts')).embeddedTarget({ project });
  }
}
