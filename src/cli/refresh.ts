// SPDX-License-Identifier: Apache-2.0
// Showing something again and again.

import { setTimeout } from 'node:timers/promises';
import { clearScreen, outputClosed } from '../terminal/output.ts';

const REFRESH_MS = 1000;

/** Shows something each second at the top of the screen, until it is interrupted or nobody reads it. Gives what was shown last. */
export async function refresh<T>(
  interrupted: AbortSignal,
  look: () => Promise<T>,
  show: (seen: T) => void,
): Promise<T> {
  const signal = AbortSignal.any([interrupted, outputClosed]);
  for (;;) {
    const seen = await look();
    clearScreen();
    show(seen);
    await setTimeout(REFRESH_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return seen;
  }
}
