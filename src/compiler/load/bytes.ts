// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from 'node:fs';
import type { Checked } from '../../diagnostics/diagnostic.ts';
import { tooLarge } from './decode.ts';
import { pathDiagnostic } from './find.ts';
import { withOpenFile } from './roots.ts';
import { LOAD_LIMITS } from './types.ts';

/** The bytes of one file of a policy. Diagnostics: RTP1001, RTP1003. */
export function readBytes(file: string, roots: readonly string[]): Checked<Buffer> {
  try {
    return withOpenFile(file, roots, (descriptor, { size }): Checked<Buffer> => {
      if (size > LOAD_LIMITS.fileSize) return { diagnostics: [tooLarge(file, size)] };
      return { value: readFileSync(descriptor), diagnostics: [] };
    });
  } catch (error) {
    return { diagnostics: [pathDiagnostic(file, error)] };
  }
}
