// SPDX-License-Identifier: Apache-2.0

import type { DocumentPath } from '../../diagnostics/diagnostic.ts';

/** The value at a path of plain data; undefined when there is none. */
export function valueAt(value: unknown, path: DocumentPath): unknown {
  let here: unknown = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.hasOwn(here, step) ? Reflect.get(here, step) : undefined;
  }
  return here;
}

/** One text for one path. */
export function pathKey(path: DocumentPath): string {
  return JSON.stringify(path);
}
