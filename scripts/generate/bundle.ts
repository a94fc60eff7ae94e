// SPDX-License-Identifier: Apache-2.0
// Writes the bundle layout as a C header and as TypeScript constants.

import { fitComments } from './c.ts';
import { type Bundle, camel, flatFields, recordSize, snake, upper } from './spec.ts';

const C_TYPES = { u16: '__le16', u32: '__le32', bytes: '__u8' } as const;

/** kmod/uapi/riptides_bundle.h */
export function bundleHeader(spec: Bundle): string {
  const out: string[] = [
    '/* SPDX-License-Identifier: GPL-2.0-only OR MIT */',
    '/* Generated from spec/bundle.yaml by `npm run generate`. Do not edit. */',
    '#ifndef _UAPI_RIPTIDES_BUNDLE_H',
    '#define _UAPI_RIPTIDES_BUNDLE_H',
    '',
    '#ifdef RT_FREESTANDING',
    '#include "types.h"',
    '#else',
    '#include <linux/types.h>',
    '#endif',
    '',
    `#define RT_BUNDLE_MAGIC\t"${spec.magic}"`,
    `#define RT_BUNDLE_VERSION\t${spec.version}`,
    '',
    '/* No identity, rule, service, set or child has this number. */',
    `#define RT_NONE\t0x${spec.none.toString(16)}U`,
    '',
    '/* Limits. */',
    ...spec.limits.map((l) => `#define RT_MAX_${upper(l.name)}\t${l.value}\t/* ${l.doc} */`),
    '',
  ];
  const enumeration = (
    name: string,
    doc: string,
    entries: readonly { name: string; value: number; doc: string }[],
    tag: string = name,
  ) => {
    out.push(`/* ${doc} */`, `enum rt_${snake(tag)} {`);
    for (const e of entries) out.push(`\tRT_${upper(name)}_${upper(e.name)} = ${e.value},\t/* ${e.doc} */`);
    out.push('};', '');
  };
  enumeration('match', 'how the values of a fact are compared', spec.matches);
  enumeration('fact', 'what a selector may ask of a process or connection', spec.facts);
  out.push('/* match and limit of each fact, by number: F(number, match, limit of its bytes) */');
  out.push('#define RT_FACT_TABLE(F) \\');
  spec.facts.forEach((f, i) => {
    const limit = f.limit === undefined ? '0' : `RT_MAX_${upper(f.limit)}`;
    const end = i === spec.facts.length - 1 ? '' : ' \\';
    out.push(`\tF(RT_FACT_${upper(f.name)}, RT_MATCH_${upper(f.match)}, ${limit})${end}`);
  });
  out.push('');
  const labels = spec['kernel-labels'];
  enumeration('label', 'labels that the kernel collects itself: bits of a mask', labels);
  out.push('/* L(number, name, whether a colon and any name follow), by number */');
  out.push('#define RT_LABEL_TABLE(L) \\');
  labels.forEach((l, i) => {
    const end = i === labels.length - 1 ? '' : ' \\';
    out.push(`\tL(RT_LABEL_${upper(l.name)}, "${l.name}", ${l.open === true})${end}`);
  });
  out.push('');
  for (const e of spec.enums) enumeration(e.name, e.doc, e.entries);
  for (const f of spec.flags) {
    out.push(`/* ${f.doc} */`);
    for (const e of f.entries)
      out.push(`#define RT_${upper(f.name)}_${upper(e.name)}\t(1U << ${e.bit})\t/* ${e.doc} */`);
    const names = f.entries.map((e) => `RT_${upper(f.name)}_${upper(e.name)}`);
    // One to a line where there is more than one, so that a long list fits the kernel's columns.
    const all = names.length === 1 ? `\t(${names.join('')})` : ` \\\n\t(${names.join(' | \\\n\t ')})`;
    out.push(`#define RT_${upper(f.name)}_FLAGS${all}`, '');
  }
  for (const [name, record] of Object.entries(spec.records)) {
    out.push(`/* ${record.doc} */`, `struct rt_${snake(name)} {`);
    for (const f of record.fields) {
      const doc = f.doc === undefined ? '' : `\t/* ${f.doc} */`;
      flatFields([f]).forEach((flat, i) => {
        const array = flat.type === 'bytes' ? `[${flat.length}]` : '';
        out.push(`\t${C_TYPES[flat.type]} ${snake(flat.name)}${array};${i === 0 ? doc : ''}`);
      });
    }
    out.push('};', '', `#define RT_${upper(name)}_SIZE\t${recordSize(record.fields)}`, '');
  }
  enumeration(
    'section',
    'sections, in the order of the file',
    spec.sections.map((s) => ({
      name: s.name,
      value: s.value,
      doc: s.doc ?? `bucket offsets of ${s['buckets-of'] ?? ''}`,
    })),
    'section-number', // `struct rt_section` is the record of the section table
  );
  out.push(`#define RT_SECTION_COUNT\t${spec.sections.length}`, '');
  out.push('/* S(number, bytes of one item), in the order of the file */', '#define RT_SECTION_TABLE(S) \\');
  spec.sections.forEach((s, i) => {
    const end = i === spec.sections.length - 1 ? '' : ' \\';
    out.push(`\tS(RT_SECTION_${upper(s.name)}, ${itemSize(spec, s.items)})${end}`);
  });
  out.push('', '#endif /* _UAPI_RIPTIDES_BUNDLE_H */', '');
  return fitComments(out);
}

