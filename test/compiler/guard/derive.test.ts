// SPDX-License-Identifier: Apache-2.0
// The types that CEL is told of, for schemas of every form.

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startTypes } from '../../../src/compiler/guard/derive.ts';

/** The type of a schema that is called Top, with the object types in it. */
function typeOf(schema: z.ZodType, reserved: readonly string[] = []): unknown {
  const table = startTypes(reserved);
  const type = table.add(schema, 'Top');
  return Object.keys(table.types).length === 0 ? type : [type, table.types];
}

const text = z.string();
const number = z.number();

describe('the type of a schema', () => {
  test.each<[string, z.ZodType, string | undefined]>([
    ['a text', text, 'string'],
    ['one of several texts', z.enum(['a', 'b']), 'string'],
    ['a certain text', z.literal('a'), 'string'],
    ['a certain number', z.literal(7), 'int'],
    ['true alone', z.literal(true), 'bool'],
    ['a text or a number, certain ones', z.literal(['a', 7]), 'dyn'],
    ['a number', number, 'int'],
    ['true or false', z.boolean(), 'bool'],
    ['what may be null', z.string().nullable(), 'dyn'],
    ['what may be missing', z.string().optional(), 'string'],
    ['what has a default', z.number().default(1), 'int'],
    ['anything', z.unknown(), undefined],
    ['a list', z.array(text), 'list<string>'],
    ['a list of anything', z.array(z.unknown()), 'list<dyn>'],
    ['a list of lists', z.array(z.array(number)), 'list<list<int>>'],
    ['a map', z.record(text, number), 'map<string, int>'],
    ['a map of anything', z.record(text, z.unknown()), 'map<string, dyn>'],
    ['fields whose names are no names', z.object({ 'a:b': text, 'c:d': text }), 'map<string, string>'],
    [
      'fields of several types, whose names are no names',
      z.object({ 'a:b': text, c: number }),
      'map<string, dyn>',
    ],
  ])('%s', (_, schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  test.each<[string, z.ZodType, string]>([
    ['two texts', z.union([z.enum(['a']), text]), 'string'],
    ['a text or a number', z.union([text, number]), 'dyn'],
    ['a text or a list', z.union([text, z.array(text)]), 'dyn'],
    ['a list or a text', z.union([z.array(text), text]), 'dyn'],
    ['a map or a text', z.union([z.record(text, text), text]), 'dyn'],
    ['a text or a map', z.union([text, z.record(text, text)]), 'dyn'],
    ['a list or a map', z.union([z.array(text), z.record(text, text)]), 'dyn'],
    ['two lists', z.union([z.array(text), z.array(text)]), 'list<string>'],
    ['two lists of different types', z.union([z.array(text), z.array(number)]), 'list<dyn>'],
    ['two maps', z.union([z.record(text, number), z.record(text, number)]), 'map<string, int>'],
    [
      'two maps of different types',
      z.union([z.record(text, number), z.record(text, text)]),
      'map<string, dyn>',
    ],
    ['a text or anything', z.union([text, z.unknown()]), 'string'],
  ])('is that of one or the other: %s', (_, schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  test('is that of both where fields are of one or the other', () => {
    const either = z.union([z.object({ a: text, b: text }), z.object({ a: number, c: z.boolean() })]);
    expect(typeOf(either)).toEqual(['Top', { Top: { a: 'dyn', b: 'string', c: 'bool' } }]);
    expect(typeOf(z.union([z.object({ a: text }), text]))).toBe('dyn');
    expect(typeOf(z.union([text, z.object({ a: text })]))).toBe('dyn');
  });
});

describe('the type of what a transform gives', () => {
  const seconds = text.transform((value) => value.length).meta({ cel: number });

  test.each<[string, z.ZodType, unknown]>([
    ['of a value', seconds, 'int'],
    ['with a description', seconds.describe('Seconds.'), 'int'],
    ['that may be missing', seconds.optional(), 'int'],
    ['that has a default', seconds.default(3), 'int'],
    ['in a list', z.array(seconds), 'list<int>'],
    ['that is transformed again', seconds.transform((length) => length > 1).meta({ cel: z.boolean() }), 'bool'],
    ['that is checked afterwards', seconds.pipe(z.number()), 'int'],
    [
      'with fields',
      text.transform((value) => ({ value })).meta({ cel: z.object({ value: text }) }),
      ['Top', { Top: { value: 'string' } }],
    ],
  ])('is what its schema says: %s', (_, schema, type) => {
    expect(typeOf(schema)).toEqual(type);
  }); // prettier-ignore

  test('has to be said', () => {
    expect(() => typeOf(text.transform((value) => value.length))).toThrow('.meta({ cel })');
  });
});

describe('object types', () => {
  test('are named after their field, or after the parent too when the name is taken, short or reserved', () => {
    const schema = z.object({
      spec: z.object({ tls: z.object({ mode: text }), x: z.object({ y: text }), git: z.object({ z: text }) }),
      other: z.object({ tls: z.object({ port: number }) }),
      list: z.array(z.object({ item: text })),
      map: z.record(text, z.array(z.object({ entry: text }))),
      same: z.object({ mode: text }),
    });
    expect(typeOf(schema, ['Git'])).toEqual([
      'Top',
      {
        Top: {
          spec: 'TopSpec',
          other: 'Other',
          list: 'list<List>',
          map: 'map<string, list<Map>>',
          same: 'Tls',
        },
        TopSpec: { tls: 'Tls', x: 'TopSpecX', git: 'TopSpecGit' },
        Tls: { mode: 'string' },
        TopSpecX: { y: 'string' },
        TopSpecGit: { z: 'string' },
        Other: { tls: 'OtherTls' },
        OtherTls: { port: 'int' },
        List: { item: 'string' },
        Map: { entry: 'string' },
      },
    ]);
  });

  test('are not named after fields that hold none', () => {
    const schema = z.object({ spec: z.object({ tls: z.object({ a: text }) }), tls: z.array(text) });
    expect(typeOf(schema)).toEqual([
      'Top',
      { Top: { spec: 'TopSpec', tls: 'list<string>' }, TopSpec: { tls: 'Tls' }, Tls: { a: 'string' } },
    ]);
  });
});
