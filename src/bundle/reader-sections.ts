// SPDX-License-Identifier: Apache-2.0

import { readRecord, recordSize } from './codec.ts';
import { type BundleRecord, type RecordName, SECTIONS, type SectionName } from './generated.ts';

/** Access to the sections of a bundle by name. Throws RangeError where the bytes end too soon. */
export interface SectionReader {
  readonly header: () => BundleRecord<'header'>;
  readonly words: (section: SectionName) => readonly number[];
  readonly records: <N extends RecordName>(section: SectionName, record: N) => readonly BundleRecord<N>[];
  /** A reference into the strings section. */
  readonly text: (offset: number, length: number) => string;
}

/** Reads the section table. */
export function readSections(bytes: Uint8Array): SectionReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sections = new Map<SectionName, { offset: number; count: number }>();
  SECTIONS.forEach(({ name, number }, i) => {
    const entry = readRecord(view, recordSize('header') + i * recordSize('section'), 'section');
    if (entry.id !== number) throw new RangeError(`section ${number} is missing`);
    sections.set(name, { offset: entry.offset, count: entry.count });
  });
  const sectionOf = (section: SectionName) => sections.get(section) ?? { offset: 0, count: 0 };
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const strings = sectionOf('strings').offset;
  return {
    header: () => readRecord(view, 0, 'header'),
    words: (section) => {
      const { offset, count } = sectionOf(section);
      return Array.from({ length: count }, (_, i) =>
        view.getUint32(offset + i * Uint32Array.BYTES_PER_ELEMENT, true),
      );
    },
    records: (section, record) => {
      const { offset, count } = sectionOf(section);
      return Array.from({ length: count }, (_, i) =>
        readRecord(view, offset + i * recordSize(record), record),
      );
    },
    text: (offset, length) => decoder.decode(bytes.subarray(strings + offset, strings + offset + length)),
  };
}