function itemSize(spec: Bundle, items: string): number {
  if (items === 'byte') return 1;
  if (items === 'u32') return 4;
  const record = spec.records[items];
  if (record === undefined) throw new Error(`section items ${items}: no such record`);
  return recordSize(record.fields);
}

/** src/bundle/generated.ts */
export function bundleTypescript(spec: Bundle): string {
  const table = (entries: readonly { name: string; value: number }[]) =>
    `{ ${entries.map((e) => `${camel(e.name)}: ${e.value}`).join(', ')} } as const`;
  const out: string[] = [
    '// SPDX-License-Identifier: Apache-2.0',
    '// Generated from spec/bundle.yaml by `npm run generate`. Do not edit.',
    '',
    `export const BUNDLE_MAGIC = '${spec.magic}';`,
    `export const BUNDLE_VERSION = ${spec.version};`,
    `export const NONE = ${spec.none};`,
    '',
    'export const LIMITS = {',
    ...spec.limits.flatMap((l) => [`  /** ${l.doc} */`, `  ${camel(l.name)}: ${l.value},`]),
    '} as const;',
    '',
    "export type Match = 'number' | 'string' | 'prefix';",
    '',
    'export const FACTS = {',
    ...spec.facts.flatMap((f) => [
      `  /** ${f.doc} */`,
      `  '${f.name}': { number: ${f.value}, match: '${f.match}', limit: ${f.limit === undefined ? 0 : limitOf(spec, f.limit)}, doc: ${JSON.stringify(f.doc)} },`,
    ]),
    '} as const satisfies Record<string, { number: number; match: Match; limit: number; doc: string }>;',
    'export type FactName = keyof typeof FACTS;',
    '',
    '/** Names of the labels that the kernel collects itself; of an open one a colon and any name follow. */',
    'export const KERNEL_LABELS = [',
    ...spec['kernel-labels'].map((l) => `  { name: '${l.name}', open: ${l.open === true} },`),
    '] as const satisfies readonly { name: string; open: boolean }[];',
    '',
    ...spec.enums.flatMap((e) => [
      `/** ${e.doc} */`,
      `export const ${upper(e.name)} = ${table(e.entries)};`,
      '',
    ]),
    ...spec.flags.flatMap((f) => [
      `/** ${f.doc} */`,
      `export const ${upper(f.name)}_FLAGS = { ${f.entries.map((e) => `${flagName(f.name, e.name)}: ${2 ** e.bit}`).join(', ')} } as const;`,
      '',
    ]),
    "export type FieldType = 'u16' | 'u32' | 'bytes';",
    'export interface FieldLayout {',
    '  readonly name: string;',
    '  readonly type: FieldType;',
    '  readonly offset: number;',
    '  readonly length: number;',
    '}',
    '',
    '/** Records: size, and fields in order. Strings and slices are two u32 fields each. */',
    'export const RECORDS = {',
  ];
  for (const [name, record] of Object.entries(spec.records)) {
    out.push(
      `  /** ${record.doc} */`,
      `  ${camel(name)}: {`,
      `    size: ${recordSize(record.fields)},`,
      '    fields: [',
    );
    let offset = 0;
    for (const f of flatFields(record.fields)) {
      out.push(
        `      { name: '${camel(f.name)}', type: '${f.type}', offset: ${offset}, length: ${f.length} },`,
      );
      offset += f.length;
    }
    out.push('    ],', '  },');
  }
  out.push(
    '} as const satisfies Record<string, { size: number; fields: readonly FieldLayout[] }>;',
    'export type RecordName = keyof typeof RECORDS;',
    '',
    '/** A record as an object: numbers, or bytes. */',
    'export type BundleRecord<N extends RecordName> = {',
    "  [F in (typeof RECORDS)[N]['fields'][number] as F['name']]: F['type'] extends 'bytes' ? Uint8Array : number;",
    '};',
    '',
    '/** Sections in the order of the file. */',
    'export const SECTIONS = [',
    ...spec.sections.map((s) => {
      const items = s.items === 'byte' || s.items === 'u32' ? s.items : camel(s.items);
      const buckets = s['buckets-of'] === undefined ? '' : `, bucketsOf: '${camel(s['buckets-of'])}'`;
      return `  { name: '${camel(s.name)}', number: ${s.value}, items: '${items}', itemSize: ${itemSize(spec, s.items)}${buckets} },`;
    }),
    '] as const;',
    "export type SectionName = (typeof SECTIONS)[number]['name'];",
    '',
    '/** Writes a record of each kind at an offset of a view. Numbers that are wider than their fields are cut off. */',
    'export const WRITERS: {',
    '  readonly [N in RecordName]: (view: DataView, at: number, record: BundleRecord<N>) => void;',
    '} = {',
    ...Object.entries(spec.records).flatMap(([name, record]) => writer(name, record.fields)),
    '};',
    '',
    '/** Reads the record at `at`. */',
    'export const READERS: {',
    '  readonly [N in RecordName]: (view: DataView, at: number) => BundleRecord<N>;',
    '} = {',
    ...Object.entries(spec.records).flatMap(([name, record]) => reader(name, record.fields)),
    '};',
    '',
    'function readBytes(view: DataView, at: number, length: number): Uint8Array {',
    "  if (at + length > view.byteLength) throw new RangeError('a record ends after the bundle');",
    '  return new Uint8Array(view.buffer, view.byteOffset + at, length).slice();',
    '}',
    '',
    'function writeBytes(view: DataView, at: number, bytes: Uint8Array, length: number): void {',
    '  for (let i = 0; i < length; i++) view.setUint8(at + i, bytes[i] ?? 0);',
    '}',
    '',
  );
  return out.join('\n');
}

