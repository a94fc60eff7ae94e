// SPDX-License-Identifier: Apache-2.0
// The schemas for editors: JSON Schema, made of what checks the documents.

import * as z from 'zod';
import { SCHEMAS } from './kinds.ts';

export type Kind = keyof typeof SCHEMAS;

const DRAFT = 'http://json-schema.org/draft-07/schema#';

/**
 * The JSON Schema (draft-07, which is what editors read) of the documents of a kind, or of any document of a policy. A document that
 * riptides accepts is valid by it; what it cannot say (that an address is one, that a name exists) only riptides finds.
 */
export function jsonSchema(kind?: Kind): object {
  if (kind !== undefined) return documentJsonSchema(kind, SCHEMAS[kind]);
  return {
    $schema: DRAFT,
    title: 'riptides policy',
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: { kind: { enum: Object.keys(SCHEMAS) } },
    // A slip is told for the kind that was written, and not for all of them.
    allOf: Object.keys(SCHEMAS)
      .filter(isKind)
      .map((name) => ({
        if: { properties: { kind: { const: name } }, required: ['kind'] },
        // oxlint-disable-next-line unicorn/no-thenable
        then: fieldsOf(SCHEMAS[name]),
      })),
  };
}

/** Whether there is a schema of that name. */
export function isKind(name: string): name is Kind {
  return Object.hasOwn(SCHEMAS, name);
}

/** The same of a document that no policy is made of. */
export function documentJsonSchema(title: string, schema: z.ZodType): object {
  return { $schema: DRAFT, title, ...fieldsOf(schema) };
}

function fieldsOf(schema: z.ZodType): object {
  const { $schema: _, ...fields } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => delete jsonSchema['cel'],
  });
  return fields;
}
