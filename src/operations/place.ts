// SPDX-License-Identifier: Apache-2.0
// The target that a command works on, and its records.

import { dirname } from 'node:path';
import { statSync } from 'node:fs';
import type { Records } from '../records/records.ts';
import type { Target, TargetName } from '../targets/target.ts';

export interface TargetAndRecords {
  readonly target: Target;
  readonly records: Records;
}

/** Opens a target and the records of the project in a directory (or of the project file). */
export async function openPlace(name: TargetName, path: string): Promise<TargetAndRecords> {
  const project = projectDirectory(path);
  const { openRecords } = await import('../records/records.ts');
  const target = await openTarget(name, project);
  return { target, records: await openRecords({ project, target: name, node: target.node }) };
}

async function openTarget(name: TargetName, project: string): Promise<Target> {
  switch (name) {
    case 'kernel':
      return (await import('../targets/kernel.ts')).kernelTarget();
    case 'embedded':
      return (await import('../targets/embedded.ts')).embeddedTarget({ project });
  }
}

/** The directory of a project that was named by its directory or by its file. */
export function projectDirectory(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? dirname(path) : path;
}
