// SPDX-License-Identifier: Apache-2.0
// Reads the two files of spec/ and checks that they are what the writers expect, so that a slip in a
// specification is a message here and not strange C.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const constant = z.strictObject({
  type: z.literal('const'),
  name: z.string(),
  value: z.int(),
  doc: z.string(),
});
const enumeration = z.strictObject({
  type: z.literal('enum'),
  name: z.string(),
  doc: z.string(),
  entries: z.array(z.strictObject({ name: z.string(), doc: z.string() })),
});
const attribute = z.strictObject({
  name: z.string(),
  type: z.enum(['u32', 'u64', 'string', 'binary', 'flag', 'nest', 'pad']),
  doc: z.string().optional(),
  enum: z.string().optional(),
  'multi-attr': z.boolean().optional(),
  'nested-attributes': z.string().optional(),
  checks: z
    .strictObject({
      min: z.int().optional(),
      max: z.union([z.int(), z.string()]).optional(),
      'min-len': z.union([z.int(), z.string()]).optional(),
      'max-len': z.union([z.int(), z.string()]).optional(),
      'exact-len': z.union([z.int(), z.string()]).optional(),
    })
    .optional(),
});
const side = z.strictObject({ attributes: z.array(z.string()) });
const exchange = z.strictObject({ request: side.optional(), reply: side.optional() });
const operation = z.strictObject({
  name: z.string(),
  value: z.int(),
  doc: z.string(),
  'attribute-set': z.string(),
  flags: z.array(z.literal('admin-perm')).optional(),
  do: exchange.optional(),
  dump: exchange.optional(),
  event: side.optional(),
});
const family = z.strictObject({
  name: z.string(),
  protocol: z.literal('genetlink'),
  version: z.int(),
  'uapi-header': z.string(),
  doc: z.string(),
  definitions: z.array(z.discriminatedUnion('type', [constant, enumeration])),
  'attribute-sets': z.array(
    z.strictObject({ name: z.string(), doc: z.string().optional(), attributes: z.array(attribute) }),
  ),
  'mcast-groups': z.strictObject({ list: z.array(z.strictObject({ name: z.string(), doc: z.string() })) }),
  operations: z.strictObject({ list: z.array(operation) }),
});

const numbered = z.strictObject({ name: z.string(), value: z.int(), doc: z.string() });
const field = z.strictObject({
  name: z.string(),
  type: z.enum(['u16', 'u32', 'bytes', 'string', 'slice']),
  length: z.int().optional(),
  of: z.string().optional(),
  doc: z.string().optional(),
});
const bundle = z.strictObject({
  name: z.string(),
  magic: z.string().length(4),
  version: z.int(),
  limits: z.array(numbered),
  matches: z.array(numbered),
  facts: z.array(
    z.strictObject({
      name: z.string(),
      value: z.int(),
      match: z.enum(['number', 'string', 'prefix']),
      limit: z.string().optional(),
      doc: z.string(),
    }),
  ),
  'kernel-labels': z.array(
    z.strictObject({
      name: z.string(),
      value: z.int().max(31),
      open: z.boolean().optional(),
      doc: z.string(),
    }),
  ),
  enums: z.array(z.strictObject({ name: z.string(), doc: z.string(), entries: z.array(numbered) })),
  flags: z.array(
    z.strictObject({
      name: z.string(),
      doc: z.string(),
      entries: z.array(z.strictObject({ name: z.string(), bit: z.int(), doc: z.string() })),
    }),
  ),
  none: z.int(),
  records: z.record(z.string(), z.strictObject({ doc: z.string(), fields: z.array(field) })),
  sections: z.array(
    z.strictObject({
      name: z.string(),
      value: z.int(),
      items: z.string(),
      'buckets-of': z.string().optional(),
      doc: z.string().optional(),
    }),
  ),
});

export type Family = z.infer<typeof family>;
export type Attribute = z.infer<typeof attribute>;
export type Bundle = z.infer<typeof bundle>;
export type Field = z.infer<typeof field>;
export interface FlatField {
  readonly name: string;
  readonly type: 'u16' | 'u32' | 'bytes';
  readonly length: number;
}

/** Reads spec/riptides.yaml. @throws when the file is not of the expected shape. */
export function readFamily(path: string): Family {
  return family.parse(parse(readFileSync(path, 'utf8')));
}

/** Reads spec/bundle.yaml. @throws when the file is not of the expected shape. */
export function readBundle(path: string): Bundle {
  return bundle.parse(parse(readFileSync(path, 'utf8')));
}

/** `exact4-buckets` → `EXACT4_BUCKETS`; also for fact names such as `process:binary:path`. */
export function upper(name: string): string {
  return name.replace(/[-:]/g, '_').toUpperCase();
}

/** `exact4-buckets` → `exact4_buckets`. */
export function snake(name: string): string {
  return name.replace(/[-:]/g, '_');
}

/** `record-size` → `recordSize`. */
export function camel(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The fields of a record as they lie in memory: slices and strings become two u32 each. */
export function flatFields(fields: readonly Field[]): FlatField[] {
  return fields.flatMap((f): FlatField[] => {
    switch (f.type) {
      case 'u16':
        return [{ name: f.name, type: f.type, length: 2 }];
      case 'u32':
        return [{ name: f.name, type: f.type, length: 4 }];
      case 'bytes':
        if (f.length === undefined) throw new Error(`field ${f.name}: bytes need a length`);
        return [{ name: f.name, type: f.type, length: f.length }];
      case 'string':
        return [
          { name: `${f.name}-offset`, type: 'u32', length: 4 },
          { name: `${f.name}-length`, type: 'u32', length: 4 },
        ];
      case 'slice':
        return [
          { name: `${f.name}-first`, type: 'u32', length: 4 },
          { name: `${f.name}-count`, type: 'u32', length: 4 },
        ];
    }
  });
}

/** Bytes of a record. @throws when a field would not be aligned: a record has no implicit padding. */
export function recordSize(fields: readonly Field[]): number {
  let offset = 0;
  for (const f of flatFields(fields)) {
    const alignment = f.type === 'bytes' ? 1 : f.length;
    if (offset % alignment !== 0) throw new Error(`field ${f.name} is not aligned`);
    offset += f.length;
  }
  if (offset % 4 !== 0) throw new Error('record is not a multiple of 4 bytes');
  return offset;
}
