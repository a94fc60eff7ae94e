// SPDX-License-Identifier: Apache-2.0

import type { DocumentPath, SourceRange } from '../../diagnostics/diagnostic.ts';
import type { LoadedDocument } from '../load/types.ts';

/**
 * The place of a value, found when somebody asks. A model has a place for each of its parts, and of a policy without findings
 * nobody asks for most of them.
 */
export function placeOf(document: LoadedDocument, path: DocumentPath): SourceRange {
  let range: SourceRange | undefined;
  const find = (): SourceRange => (range ??= document.locate(path));
  return {
    get file() {
      return document.file;
    },
    get start() {
      return find().start;
    },
    get end() {
      return find().end;
    },
  };
}
