// SPDX-License-Identifier: Apache-2.0
// The pages of docs/language are written from the schemas; what stands in them is what the schemas say.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { languageDocs } from '../../scripts/generate/language-docs.ts';

const FOLDER = join(import.meta.dirname, '../../docs/language');

describe('docs/language', () => {
  const pages = languageDocs();

  test('has a page for each kind and no others', () => {
    expect(readdirSync(FOLDER).toSorted()).toEqual([...pages.keys()].toSorted());
  });

  test.each([...pages])('says in %s what the schema says (npm run generate writes it anew)', (name, page) => {
    expect(readFileSync(join(FOLDER, name), 'utf8')).toBe(page);
  });
});
