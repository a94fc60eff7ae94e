// SPDX-License-Identifier: Apache-2.0
// What is in force, in sentences.

import type { LiveState } from './target.ts';

/** A bundle in a sentence. */
export function bundleWords(digest: string | undefined): string {
  return digest === undefined ? 'no bundle' : `bundle ${digest.slice(0, 12)}`;
}

/** What is in force, in a sentence. */
export function inForceWords(live: LiveState): string {
  return `generation ${live.generation} (${bundleWords(live.digest)})`;
}
