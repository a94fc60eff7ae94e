// SPDX-License-Identifier: Apache-2.0
// What is known of a place in a document: the fields it may have, and what a value may look like.

import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { exampleAt, fieldsAt } from '../../src/schema/fields.ts';

const text = z.string().meta({ examples: ['like this', 'or this'] });
const schema = z.strictObject({
  text,
  plain: z.string(),
  old: z.string().meta({ deprecated: true }),
  written: z.string().meta({ readOnly: true }),
  refused: z.string().meta({ not: {} }),
  optional: text.optional().default('x').nullable(),
  piped: text.transform((value) => value.length),
  list: z.array(text).optional(),
  either: z.union([z.number(), text]),
  many: z.union([z.number(), z.array(text)]),
  map: z.record(z.string(), z.strictObject({ inner: text })),
  objects: z.array(z.strictObject({ a: text, b: z.strictObject({ c: text }) })),
  forms: z.union([z.strictObject({ one: text }), z.strictObject({ two: z.string() })]),
});

test.each<[readonly PropertyKey[], readonly string[]]>([
  [[], ['text', 'plain', 'optional', 'piped', 'list', 'either', 'many', 'map', 'objects', 'forms']],
  [['text'], []],
  [['missing'], []],
  [[0], []],
  [['map'], []],
  [['map', 'any'], ['inner']],
  [['objects'], []],
  [
    ['objects', 3],
    ['a', 'b'],
  ],
  [['objects', 3, 'b'], ['c']],
  [['forms'], ['one', 'two']],
])('at %j the fields are %j', (path, fields) => {
  expect(fieldsAt(schema, path)).toEqual(fields);
});

test.each<[readonly PropertyKey[], string | undefined]>([
  [['text'], 'like this'],
  [['plain'], undefined],
  [['optional'], 'like this'],
  [['piped'], 'like this'],
  [['list', 2], 'like this'],
  [['list'], undefined],
  [['either'], 'like this'],
  [['many', 0], 'like this'],
  [['plain', 0], undefined],
  [['map', 'any', 'inner'], 'like this'],
  [['objects', 0, 'b', 'c'], 'like this'],
  [['forms', 'two'], undefined],
  [['forms', 'one'], 'like this'],
  [[], undefined],
])('at %j a value may look like %j', (path, example) => {
  expect(exampleAt(schema, path)).toBe(example);
});
