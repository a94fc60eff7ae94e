// SPDX-License-Identifier: Apache-2.0
// Which fields a document may have at a path, asked of the schema itself, so that suggestions never lag behind it.

import * as z from 'zod';

/**
 * The names of the fields of the map at a path; empty where the schema has no map with fixed fields. Fields that are known only
 * to be refused or passed over, and old names, are not among them.
 */
export function fieldsAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  return objectsAt(schema, path).flatMap(({ shape }) =>
    Object.entries(shape).flatMap(([name, field]) => {
      const meta = z.globalRegistry.get(field);
      const isHidden =
        meta?.deprecated === true || meta?.['readOnly'] === true || meta?.['not'] !== undefined;
      return isHidden ? [] : [name];
    }),
  );
}

/** How a value at a path may look, where the schema gives an example of its text. */
export function exampleAt(schema: unknown, path: readonly PropertyKey[]): string | undefined {
  const field = path.at(-1);
  if (typeof field === 'number') return exampleOf(elementOf(schemaAt(schema, path.slice(0, -1))));
  return exampleOf(schemaAt(schema, path));
}

function schemaAt(schema: unknown, path: readonly PropertyKey[]): unknown {
  const field = path.at(-1);
  if (typeof field !== 'string') return undefined;
  return objectsAt(schema, path.slice(0, -1))
    .map(({ shape }) => shape[field])
    .find((found) => found !== undefined);
}

function elementOf(schema: unknown): unknown {
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodUnion)
    return schema.options.map(elementOf).find((element) => element !== undefined);
  const inner = innerOf(schema);
  return inner === undefined ? undefined : elementOf(inner);
}

function exampleOf(schema: unknown): string | undefined {
  if (schema instanceof z.ZodType) {
    const examples: unknown = z.globalRegistry.get(schema)?.['examples'];
    const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
    if (typeof example === 'string') return example;
  }
  if (schema instanceof z.ZodUnion)
    return schema.options.map(exampleOf).find((example) => example !== undefined);
  const inner = innerOf(schema);
  return inner === undefined ? undefined : exampleOf(inner);
}

/** What is wrapped, where a schema is a wrapper around another. */
function innerOf(schema: unknown): unknown {
  if (schema instanceof z.ZodPipe) return schema.in;
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable
  ) {
    return schema.unwrap();
  }
  return undefined;
}

function objectsAt(schema: unknown, path: readonly PropertyKey[]): readonly z.ZodObject[] {
  if (schema instanceof z.ZodObject) {
    const [step, ...rest] = path;
    if (step === undefined) return [schema];
    return typeof step === 'string' ? objectsAt(schema.shape[step], rest) : [];
  }
  if (schema instanceof z.ZodArray) return path.length === 0 ? [] : objectsAt(schema.element, path.slice(1));
  if (schema instanceof z.ZodRecord)
    return path.length === 0 ? [] : objectsAt(schema.valueType, path.slice(1));
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => objectsAt(option, path));
  const inner = innerOf(schema);
  return inner === undefined ? [] : objectsAt(inner, path);
}
