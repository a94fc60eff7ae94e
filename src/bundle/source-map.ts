// SPDX-License-Identifier: Apache-2.0
// The source map of a bundle: rule ids and names back to places in files. It stands beside the bundle and not in it, so that a renamed file does not change what the kernel is given.

import type { SourceRange } from '../diagnostics/diagnostic.ts';

/** `<bundle>.map.json`. Arrays are indexed by the numbers that the bundle uses. */
export interface SourceMap {
  readonly schemaVersion: 1;
  /** SHA-256 of the bundle it belongs to, in hexadecimal. */
  readonly bundle: string;
  readonly rules: readonly SourceRange[];
  readonly selectors: readonly SourceRange[];
  readonly identities: readonly SourceRange[];
  readonly services: readonly SourceRange[];
}
