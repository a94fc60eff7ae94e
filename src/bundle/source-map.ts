// SPDX-License-Identifier: Apache-2.0
// The source map of a bundle: rule ids and names back to positions in files. It stands beside the bundle and not in it, so that a renamed file does not change what the kernel is given.

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

/** Whether data from a file is a source map. */
export function isSourceMap(value: unknown): value is SourceMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schemaVersion' in value &&
    value.schemaVersion === 1 &&
    'bundle' in value &&
    typeof value.bundle === 'string' &&
    ['rules', 'selectors', 'identities', 'services'].every((name) => {
      const list: unknown = Reflect.get(value, name);
      return Array.isArray(list) && list.every(isRange);
    })
  );
}

function isRange(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'file' in value &&
    typeof value.file === 'string' &&
    'start' in value &&
    isPosition(value.start) &&
    'end' in value &&
    isPosition(value.end)
  );
}

function isPosition(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'line' in value &&
    typeof value.line === 'number' &&
    'column' in value &&
    typeof value.column === 'number'
  );
}
