// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { unifiedDiff } from '../../src/format/diff.ts';
import { cpuTime } from '../cpu-time.ts';

const side = (text: string, shown = text) => ({ text, shown });

const directory = mkdtempSync(join(tmpdir(), 'riptides-diff-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The text that `git apply` makes of another by a diff. */
function applied(before: string, diff: string): string {
  writeFileSync(join(directory, 'p.yaml'), before);
  const patch = diff.replace(/^--- .*\n\+\+\+ .*\n/, '--- a/p.yaml\n+++ b/p.yaml\n');
  execFileSync('git', ['apply', '--unidiff-zero', '--whitespace=nowarn', '-'], {
    cwd: directory,
    input: patch,
  });
  return readFileSync(join(directory, 'p.yaml'), 'utf8');
}

test('a diff has the lines that changed and three around them', () => {
  const lines = Array.from({ length: 12 }, (_, i) => `line ${i}\n`);
  const after = lines.with(5, 'changed\n');
  expect(unifiedDiff('p.yaml', side(lines.join('')), side(after.join('')))).toBe(
    `--- p.yaml\n+++ p.yaml (formatted)\n@@ -3,7 +3,7 @@\n line 2\n line 3\n line 4\n-line 5\n+changed\n line 6\n line 7\n line 8\n`,
  );
  expect(unifiedDiff('p.yaml', side('a\n'), side('a\n'))).toBe('');
});

test('a diff shows the lines that are to be shown, and tells them apart by what is written', () => {
  const before = side('a\nb: "x"\nc\n', 'a\nb: ***\nc\n');
  expect(unifiedDiff('p.yaml', before, side('a\nb: xyz\nc', 'a\nb: ***\nc'))).toBe(
    '--- p.yaml\n+++ p.yaml (formatted)\n@@ -1,3 +1,3 @@\n a\n-b: ***\n-c\n+b: ***\n+c\n\\ No newline at end of file\n',
  );
});

test('git makes the second text of the first by the diff', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 30 })
    .chain((lines) => fc.constantFrom(lines.join('\n'), `${lines.join('\n')}\n`));
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after && before !== '' && after !== '');
      expect(applied(before, unifiedDiff('p.yaml', side(before), side(after)))).toBe(after);
    }),
    { numRuns: 60 },
  );
});

test('texts that have little in common are replaced as a whole, and soon', () => {
  const text = (word: string): string => Array.from({ length: 50_000 }, (_, i) => `${word} ${i}\n`).join('');
  const start = cpuTime();
  const diff = unifiedDiff('p.yaml', side(text('old')), side(text('new')));
  expect(diff.split('\n').filter((line) => line.startsWith('+new'))).toHaveLength(50_000);
  expect(cpuTime() - start).toBeLessThan(2000);
});
