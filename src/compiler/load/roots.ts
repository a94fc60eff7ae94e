// SPDX-License-Identifier: Apache-2.0
// The directories that a policy must not lead out of. A repository can hold a symbolic link to anywhere: whoever validates a branch would
// compile, or print, files of the machine that it runs on.

import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  constants,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { PROJECT_FILE } from '../../schema/paths.ts';

/** What marks a directory that nothing in it may lead out of. */
const MARKERS = [PROJECT_FILE, '.git'];

/**
 * The directory that everything found at a path must lie in, links resolved: the project, or else the repository, or else the directory
 * itself.
 *
 * @throws Error with the code OUTSIDE when the path itself leads out of the project or repository that it is in; that of the file system
 *   when there is nothing at the path
 */
export function rootOf(path: string): string {
  const real = realpathSync(path);
  const outer = enclosingRoot(path);
  if (outer !== undefined) requireInside(real, [outer]);
  if (!statSync(real).isDirectory()) return outer ?? dirname(real);
  return outer === undefined || existsSync(join(path, PROJECT_FILE)) ? real : outer;
}

/** The nearest directory above a path, as it is written, that has a marker. */
function enclosingRoot(path: string): string | undefined {
  let directory = resolve(path);
  while (directory !== dirname(directory)) {
    directory = dirname(directory);
    if (MARKERS.some((name) => existsSync(join(directory, name)))) return realpathSync(directory);
  }
  return undefined;
}

/** @throws Error with the code OUTSIDE when a real path lies in none of the directories */
export function requireInside(real: string, roots: readonly string[]): void {
  const isInside = roots.some(
    (root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep),
  );
  if (!isInside) throw Object.assign(new Error('it leads out of the policy'), { code: 'OUTSIDE' });
}

/**
 * Opens a file for reading, hands it over with its real path, and closes it. What was opened is looked at, not what the path was a moment before.
 *
 * @throws Error with the code OUTSIDE or ENOTREG, or that of the file system
 */
export function withOpenFile<T>(
  file: string,
  roots: readonly string[],
  use: (descriptor: number, stats: Stats, real: string) => T,
): T {
  // A pipe would have to be waited for.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'ENOTREG' });
    const real = openedPath(descriptor, file);
    requireInside(real, roots);
    return use(descriptor, stats, real);
  } finally {
    closeSync(descriptor);
  }
}

/** The real path of an open file. */
function openedPath(descriptor: number, file: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // Not Linux: the path is resolved after the fact, and must still be that of the file.
    const real = realpathSync(file);
    const [now, opened] = [statSync(real), fstatSync(descriptor)];
    return now.dev === opened.dev && now.ino === opened.ino ? real : '';
  }
}
