// SPDX-License-Identifier: Apache-2.0
// The fast reader against the one that uses the `yaml` package. RIPTIDES_RUNS=1000000 makes the last test a long one: 6 minutes
// on an idle machine. RIPTIDES_SEED replays one.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { generatePolicy } from '../../../../bench/policy.ts';
import { readPlain } from '../../../../src/compiler/load/plain/read-plain.ts';
import { LOAD_LIMITS } from '../../../../src/compiler/load/types.ts';
import { compareReaders } from './same.ts';
import { yamlTexts } from './texts.ts';

// A thousand texts take a second on a busy machine.
jest.setTimeout(3_600_000);

const ROOT = join(import.meta.dirname, '../../../..');

function textsOf(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: ROOT })
    .toSorted()
    .map((file) => readFileSync(join(ROOT, file), 'utf8'));
}

describe('the fast reader', () => {
  const taken: readonly [string, string][] = [
    ['maps and lists in lines', 'a:\n  b:\n    - c\n    - d: 1\n      e: 2\n  f: x\n'],
    ['lists that are not indented', 'a:\n- b\n- - c\n  - d\ne:\n- f\n'],
    ['maps and lists in brackets', 'a: [b, {c: d, "e":1}, [], {}]\nb: [\n  x,\n  {\n    y: z\n  },\n]\n'],
    ['quotes', 'a: \'it\'\'s\'\n"b c": "x\\n\\"y\\"\\\\"\n'],
    ['blocks of text', 'a: |\n  x\n   y\n\n  z\nb: >-\n  x\n  y\n\n  z\n    w\n  v\nc: d\n'],
    ['comments', '# a\na: b # c\n# d\n\nc: # e\n  # f\n  d: e\n# g\n'],
    ['several documents', '# a\n---\na: 1\n--- # b\n---\nb: 1\n---\n'],
    ['comments above a value, further left', 'a:\n\n# c\n  x\nb:\n#c\n  - y\n  -\n\n  # c\n    z\n  - w\n'],
    ['nothing for a value', 'a:\nb: \nc:\n  d:\n'],
    ['values on a line of their own', 'a:\n  "b"\nc:\n  [d]\n'],
    [
      'numbers, words and what is neither',
      'a: 1\nb: -1.5\nc: true\nd: ~\ne: 1.2.3.4\nf: 8000-8099\ng: fd00::1\n',
    ],
    ['a last line without end', 'a: b'],
    ['an empty text', ''],
    ['letters of all languages', 'é: 日本 😀 # ü\n'],
  ];
  for (const [what, text] of taken) {
    test(`takes ${what}`, () => {
      expect(compareReaders(text)).toEqual({ taken: true });
    });
  }

  const left: readonly [string, string][] = [
    ['anchors and aliases', 'a: &x 1\nb: *x\n'],
    ['tags', 'a: !!str 1\n'],
    ['directives', '%YAML 1.2\n---\na: 1\n'],
    ['the end of a document that is marked', 'a: 1\n...\n'],
    ['tabs', 'a:\t1\n'],
    ['Windows line ends', 'a: 1\r\n'],
    ['text over several lines without a sign', 'a: b\n  c\n'],
    ['quotes over several lines', 'a: "b\n  c"\n'],
    ['explicit keys', '? a\n: b\n'],
    ['a key that stands twice', 'a: 1\na: 2\n'],
    ['a key that is not text', '1: a\n'],
    ['merge keys', '<<: a\n'],
    ['a key that programs trip over', '__proto__: a\n'],
    ['numbers that programs differ about', 'a: 010\n'],
    ['numbers that are not exact', 'a: 9007199254740993\n'],
    ['numbers with another base', 'a: 0x1f\n'],
    ['comments that belong to the lines before them', 'a:\n  b: c\n    # d\ne: f\n'],
    ['indentation that fits nothing', 'a:\n  b: c\n d: e\n'],
    ['brackets that are not closed', 'a: [b\n'],
    ['a document that is not a map or list in lines', '{a: b}\n'],
  ];
  for (const [what, text] of left) {
    test(`leaves ${what} to the other one`, () => {
      expect(readPlain(text)).toBeUndefined();
    });
  }

  test('takes every policy that riptides ships, and those that benchmarks are made of', () => {
    const policies = textsOf('policies/**/*.{yaml,yml}');
    const generated = generatePolicy(1000);
    const texts = [...policies, ...generated, generated.join('---\n')];
    expect(texts.filter((text) => readPlain(text) === undefined)).toEqual([]);
    const some = [...policies, ...generated.slice(0, 20), generated.slice(0, 5).join('---\n')];
    for (const text of some) expect(compareReaders(text)).toEqual({ taken: true });
  });

  test('takes as many levels as the limit says, and one more not', () => {
    const nested = (levels: number): string => `${'- '.repeat(levels)}1\n`;
    expect(compareReaders(nested(LOAD_LIMITS.depth))).toEqual({ taken: true });
    expect(readPlain(nested(LOAD_LIMITS.depth + 1))).toBeUndefined();
  });

  test('reads what it takes as the yaml package does, with the same places for all values, keys and letters', () => {
    const files = textsOf('{policies,test/corpus}/**/*.{yaml,yml}').filter((text) => text.length < 4000);
    let takenCount = 0;
    const property = fc.property(yamlTexts(files), (text) => {
      const comparison = compareReaders(text);
      if (comparison.taken) takenCount++;
      expect(comparison.difference).toBeUndefined();
    });
    const runs = Number(process.env['RIPTIDES_RUNS'] ?? 3000);
    fc.assert(property, { numRuns: runs });
    // A reader that takes nothing makes no mistakes.
    expect(takenCount).toBeGreaterThan(runs / 20);
  });
});
