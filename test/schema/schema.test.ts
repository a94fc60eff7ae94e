// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { FACTS } from '../../src/bundle/generated.ts';
import { ALL_FACTS } from '../../src/schema/facts/table.ts';
import { fieldsAt } from '../../src/schema/fields.ts';
import { problemOf } from '../../src/schema/check.ts';
import { SCHEMAS } from '../../src/schema/kinds.ts';
import { isInside } from '../../src/schema/paths.ts';
import { spiffeIdPattern } from '../../src/schema/spiffe.ts';
import { moment } from '../../src/schema/time.ts';

describe('the schemas', () => {
  for (const [kind, schema] of Object.entries(SCHEMAS)) {
    test(`of ${kind} can be given as JSON Schema, for editors`, () => {
      const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
      expect(json).toMatchObject({
        type: 'object',
        required: ['apiVersion', 'kind', 'metadata', 'spec'],
        additionalProperties: false,
      });
    });
  }

  test('know every fact of a bundle', () => {
    const native = ALL_FACTS.flatMap(({ native: fact }) => fact ?? []);
    expect([...native, 'label'].toSorted()).toEqual(Object.keys(FACTS).toSorted());
  });
});

describe('fieldsAt', () => {
  test('names the fields of the map at a path, through lists and defaults', () => {
    expect(fieldsAt(SCHEMAS.Service, [])).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
    expect(fieldsAt(SCHEMAS.Service, ['spec', 'addresses', 3])).toContain('networkPrefixes');
    expect(fieldsAt(SCHEMAS.WorkloadIdentity, ['spec', 'scope', 'daemon'])).toEqual(['id']);
    expect(fieldsAt(SCHEMAS.Guardrail, ['spec', 'rules', 0])).toContain('severity');
  });

  test('gives nothing where there are no fixed fields', () => {
    expect(fieldsAt(SCHEMAS.Service, ['spec', 'labels'])).toEqual([]);
    expect(fieldsAt(SCHEMAS.Service, ['spec', 'nothing', 'here'])).toEqual([]);
    expect(fieldsAt(SCHEMAS.Service, ['kind', 'x'])).toEqual([]);
  });
});

test('isInside accepts paths that stay in their directory', () => {
  for (const path of ['.', 'a', './a/b', 'a/./b', '..a', 'a..'])
    expect([path, isInside(path)]).toEqual([path, true]);
  for (const path of ['', '/', '/a', '..', '../a', 'a/..', 'a/../b', 'a\\b', 'a\0']) {
    expect([path, isInside(path)]).toEqual([path, false]);
  }
});

/** What the first issue of a text suggests. */
function suggested(schema: z.ZodType, text: string): unknown {
  const [issue] = schema.safeParse(text).error?.issues ?? [];
  return issue !== undefined && 'params' in issue ? problemOf(issue.params)?.suggestion : undefined;
}

describe('what is suggested is right:', () => {
  test.each([
    ['2026-03-01', '2026-03-01T00:00:00Z'],
    ['1969-12-31', undefined],
    ['2107-01-01T00:00:00', undefined],
  ])('a moment near %s', (text, near) => {
    expect(suggested(moment, text)).toBe(near);
  });

  test.each([
    ['spiffe://Shop.example/web', 'spiffe://shop.example/web'],
    ['spiffe://Shop.example', undefined],
    ['spiffe://Shop.example/a*b', undefined],
  ])('a SPIFFE ID near %s', (text, near) => {
    expect(suggested(spiffeIdPattern, text)).toBe(near);
  });
});
