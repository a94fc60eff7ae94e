// SPDX-License-Identifier: Apache-2.0
// The pages that people read lead to each other, and nowhere else.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { generatedFiles } from '../../scripts/generate.ts';
import { ROOT } from '../commands/riptides.ts';
import { blocksOf } from './page.ts';

/** Every page by its path: those that are written, and those that `npm run generate` writes, as it would now. */
const PAGES = new Map([
  ...globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).map(
    (path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const,
  ),
  ...[...(await generatedFiles())].filter(([path]) => path.endsWith('.md')),
]);

interface Link {
  readonly line: number;
  readonly to: string;
}

/** The links of a page to files, `[text](to)`, besides those in code. */
function linksOf(markdown: string): readonly Link[] {
  const hidden = new Set(
    blocksOf(markdown).flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    ),
  );
  return markdown.split('\n').flatMap((line, i) => {
    if (hidden.has(i)) return [];
    return [...line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, to = '']) =>
      /^[a-z]+:/.test(to) ? [] : [{ line: i + 1, to }],
    );
  });
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function leadsTo(page: string, to: string): boolean {
  const [path = '', anchor] = to.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  const text = PAGES.get(target);
  if (text === undefined) {
    const file = join(ROOT, target);
    return !relative(ROOT, file).startsWith('..') && existsSync(file) && anchor === undefined;
  }
  return anchor === undefined || anchorsOf(text).includes(anchor);
}

describe('the links', () => {
  test.each([...PAGES])('of %s lead to files', (page, markdown) => {
    expect(linksOf(markdown).filter(({ to }) => !leadsTo(page, to))).toEqual([]);
  });

  test('are found, and checked', () => {
    expect(linksOf('[a](b.md)\n`[c](d)` [e](https://f) [g](#h)\n```sh\n[i](j)\n```\n')).toEqual([
      { line: 1, to: 'b.md' },
      { line: 2, to: '#h' },
    ]);
    expect(leadsTo('docs/README.md', 'tutorial.md')).toBe(true);
    expect(leadsTo('docs/README.md', 'tutorial.md#history-and-rollback')).toBe(true);
    expect(leadsTo('docs/README.md', 'tutorial.md#elsewhere')).toBe(false);
    expect(leadsTo('docs/README.md', 'missing.md')).toBe(false);
    expect(leadsTo('docs/README.md', '../../outside')).toBe(false);
  });
});

/** Pages and files that a page leads to, from the root of the repository. */
function reachedFrom(page: string): readonly string[] {
  return linksOf(PAGES.get(page) ?? '').map(({ to }) => join(dirname(page), to.split('#')[0] ?? ''));
}

describe('the index', () => {
  test('names every page of docs/, and every folder of pages', () => {
    const pages = [...PAGES.keys()].filter((path) => /^docs\/[^/]+(\.md|\/README\.md)$/.test(path));
    const named = reachedFrom('docs/README.md');
    expect(pages.filter((path) => path !== 'docs/README.md' && !named.includes(path))).toEqual([]);
  });

  test('of decisions names each of them', () => {
    const pages = [...PAGES.keys()].filter((path) => /^docs\/decisions\/(?!README)/.test(path));
    expect(pages.filter((path) => !reachedFrom('docs/decisions/README.md').includes(path))).toEqual([]);
  });

  test('of guardrails names each that comes with riptides', () => {
    const files = globSync('policies/guardrails/*.yaml', { cwd: ROOT });
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((path) => !reachedFrom('docs/guardrails.md').includes(path))).toEqual([]);
  });

  test('is led to by the README', () => {
    expect(reachedFrom('README.md')).toEqual(expect.arrayContaining(['docs/README.md', 'docs/tutorial.md']));
  });
});
