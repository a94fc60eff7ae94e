// SPDX-License-Identifier: Apache-2.0
// The types that documents have in CEL, taken from the schemas themselves, so that a field that is added there can be guarded the
// same day. What a transform turns a value into (a port into a range, a text into seconds) its schema says as `.meta({ cel })`.

import * as z from 'zod';
import type { CelType } from '../../cel/values.ts';

/** Object types as they are found. */
export interface TypeTable {
  /** The type of what a schema gives; `name` is for the object types in it. Undefined: nothing can be said of it. */
  readonly add: (schema: unknown, name: string) => CelType | undefined;
  readonly types: Readonly<Record<string, Readonly<Record<string, CelType>>>>;
}

/** A type on the way: objects have no names yet. */
type Shape =
  | { readonly kind: 'scalar'; readonly type: 'string' | 'int' | 'double' | 'bool' | 'dyn' }
  | { readonly kind: 'list'; readonly item: Shape | undefined }
  | { readonly kind: 'map'; readonly item: Shape | undefined }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Shape> };

/** Starts an empty table. The names that are reserved are given to no part of a document. */
export function startTypes(reserved: readonly string[]): TypeTable {
  const types: Record<string, Readonly<Record<string, CelType>>> = {};
  const names = new Map<string, string>();
  const nameOf = (shape: Shape, name: string): CelType => {
    switch (shape.kind) {
      case 'scalar':
        return shape.type;
      case 'list':
        return `list<${shape.item === undefined ? 'dyn' : nameOf(shape.item, name)}>`;
      case 'map':
        return `map<string, ${shape.item === undefined ? 'dyn' : nameOf(shape.item, name)}>`;
      case 'object': {
        const fields = Object.fromEntries(
          [...shape.fields].map(([field, of]) => [field, nameOf(of, freeName(field, name, of))]),
        );
        const key = JSON.stringify(fields);
        const known = names.get(key);
        if (known !== undefined) return known;
        names.set(key, name);
        types[name] = fields;
        return name;
      }
    }
  };
  /** `spec` is named after its kind, and a name that is taken by another type gets that of its parent before it. */
  const freeName = (field: string, parent: string, shape: Shape): string => {
    const own = field.charAt(0).toUpperCase() + field.slice(1);
    const taken = own.length < 2 || field === 'spec' || own in types || reserved.includes(own);
    return taken && hasObject(shape) ? parent + own : own;
  };
  return {
    types,
    add: (schema, name) => {
      const shape = shapeOf(schema);
      return shape === undefined ? undefined : nameOf(shape, name);
    },
  };
}

function hasObject(shape: Shape): boolean {
  if (shape.kind === 'scalar') return false;
  return shape.kind === 'object' || (shape.item !== undefined && hasObject(shape.item));
}

function shapeOf(schema: unknown): Shape | undefined {
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return { kind: 'scalar', type: 'string' };
  if (schema instanceof z.ZodLiteral) return join([...schema.values].map(shapeOfLiteral));
  // No field of the language is a fraction.
  if (schema instanceof z.ZodNumber) return { kind: 'scalar', type: 'int' };
  if (schema instanceof z.ZodBoolean) return { kind: 'scalar', type: 'bool' };
  if (schema instanceof z.ZodArray) return { kind: 'list', item: shapeOf(schema.element) };
  if (schema instanceof z.ZodRecord) return { kind: 'map', item: shapeOf(schema.valueType) };
  if (schema instanceof z.ZodObject) return shapeOfFields(schema.shape);
  if (schema instanceof z.ZodUnion) return join(schema.options.map(shapeOf));
  if (schema instanceof z.ZodPipe) return shapeOf(outputOf(schema));
  // What may be null has no one type.
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodLazy) return { kind: 'scalar', type: 'dyn' };
  const inner = unwrapped(schema);
  return inner === undefined ? undefined : shapeOf(inner);
}

/** The schema of what a pipe gives. */
function outputOf(schema: z.ZodPipe): unknown {
  if (!(schema.out instanceof z.ZodTransform)) return schema.out;
  const { cel } = z.globalRegistry.get(schema) ?? {};
  if (!(cel instanceof z.ZodType))
    throw new Error('a schema with a transform says what it gives with .meta({ cel })');
  return cel;
}

function shapeOfLiteral(value: z.core.util.Literal): Shape | undefined {
  switch (typeof value) {
    case 'string':
      return { kind: 'scalar', type: 'string' };
    case 'number':
      return { kind: 'scalar', type: 'int' };
    case 'boolean':
      return { kind: 'scalar', type: 'bool' };
    default:
      return undefined;
  }
}

function shapeOfFields(fields: Readonly<Record<string, unknown>>): Shape {
  const shapes = new Map<string, Shape>();
  for (const [name, schema] of Object.entries(fields)) {
    const shape = shapeOf(schema);
    if (shape !== undefined) shapes.set(name, shape);
  }
  // Names that CEL cannot write after a dot are keys.
  return [...shapes.keys()].every((name) => /^[a-zA-Z_]\w*$/.test(name))
    ? { kind: 'object', fields: shapes }
    : { kind: 'map', item: join([...shapes.values()]) };
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable
    ? schema.unwrap()
    : undefined;
}

/** What is one or the other. */
function join(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  return shapes.reduce<Shape | undefined>((a, b) => {
    if (a === undefined || b === undefined) return a ?? b;
    if (a.kind === 'list' && b.kind === 'list') return { kind: 'list', item: join([a.item, b.item]) };
    if (a.kind === 'map' && b.kind === 'map') return { kind: 'map', item: join([a.item, b.item]) };
    if (a.kind === 'object' && b.kind === 'object') {
      const names = new Set([...a.fields.keys(), ...b.fields.keys()]);
      const fields = new Map<string, Shape>();
      for (const name of names) {
        const field = join([a.fields.get(name), b.fields.get(name)]);
        if (field !== undefined) fields.set(name, field);
      }
      return { kind: 'object', fields };
    }
    return a.kind === 'scalar' && b.kind === 'scalar' && a.type === b.type
      ? a
      : { kind: 'scalar', type: 'dyn' };
  }, undefined);
}