/** A function for each record, with a line for each field: a loop over the fields would take several times as long. */
function writer(name: string, fields: Parameters<typeof flatFields>[0]): readonly string[] {
  let offset = 0;
  const lines = flatFields(fields).map((f) => {
    const at = offset === 0 ? 'at' : `at + ${offset}`;
    offset += f.length;
    const value = `record.${camel(f.name)}`;
    if (f.type === 'bytes') return `    writeBytes(view, ${at}, ${value}, ${f.length});`;
    return `    view.setUint${f.type === 'u16' ? 16 : 32}(${at}, ${value}, true);`;
  });
  return [`  ${camel(name)}: (view, at, record) => {`, ...lines, '  },'];
}

function reader(name: string, fields: Parameters<typeof flatFields>[0]): readonly string[] {
  let offset = 0;
  const lines = flatFields(fields).map((f) => {
    const at = offset === 0 ? 'at' : `at + ${offset}`;
    offset += f.length;
    if (f.type === 'bytes') return `    ${camel(f.name)}: readBytes(view, ${at}, ${f.length}),`;
    return `    ${camel(f.name)}: view.getUint${f.type === 'u16' ? 16 : 32}(${at}, true),`;
  });
  return [`  ${camel(name)}: (view, at) => ({`, ...lines, '  }),'];
}

function limitOf(spec: Bundle, name: string): number {
  const limit = spec.limits.find((l) => l.name === name);
  if (limit === undefined) throw new Error(`limit ${name}: not defined`);
  return limit.value;
}

/** Features are shown by their names; other flags are known to the code alone. */
function flagName(flags: string, name: string): string {
  return flags === 'feature' ? `'${name}'` : camel(name);
}
