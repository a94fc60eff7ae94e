// SPDX-License-Identifier: Apache-2.0
// Runs every command of the pages of docs/ that are stories, and compares what it prints with what the page shows. UPDATE=1 writes
// what was printed into the page. page.ts says how blocks are written.

import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT } from '../commands/riptides.ts';
import { blocksOf, exchangeLines, likened, openPlaceIn, outputOf, type Place, writeBlock } from './page.ts';

const UPDATE = process.env['UPDATE'] === '1';

/** Not those that are generated, and not those that describe no commands. */
const PAGES = globSync('docs/*.md', { cwd: ROOT })
  .toSorted()
  .filter((page) =>
    blocksOf(readFileSync(join(ROOT, page), 'utf8')).some(({ language }) => language === 'sh'),
  );

test('the tutorial is among the pages that are run', () => {
  expect(PAGES).toContain('docs/tutorial.md');
});

describe.each(PAGES)('%s', (page) => {
  const markdown = readFileSync(join(ROOT, page), 'utf8');
  const blocks = blocksOf(markdown);
  const lines = markdown.split('\n');
  let directory: string;
  let place: Place;
  let isBroken = false;
  const printedAt = new Map<number, string>();

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'riptides-docs-'));
    place = openPlaceIn(directory);
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
    if (!UPDATE) return;
    // From the end on, so that the numbers of the lines before stay.
    for (const [index, printed] of [...printedAt].toSorted(([a], [b]) => b - a)) {
      const { first = 0, last = 0 } = blocks[index] ?? {};
      lines.splice(first, last - first + 1, ...printed.split('\n'));
    }
    writeFileSync(join(ROOT, page), lines.join('\n'));
  });

  const steps = blocks.flatMap((block, index) => {
    if (block.language !== 'sh' && !block.options.has('file')) return [];
    const words = block.language === 'sh' ? block.text : `write ${block.options.get('file') ?? ''}`;
    return [{ block, index, name: `line ${block.first + 1}: ${words.split('\n')[0] ?? ''}` }];
  });
  test.each(steps)(
    '$name',
    ({ block, index }) => {
      // What follows a step that did not work says nothing; what follows one that printed something else does.
      expect(isBroken).toBe(false);
      isBroken = true;
      if (block.language !== 'sh') writeBlock(block, place);
      else {
        const { code, printed } = place.run(block.text);
        expect({ code, printed }).toMatchObject({ code: Number(block.options.get('exit') ?? 0) });
        const shown = outputOf(blocks, index);
        if (shown !== undefined && likened(shown.text) !== likened(printed)) {
          isBroken = false;
          if (UPDATE) printedAt.set(blocks.indexOf(shown), printed);
          else expect(likened(printed)).toBe(likened(shown.text));
        }
      }
      isBroken = false;
    },
    30_000,
  );
});

describe('README.md', () => {
  const blocks = blocksOf(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  const first = blocks.findIndex(({ language }) => language === 'sh');
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'riptides-readme-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  // Its first line sets up what the test runs with.
  test('shows what its first commands print', () => {
    const [setUp, ...commands] = (blocks[first]?.text ?? '').replaceAll(/^npx /gm, '').split('\n');
    expect(setUp).toBe('npm ci');
    expect(commands).toHaveLength(2);
    const place = openPlaceIn(directory);
    cpSync(join(ROOT, 'policies'), place.path('policies'), {
      recursive: true,
      filter: (path) => !path.endsWith('.riptides'),
    });
    const results = commands.map((command) => place.run(command));
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results[1]?.printed).toBe(outputOf(blocks, first)?.text);
  }, 30_000);
});

describe('a page', () => {
  test('has its blocks found, with their words and lines', () => {
    const page = '# a\n\n```sh exit=3\na\nb\n```\n\n```text\n```\n\nc\n\n````yaml file=x/y.yaml\n```\n````\n';
    const found = blocksOf(page);
    expect(found.map(({ language, text, first, last }) => ({ language, text, first, last }))).toEqual([
      { language: 'sh', text: 'a\nb', first: 3, last: 4 },
      { language: 'text', text: '', first: 8, last: 7 },
      { language: 'yaml', text: '```', first: 13, last: 13 },
    ]);
    expect(found[0]?.options.get('exit')).toBe('3');
    expect(found[2]?.options.get('file')).toBe('x/y.yaml');
    expect([0, 1, 2].map((index) => outputOf(found, index)?.language)).toEqual([
      'text',
      undefined,
      undefined,
    ]);
  });

  test('changes lines that are there once, and no others', () => {
    expect(exchangeLines('a\nb\nc\n', ' a\n-b\n+d')).toBe('a\nd\nc\n');
    expect(() => exchangeLines('a\na\n', '-a\n+b')).toThrow('2 times');
    expect(() => exchangeLines('a\n', '-b\n+c')).toThrow('0 times');
  });

  test.each([
    ['3f2a91c0d4', '00000000', true],
    ['2026-11-24 10:00:00', '2027-01-01 23:59:59', true],
    ['a    b', 'a  b', true],
    ['a b', 'a  b', false],
    ['2026-11-24T10:00:00Z', '2027-01-01T23:59:59Z', false],
    ['generation 2', 'generation 3', false],
    ['1376 bytes', '1377 bytes', false],
  ])('takes %j and %j for the same: %j', (one, other, isSame) => {
    expect(likened(one) === likened(other)).toBe(isSame);
  });
});
