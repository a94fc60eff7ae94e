// SPDX-License-Identifier: Apache-2.0
// Files to documents, each file once as long as it stays the same.

import { readSync, type Stats, statSync } from 'node:fs';
import type { Checked } from '../../diagnostics/diagnostic.ts';
import { decodeFile, tooLarge } from './decode.ts';
import { pathDiagnostic } from './find.ts';
import { sourceText } from './lines.ts';
import { parseDecoded } from './parse.ts';
import { withOpenFile } from './roots.ts';
import { LOAD_LIMITS, type LoadedDocument, type LoadedFile } from './types.ts';

export interface FileDocuments extends Checked<readonly LoadedDocument[]> {
  /** What was read; absent when it is not text. */
  readonly source?: LoadedFile;
}

/** Reads files and remembers what they held. */
export interface FileReader {
  /**
   * What a file holds now: the very same documents as before if it holds the same text. Nothing is read that does not lie in one of
   * the roots. Never throws.
   */
  readonly read: (file: string, roots: readonly string[]) => FileDocuments;
  /** Forgets all other files. */
  readonly keep: (files: readonly string[]) => void;
}

/** Two equal stamps are those of one and the same state of a file, once it is settled. */
type Stamp = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>;

interface Remembered {
  readonly stamp: Stamp;
  /** Whether the stamp would have changed with the file: not so for what was written a moment before it was read. */
  readonly settled: boolean;
  readonly documents: FileDocuments;
}

/** The coarsest clock of a file system in use. */
const COARSEST_CLOCK_MS = 2000;

/** Room to read a file into, made larger when a larger file comes. */
const FIRST_ROOM = 64 * 1024;

export function createFileReader(): FileReader {
  let remembered = new Map<string, Remembered>();
  let room = Buffer.allocUnsafeSlow(FIRST_ROOM);

  /**
   * The bytes of an open file that had a size when it was opened, as far as they are wanted: one too many says that there are
   * more. Valid until the next call.
   */
  const readBytes = (descriptor: number, size: number): Uint8Array => {
    let length = 0;
    while (size === 0 || length !== size) {
      if (length === room.length) {
        if (length > LOAD_LIMITS.fileSize) break;
        const larger = Buffer.allocUnsafeSlow(Math.min(length * 2, LOAD_LIMITS.fileSize + 1));
        larger.set(room);
        room = larger;
      }
      const got = readSync(descriptor, room, length, room.length - length, null);
      if (got === 0) break;
      length += got;
    }
    return room.subarray(0, length);
  };

  // The stats are from before the bytes: what is written from then on will show in the next stamp.
  const readOpen = (
    file: string,
    descriptor: number,
    stats: Stats,
    real: string,
    before: Remembered | undefined,
  ): Remembered => {
    const { dev, ino, size, mtimeMs, ctimeMs } = stats;
    const state = { stamp: { dev, ino, size, mtimeMs, ctimeMs }, settled: isSettled(stats) };
    if (size > LOAD_LIMITS.fileSize) return { ...state, documents: { diagnostics: [tooLarge(file, size)] } };
    const bytes = readBytes(descriptor, size);
    const { value, diagnostics } = decodeFile(file, bytes);
    if (value === undefined) return { ...state, documents: { diagnostics } };
    const text = hasByteOrderMark(bytes) ? `\ufeff${value}` : value;
    const known = before?.documents;
    if (known?.source?.text === text && known.source.real === real) return { ...state, documents: known };
    return {
      ...state,
      documents: { ...parseDecoded(sourceText(file, value)), source: { file, real, text } },
    };
  };

  return {
    read: (file, roots) => {
      const before = remembered.get(file);
      try {
        if (before?.settled === true && isEqual(statSync(file), before.stamp)) return before.documents;
        const now = withOpenFile(file, roots, (descriptor, stats, real) =>
          readOpen(file, descriptor, stats, real, before),
        );
        remembered.set(file, now);
        return now.documents;
      } catch (error) {
        remembered.delete(file);
        return { diagnostics: [pathDiagnostic(file, error)] };
      }
    },
    keep: (files) => {
      if (files.length === remembered.size) return;
      const kept = new Set(files);
      remembered = new Map([...remembered].filter(([file]) => kept.has(file)));
    },
  };
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function isEqual(a: Stamp, b: Stamp): boolean {
  return (
    a.dev === b.dev &&
    a.ino === b.ino &&
    a.size === b.size &&
    a.mtimeMs === b.mtimeMs &&
    a.ctimeMs === b.ctimeMs
  );
}

function isSettled({ ctimeMs }: Stats): boolean {
  return ctimeMs < Date.now() - COARSEST_CLOCK_MS;
}
