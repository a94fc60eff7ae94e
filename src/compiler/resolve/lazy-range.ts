// SPDX-License-Identifier: Apache-2.0

import type { DocumentPath, SourceRange } from '../../diagnostics/diagnostic.ts';
import type { LoadedDocument } from '../load/types.ts';

/**
 * The range of a value, found when somebody asks. A model has a range for each of its parts, and of a policy without diagnostics
 * nobody asks for most of them. A class, because objects with accessors of their own take twenty times as long to make.
 */
class LazyRange implements SourceRange {
  readonly #document: LoadedDocument;
  readonly #path: DocumentPath;
  #range: SourceRange | undefined;

  constructor(document: LoadedDocument, path: DocumentPath) {
    this.#document = document;
    this.#path = path;
  }

  get file(): string {
    return this.#document.file;
  }

  get start(): SourceRange['start'] {
    return this.#find().start;
  }

  get end(): SourceRange['end'] {
    return this.#find().end;
  }

  /** For JSON, which sees no accessors. */
  toJSON(): SourceRange {
    const { file, start, end } = this;
    return { file, start, end };
  }

  #find(): SourceRange {
    return (this.#range ??= this.#document.locate(this.#path));
  }
}

/** The range of the value at a path of a document, found when it is first read. */
export function lazyRange(document: LoadedDocument, path: DocumentPath): SourceRange {
  return new LazyRange(document, path);
}
