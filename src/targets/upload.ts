// SPDX-License-Identifier: Apache-2.0
// How a bundle is sent to a kernel that runs another one: what both have is copied there, and only the rest is sent.

import { readRecord, recordSize } from '../bundle/codec.ts';
import { SECTIONS } from '../bundle/generated.ts';

/** A piece of a bundle: bytes to send, or a range of the bundle in force to copy. Pieces follow one another without a gap. */
export type Piece =
  | { readonly offset: number; readonly length: number; readonly from?: undefined }
  | { readonly offset: number; readonly length: number; readonly from: number };

/** Bytes that are compared at once. */
const BLOCK = 4096;
/** Bytes from which on it is worth a message of its own to copy them instead of sending them along. */
const WORTHWHILE = 8192;

/** A part of a bundle that is compared with the same part of another one. */
interface Part {
  readonly start: number;
  readonly end: number;
  /** Bytes by which its contents move when an item is added or removed. */
  readonly itemSize: number;
}

/**
 * Takes a bundle apart into what a base has too, and what it has not. Sections are compared with sections: from their start, from their
 * end, and moved by one item. What has changed in between is sent in blocks, so a change of one rule among many is a few of them.
 */
export function planUpload(bundle: Uint8Array, base: Uint8Array | undefined): readonly Piece[] {
  if (base === undefined) return [{ offset: 0, length: bundle.byteLength }];
  const [parts, baseParts] = [partsOf(bundle), partsOf(base)];
  const pieces: Piece[] = [];
  parts.forEach((part, i) => {
    const other = baseParts[i];
    if (other === undefined) pieces.push({ offset: part.start, length: part.end - part.start });
    else addPieces(pieces, bundle, part, base, other);
  });
  return joinPieces(pieces);
}

/** The header with the section table, then each section up to the next; the whole where there is no section table to be read. */
function partsOf(bundle: Uint8Array): readonly Part[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const starts = [0];
  try {
    for (const [i] of SECTIONS.entries())
      starts.push(readRecord(view, recordSize('header') + i * recordSize('section'), 'section').offset);
  } catch {
    return [{ start: 0, end: bundle.byteLength, itemSize: 1 }];
  }
  const ordered = starts.every((start, i) => start >= (starts[i - 1] ?? 0) && start <= bundle.byteLength);
  if (!ordered) return [{ start: 0, end: bundle.byteLength, itemSize: 1 }];
  return starts.map((start, i) => ({
    start,
    end: starts[i + 1] ?? bundle.byteLength,
    itemSize: SECTIONS[i - 1]?.itemSize ?? 1,
  }));
}

function addPieces(pieces: Piece[], bundle: Uint8Array, part: Part, base: Uint8Array, other: Part): void {
  const fromStart = other.start - part.start;
  const fromEnd = other.end - part.end;
  const shifts = [fromStart, fromEnd, fromStart + part.itemSize, fromStart - part.itemSize];
  let shift = fromStart;
  for (let offset = part.start; offset < part.end; offset += BLOCK) {
    const end = Math.min(offset + BLOCK, part.end);
    const isSame = (by: number): boolean =>
      offset + by >= other.start &&
      end + by <= other.end &&
      Buffer.compare(bundle.subarray(offset, end), base.subarray(offset + by, end + by)) === 0;
    // What was right for the block before is right for most.
    const found = isSame(shift) ? shift : shifts.find(isSame);
    pieces.push({ offset, length: end - offset, ...(found === undefined ? {} : { from: offset + found }) });
    shift = found ?? shift;
  }
}

/** Joins pieces that follow one another in both bundles, then sends what is too little to be worth a message of its own. */
function joinPieces(pieces: readonly Piece[]): readonly Piece[] {
  const worthwhile = join(pieces).map(({ offset, length, from }) =>
    from === undefined || length < WORTHWHILE ? { offset, length } : { offset, length, from },
  );
  return join(worthwhile);
}

function join(pieces: readonly Piece[]): readonly Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const follows =
      last !== undefined &&
      (last.from === undefined ? piece.from === undefined : piece.from === last.from + last.length);
    if (follows) joined[joined.length - 1] = { ...last, length: last.length + piece.length };
    else if (piece.length > 0) joined.push(piece);
  }
  return joined;
}
