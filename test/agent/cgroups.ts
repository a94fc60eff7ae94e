// SPDX-License-Identifier: Apache-2.0
// Processes in cgroups of a test's own.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd } from './ends.ts';

/** Where version 2 is mounted. */
const ROOT = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];

/** Whether this host lets the test create cgroups: it must be root's, and not a read-only container. */
export const canCreateCgroups = ((): boolean => {
  if (ROOT === undefined || process.getuid?.() !== 0) return false;
  const directory = join(ROOT, `riptides-test-${process.pid}`);
  try {
    mkdirSync(directory);
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
})();

/** Creates a cgroup of the test's own, which is removed after the test file with all that is in it. */
export function newCgroup(): string {
  const directory = join(ROOT ?? '', `riptides-test-${process.pid}`);
  mkdirSync(directory);
  atEnd(async () => {
    for (let i = 0; i < 100 && existsSync(directory); i++) {
      // Those below first. Some are not empty for a moment after their processes have ended.
      const below = readdirSync(directory, { recursive: true, encoding: 'utf8', withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ parentPath, name }) => join(parentPath, name));
      for (const path of [...below.sort((a, b) => b.length - a.length), directory]) remove(path);
      await sleep(50);
    }
  });
  return directory;
}

function remove(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It is not empty yet.
  }
}

/** Starts a process that sleeps in a cgroup, which is removed after the test file. */
export async function sleepIn(path: string): Promise<ChildProcess> {
  const directory = join(ROOT ?? '', path);
  mkdirSync(directory, { recursive: true });
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  atEnd(async () => {
    child.kill('SIGKILL');
    for (let i = 0; i < 100; i++) {
      try {
        for (let at = directory; at !== ROOT; at = dirname(at)) rmdirSync(at);
        return;
      } catch {
        // It is not empty yet, or holds what others have there.
        await sleep(20);
      }
    }
  });
  writeFileSync(join(directory, 'cgroup.procs'), String(child.pid));
  await sleep(50);
  return child;
}
