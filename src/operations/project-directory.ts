// SPDX-License-Identifier: Apache-2.0

import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The directory of a project that was named by its directory or by its file. */
export function projectDirectory(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? dirname(path) : path;
}
