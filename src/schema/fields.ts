// SPDX-License-Identifier: Apache-2.0
// Which fields there are at a place of a document, asked of the schema itself, so that suggestions never lag behind it.

import { z } from 'zod';

/** The names of the fields of the map at a path; empty where the schema has no map with fixed fields. */
export function fieldsAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  return objectsAt(schema, path).flatMap((object) => Object.keys(object.shape));
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
  if (schema instanceof z.ZodPipe) return objectsAt(schema.in, path);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable
  ) {
    return objectsAt(schema.unwrap(), path);
  }
  return [];
}
