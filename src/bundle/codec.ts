// SPDX-License-Identifier: Apache-2.0
// Records of a bundle to bytes and back, by the layouts generated from spec/bundle.yaml.

import { type BundleRecord, READERS, RECORDS, type RecordName, WRITERS } from './generated.ts';

/** Bytes of one record. */
export function recordSize(name: RecordName): number {
  return RECORDS[name].size;
}

/** Writes a record at `offset`. Numbers wider than their fields are a bug of the caller and are cut off. */
export function writeRecord<N extends RecordName>(
  view: DataView,
  offset: number,
  name: N,
  record: BundleRecord<N>,
): void {
  WRITERS[name](view, offset, record);
}

/** Reads the record at `offset`. Throws RangeError when it does not lie within the view. */
export function readRecord<N extends RecordName>(view: DataView, offset: number, name: N): BundleRecord<N> {
  return READERS[name](view, offset);
}
