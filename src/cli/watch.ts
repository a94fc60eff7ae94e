// SPDX-License-Identifier: Apache-2.0
// Doing something again when files change.

import { watch } from 'node:fs';
import { join, sep } from 'node:path';

/** How long files must be quiet: editors and git write several at once. */
const QUIET_MS = 60;

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** A directory, with all that is under it. */
  readonly directory: string;
}

/**
 * Runs `work` at once and after each change, with the files that changed since the last run. One run ends
 * before the next begins. Ends when the signal is aborted.
 */
export async function watchFiles(
  { signal, directory }: WatchOptions,
  work: (changed: ReadonlySet<string> | undefined) => Promise<void>,
): Promise<void> {
  let changed = new Set<string>();
  let wake: (() => void) | undefined;
  const watcher = watch(directory, { recursive: true, signal }, (_, name) => {
    // Where the system does not say which file, all may have changed.
    if (name !== null && isHidden(name)) return;
    changed.add(name === null ? directory : join(directory, name));
    wake?.();
  });
  watcher.on('error', () => watcher.close());
  await work(undefined);
  while (!signal.aborted) {
    if (changed.size === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    await quiet(() => changed.size, signal);
    if (signal.aborted) break;
    const seen = changed;
    changed = new Set();
    await work(seen);
  }
  watcher.close();
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
