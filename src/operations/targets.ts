// SPDX-License-Identifier: Apache-2.0
// A target, and the records of a project.

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

/** Opens a target and the records of the project in a directory (or of the project file). */
export async function openTarget({ target: name, directory }: TargetScope): Promise<OpenTarget> {
  const project = projectDirectory(directory);
  const target = await targetOf(name, project);
  return { target, records: await openRecords({ project, target: name, node: target.node }) };
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
