// SPDX-License-Identifier: Apache-2.0
// What benchmarks share. Times mean nothing by themselves: they are ratios of medians, of what was run in turns.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command line: a benchmark of it needs `npm run build`. */
export const RIPTIDES = fileURLToPath(new URL('../bin/riptides.js', import.meta.url));

/**
 * Milliseconds that a process of Node takes, and what it prints.
 *
 * @param statuses exit codes that are expected
 */
export function runNode(
  args: readonly string[],
  { cwd, statuses = [0] }: { readonly cwd?: string; readonly statuses?: readonly number[] } = {},
): { readonly ms: number; readonly stdout: string } {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const ms = performance.now() - began;
  if (status === null || !statuses.includes(status))
    throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return { ms, stdout };
}

export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

export function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
