// SPDX-License-Identifier: Apache-2.0
// docs/agent-labels.md has every label that a collector is for, and names a test that sees it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { COLLECTOR_NAMES } from '../../src/agent/labels/types.ts';
import { defaultConfiguration } from '../../src/agent/configuration/load.ts';
import { configurationSchema } from '../../src/agent/configuration/schema.ts';
import { ALL_FACTS } from '../../src/schema/facts/table.ts';
import type { FactSource } from '../../src/schema/facts/types.ts';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/agent-labels.md'), 'utf8');
const COLLECTED: readonly FactSource[] = ['kubelet', 'docker', 'systemd', 'host', 'cloud', 'operator'];

/** Rows of the table: label, collectors, and the test. */
const ROWS = PAGE.split('\n')
  .filter((line) => line.startsWith('| `') && line.includes('test/agent/'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  .map(([, label = '', collectors = '', , , file = '']) => ({
    label,
    collectors: collectors.split(', '),
    file,
  }));

test('the table has the labels that there are, in their order', () => {
  const facts = ALL_FACTS.filter(({ source }) => COLLECTED.includes(source)).map(({ name }) => name);
  expect(ROWS.map(({ label }) => label)).toEqual(facts);
  for (const { collectors } of ROWS) for (const name of collectors) expect(COLLECTOR_NAMES).toContain(name);
});

test.each(ROWS)('$label is seen by $file', ({ label, file }) => {
  // As name=value or as name: value; in a family by any name.
  const source = label
    .split(/(<[^>]*>)/)
    .map((part) => (part.startsWith('<') ? '[^\\s=\'"`]+' : part.replace(/[.]/g, '\\$&')))
    .join('');
  const name = new RegExp(`['"\`/^]${source}(?:=|: |['"\`])`);
  expect(readFileSync(join(ROOT, file), 'utf8')).toMatch(name);
});

test('the configuration on the page is that of an agent that was given none', () => {
  const [, yaml = ''] = /^```yaml\n([^]*?)^```$/m.exec(PAGE) ?? [];
  expect(configurationSchema.parse(parse(yaml)).spec).toEqual(defaultConfiguration());
});
