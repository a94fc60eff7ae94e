// SPDX-License-Identifier: Apache-2.0
// Running something again when files change.

import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join, sep } from 'node:path';
import { EXIT, UserError } from '../errors.ts';
import { clearScreen, outputClosed, printLines } from '../terminal/output.ts';
import { painter, wantsColour } from '../terminal/paint.ts';

/** How long files must be quiet: editors and git write several at once. */
const QUIET_MS = 60;

/**
 * Runs `work` at once and after each change of a directory or of what is under it, with the paths that changed since the last run; on
 * a terminal each run begins at the top of an empty screen. One run ends before the next begins. Ends when the signal is aborted, or
 * nobody reads what is printed.
 *
 * @throws UserError usage, when the directory cannot be watched
 */
export async function watchPolicy(
  interrupted: AbortSignal,
  directory: string,
  work: (changed: ReadonlySet<string> | undefined) => Promise<unknown>,
): Promise<void> {
  const signal = AbortSignal.any([interrupted, outputClosed]);
  const paint = painter(wantsColour(process.stdout));
  let changed = new Set<string>();
  let failure: unknown;
  let wake = (): void => {};
  const watching = startWatching(
    directory,
    (path) => {
      changed.add(path);
      wake();
    },
    (error) => {
      failure = error;
      wake();
    },
  );
  signal.addEventListener('abort', () => wake(), { once: true });
  const run = async (seen?: ReadonlySet<string>): Promise<void> => {
    clearScreen();
    await work(seen);
    if (process.stdout.isTTY)
      printLines(process.stdout, ['', paint('dim', 'watching for changes; press Ctrl-C to stop')]);
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
    if (interrupted.aborted) process.exitCode = EXIT.interrupted;
  } finally {
    watching.close();
  }
}

/**
 * Tells of each path under a directory that changes. Each directory is watched by itself: the recursive watch that Node makes of
 * them on Linux watches files too, and loses those that another file takes the name of, as editors and git let them.
 *
 * @throws UserError usage, when the directory cannot be watched
 */
function startWatching(
  directory: string,
  onChange: (path: string) => void,
  onError: (error: unknown) => void,
): { readonly close: () => void } {
  const watched = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  const add = (path: string): void => {
    const inode = statSync(path).ino;
    const watcher = watch(path, (_, name) => {
      if (name !== null && isHidden(name)) return;
      // Where the system does not say which file, all may have changed.
      const one = name === null ? path : join(path, name);
      follow(one);
      onChange(one);
    });
    watcher.on('error', onError);
    watched.set(path, { watcher, inode });
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory() && !isHidden(entry.name)) follow(join(path, entry.name));
  };
  /** A directory may have come, gone, or taken the place of another. */
  const follow = (path: string): void => {
    try {
      const stats = statSync(path, { throwIfNoEntry: false });
      const inode = stats?.isDirectory() === true ? stats.ino : undefined;
      if (inode === watched.get(path)?.inode) return;
      for (const [below, { watcher }] of watched) {
        if (below !== path && !below.startsWith(path + sep)) continue;
        watcher.close();
        watched.delete(below);
      }
      if (inode !== undefined) add(path);
    } catch (error) {
      // What goes while it is looked at tells of itself, or the directory above it does.
      if (!isGone(error)) onError(error);
    }
  };
  try {
    add(directory);
  } catch (error) {
    throw notWatched(directory, error);
  }
  return {
    close: () => {
      for (const { watcher } of watched.values()) watcher.close();
    },
  };
}

function isGone(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
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
