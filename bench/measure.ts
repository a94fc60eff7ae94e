// SPDX-License-Identifier: Apache-2.0
// What benchmarks share. Times are processor time, so that other work on the machine changes them little, and mean nothing by
// themselves: what is printed are ratios of what was run in turns.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built command line: a benchmark of it needs `npm run build`. */
export const RIPTIDES = fileURLToPath(new URL('../bin/riptides.js', import.meta.url));

/**
 * Milliseconds of processor time that a process of Node takes with those that it starts, and what it prints. The kernel counts in steps of
 * 10 ms, which a mean of several runs evens out.
 *
 * @param statuses exit codes that are expected
 */
export function runNode(
  args: readonly string[],
  { cwd, statuses = [0] }: { readonly cwd?: string; readonly statuses?: readonly number[] } = {},
): { readonly ms: number; readonly stdout: string } {
  const before = childrenTime();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const ms = childrenTime() - before;
  if (status === null || !statuses.includes(status))
    throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return { ms, stdout };
}

/** Of all processes that this one has started and seen end (proc(5): cutime, cstime; the name before them may hold anything). */
function childrenTime(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK;
}

const MS_PER_TICK = 10;

/** Milliseconds of processor time that work in this process takes, on all of its threads. */
export async function timed(work: () => unknown): Promise<number> {
  const began = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

export function mean(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

export function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
