// SPDX-License-Identifier: Apache-2.0

import { readFileSync, statSync } from 'node:fs';

/** Bytes of a file that are worth reading for one line of it. */
const MOST_BYTES = 8 * 1024 * 1024;

/** The text of a file that a diagnostic points into; undefined when it is not a file that can be read. Never throws. */
export function readSourceFile(file: string): string | undefined {
  try {
    const stats = statSync(file);
    return stats.isFile() && stats.size <= MOST_BYTES ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
