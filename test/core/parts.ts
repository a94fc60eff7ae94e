// SPDX-License-Identifier: Apache-2.0
// A bundle as its parts, and the parts as bytes. Nothing is checked: tests break one thing at a time.

import {
  BUNDLE_MAGIC,
  BUNDLE_VERSION,
  type BundleRecord,
  type FieldLayout,
  RECORDS,
  type RecordName,
  SECTIONS,
  type SectionName,
} from '../../src/bundle/generated.ts';

type ItemsOf<N extends SectionName> = Extract<(typeof SECTIONS)[number], { name: N }>['items'];
type Item<N extends SectionName> = ItemsOf<N> extends RecordName ? Mutable<BundleRecord<ItemsOf<N>>> : number;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Every section's items: numbers, or records. */
export type Sections = { [N in SectionName]: Item<N>[] };

export interface Parts {
  header: Mutable<BundleRecord<'header'>>;
  sections: Sections;
}

/** A header in which `size` is right when the parts are encoded, unless it was set to something else than 0. */
export function newHeader(): Parts['header'] {
  return {
    magic: new TextEncoder().encode(BUNDLE_MAGIC),
    version: BUNDLE_VERSION,
    headerSize: RECORDS.header.size,
    size: 0,
    sectionCount: SECTIONS.length,
    trustDomainOffset: 0,
    trustDomainLength: 0,
    setCount: 0,
    features: 0,
    flags: 0,
  };
}

/** Where a section's entry stands in the file, by its number from 1. */
export function tableEntry(number: number): number {
  return RECORDS.header.size + (number - 1) * RECORDS.section.size;
}

/** The file that the parts make. */
export function encodeParts({ header, sections }: Parts): Uint8Array<ArrayBuffer> {
  let end = tableEntry(SECTIONS.length + 1);
  const placed = SECTIONS.map(({ name, number, items, itemSize }) => {
    const offset = Math.ceil(end / 8) * 8;
    const list: readonly (number | Plain)[] = sections[name];
    end = offset + list.length * itemSize;
    return { number, items, itemSize, offset, list };
  });
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  put(view, 0, 'header', header.size === 0 ? { ...header, size: end } : header);
  for (const { number, items, itemSize, offset, list } of placed) {
    const entry = { id: number, recordSize: itemSize, offset, count: list.length };
    put(view, tableEntry(number), 'section', entry);
    list.forEach((item, i) => {
      const at = offset + i * itemSize;
      if (items === 'byte') view.setUint8(at, Number(item));
      else if (items === 'u32') view.setUint32(at, Number(item), true);
      else if (typeof item !== 'number') put(view, at, items, item);
    });
  }
  return bytes;
}

type Plain = Readonly<Record<string, number | Uint8Array>>;

function put(view: DataView, at: number, name: RecordName, record: Plain): void {
  const fields: readonly FieldLayout[] = RECORDS[name].fields;
  for (const { name: field, type, offset, length } of fields) {
    const value = record[field];
    if (value instanceof Uint8Array) new Uint8Array(view.buffer, at + offset, length).set(value);
    else if (type === 'u16') view.setUint16(at + offset, value ?? 0, true);
    else view.setUint32(at + offset, value ?? 0, true);
  }
}
