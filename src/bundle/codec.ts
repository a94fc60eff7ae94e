// SPDX-License-Identifier: Apache-2.0
// Records of a bundle to bytes and back, by the layouts generated from spec/bundle.yaml.

import { type BundleRecord, type FieldLayout, RECORDS, type RecordName, WRITERS } from './generated.ts';

type Plain = Record<string, number | Uint8Array>;

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
  const plain: Plain = {};
  const fields: readonly FieldLayout[] = RECORDS[name].fields;
  for (const field of fields) {
    const at = offset + field.offset;
    if (field.type === 'u16') plain[field.name] = view.getUint16(at, true);
    else if (field.type === 'u32') plain[field.name] = view.getUint32(at, true);
    else {
      if (at + field.length > view.byteLength) throw new RangeError('a record ends after the bundle');
      plain[field.name] = new Uint8Array(view.buffer, view.byteOffset + at, field.length).slice();
    }
  }
  return plain as BundleRecord<N>;
}
