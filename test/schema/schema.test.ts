// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { FACTS } from '../../src/bundle/generated.ts';
import { ALL_FACTS } from '../../src/schema/facts/table.ts';
import { fieldsAt } from '../../src/schema/fields.ts';
import { SCHEMAS } from '../../src/schema/kinds.ts';
import { isInside } from '../../src/schema/paths.ts';

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
