// SPDX-License-Identifier: Apache-2.0

import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, type KernelSeries } from '../kernels.ts';

export type Misbehaviour = 'warning' | 'oops' | 'deadlock' | 'sleep' | 'use-after-free' | 'leak';

/** Builds the module for a kernel, in a subfolder, and returns what makes the shell command that has it misbehave. */
export async function buildMisbehave(
  series: KernelSeries,
  folder: string,
): Promise<(what: Misbehaviour) => string> {
  const build = join(folder, `misbehave-${series}`);
  await cp(import.meta.dirname, build, { recursive: true });
  const tree = join(cacheFolder(), 'kernels', series, 'build');
  await promisify(execFile)('make', ['-s', '-C', tree, `M=${build}`, 'modules']);
  return (what) => `insmod '${build}/misbehave.ko' what=${what} 2>/dev/null; true`;
}
