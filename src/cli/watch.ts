// SPDX-License-Identifier: Apache-2.0
// Doing something again when files change.

import { type FSWatcher, statSync, watch } from 'node:fs';
import { join, sep } from 'node:path';
import { UserError } from '../errors.ts';

/** How long files must be quiet: editors and git write several at once. */
const QUIET_MS = 60;

/**
 * Runs `work` at once and after each change of a directory or of what is under it, with the paths that changed since the last run; on
 * a terminal each run begins at the top of an empty screen. One run ends before the next begins. Ends when the signal is aborted.
 *
 * @throws UserError usage, when the directory cannot be watched
 */
export async function watchPolicy(
  signal: AbortSignal,
  directory: string,
  work: (changed: ReadonlySet<string> | undefined) => Promise<unknown>,
): Promise<void> {
  let changed = new Set<string>();
  let failure: unknown;
  let wake = (): void => {};
  const watcher = startWatching(directory, (path) => {
    changed.add(path);
    wake();
  });
  watcher.on('error', (error) => {
    failure = error;
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });
  const run = (seen?: ReadonlySet<string>): Promise<unknown> => {
    if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
    return work(seen);
  };
  try {
    await run();
    while (!signal.aborted) {
      if (failure !== undefined) throw notWatched(directory, failure);
      if (changed.size === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      await quiet(() => changed.size, signal);
      if (signal.aborted) break;
      const seen = changed;
      changed = new Set();
      await run(seen);
    }
  } finally {
    watcher.close();
  }
}

/** Tells of each path under a directory that changes. */
function startWatching(directory: string, onChange: (path: string) => void): FSWatcher {
  try {
    // Watching what is not there would be no error, and would tell nothing.
    statSync(directory);
    return watch(directory, { recursive: true }, (_, name) => {
      if (name !== null && isHidden(name)) return;
      // Where the system does not say which file, all may have changed.
      onChange(name === null ? directory : join(directory, name));
    });
  } catch (error) {
    throw notWatched(directory, error);
  }
}

function notWatched(directory: string, error: unknown): UserError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return new UserError('usage', {
    message: `${directory} cannot be watched (${code === '' ? String(error) : code})`,
    fix:
      code === 'ENOSPC' || code === 'EMFILE'
        ? 'let the system watch more files: sysctl fs.inotify.max_user_watches and fs.inotify.max_user_instances'
        : 'check that it is there and may be read, and run the command again',
  });
}

/** What a policy is never read from: hidden files and directories, which editors and git write, and dependencies. */
function isHidden(path: string): boolean {
  return path.split(sep).some((part) => part.startsWith('.') || part === 'node_modules');
}

/** Waits until nothing has been added for a moment. */
async function quiet(size: () => number, signal: AbortSignal): Promise<void> {
  for (let before = -1; before !== size() && !signal.aborted; ) {
    before = size();
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }
}
