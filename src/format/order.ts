// SPDX-License-Identifier: Apache-2.0
// The fields of documents in the order of their kind's schema.

import * as z from 'zod';
import { fieldsAt } from '../schema/fields.ts';
import { isKind } from '../schema/json-schema.ts';
import { API_GROUPS, SCHEMAS } from '../schema/kinds.ts';
import { type Item, itemAt, type TreeDocument, type Value } from './tree.ts';

/** Fields by schema and position: schemas never change, and to ask them is slow. */
const KNOWN = new WeakMap<z.ZodType, Map<string, readonly string[]>>();

/**
 * The document with its fields in order. Maps whose keys people choose (labels, selectors) keep the order in which they were written, and so do
 * documents of other programs, and documents with aliases, whose anchors must stay before them.
 */
export function orderFields(document: TreeDocument): TreeDocument {
  const { value } = document;
  const schema = schemaOf(value);
  if (schema === undefined || document.hasAlias) return document;
  const known = KNOWN.get(schema) ?? new Map<string, readonly string[]>();
  KNOWN.set(schema, known);
  const ordered = order(value, [], (path) => {
    const position = path.map((step) => (typeof step === 'number' ? 0 : step)).join('\n');
    const fields = known.get(position) ?? fieldsAt(schema, path);
    known.set(position, fields);
    return fields;
  });
  return { ...document, value: ordered };
}

/** Whether a document says that it is one of riptides. */
export function isPolicy({ value }: TreeDocument): boolean {
  const version = textAt(value, 'apiVersion') ?? '';
  return API_GROUPS.some((group) => version.startsWith(group));
}

function schemaOf(value: Value): z.ZodType | undefined {
  const version = textAt(value, 'apiVersion') ?? '';
  const kind = textAt(value, 'kind') ?? '';
  if (!API_GROUPS.some((group) => version.startsWith(group))) return undefined;
  return isKind(kind) ? SCHEMAS[kind] : ENVELOPE;
}

/** What is known of the fields of a kind that is not known. */
const ENVELOPE = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    labels: z.unknown(),
    annotations: z.unknown(),
  }),
  spec: z.unknown(),
  status: z.unknown(),
});

function textAt(value: Value, key: string): string | undefined {
  const found = itemAt(value, key)?.value;
  return found?.kind === 'scalar' ? found.text : undefined;
}

type Path = readonly (string | number)[];

function order(value: Value, path: Path, fieldsOf: (path: Path) => readonly string[]): Value {
  if (value.kind !== 'map' && value.kind !== 'list') return value;
  const items = value.items.map((item, i) => ({
    ...item,
    value: order(item.value, [...path, item.key?.text ?? i], fieldsOf),
  }));
  if (value.kind === 'list' || path.at(-2) === 'selectors') return { ...value, items };
  const fields = fieldsOf(path);
  const rank = (item: Item): number => {
    const index = fields.indexOf(item.key?.text ?? '');
    return index < 0 ? fields.length : index;
  };
  return { ...value, items: items.toSorted((a, b) => rank(a) - rank(b)) };
}
