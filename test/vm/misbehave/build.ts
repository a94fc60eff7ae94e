// SPDX-License-Identifier: Apache-2.0

import { execFile } from 'node:child_process';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, type KernelSeries } from '../kernels.ts';

export type Misbehaviour = 'warning' | 'oops' | 'deadlock' | 'sleep' | 'use-after-free' | 'leak';

/** Builds the module for a kernel, in a temporary folder, and returns the shell command that makes it misbehave. */
export async function buildMisbehave(series: KernelSeries): Promise<(what: Misbehaviour) => string> {
  const folder = await mkdtemp(join(tmpdir(), 'riptides-misbehave-'));
  await cp(import.meta.dirname, folder, { recursive: true });
  const tree = join(cacheFolder(), 'kernels', series, 'build');
  await promisify(execFile)('make', ['-s', '-C', tree, `M=${folder}`, 'modules']);
  return (what) => `insmod '${folder}/misbehave.ko' what=${what} 2>/dev/null; true`;
}
