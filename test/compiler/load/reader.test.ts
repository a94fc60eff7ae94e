// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createReader, readPolicy } from '../../../src/compiler/load/read.ts';
import type { LoadedDocument } from '../../../src/compiler/load/types.ts';
import type { Checked } from '../../../src/diagnostics/diagnostic.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'riptides-reader-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

/** What was read, to compare by: each document with its file, and each finding. */
function summary({ value = [], diagnostics }: Checked<readonly LoadedDocument[]>): readonly string[] {
  const documents = value.map(
    ({ file, index, value: data, locate }) =>
      `${relative(root, file)} ${index} ${JSON.stringify(data)} ${JSON.stringify(locate([]).end)}`,
  );
  return [...documents, ...diagnostics.map(({ code, range }) => `${relative(root, range.file)} ${code}`)];
}

function values(read: Checked<readonly LoadedDocument[]>): readonly string[] {
  return (read.value ?? []).map(({ value }) => JSON.stringify(value));
}

describe('a reader that reads again', () => {
  test('gives the same documents of files that stayed the same, and new ones of those that changed', () => {
    write('a.yaml', 'a: 1\n---\na: 2\n');
    const changed = write('b.yaml', 'b: 1\n');
    const reader = createReader();
    const before = reader.read([root]).value ?? [];
    for (const named of [undefined, new Set([changed])]) {
      writeFileSync(changed, `b: ${named === undefined ? 2 : 3}\n`);
      const after = reader.read([root], named).value ?? [];
      expect([after[0] === before[0], after[1] === before[1], after[2] === before[2]]).toEqual([
        true,
        true,
        false,
      ]);
      expect(JSON.stringify(after[2]?.value)).toBe(named === undefined ? '{"b":2}' : '{"b":3}');
    }
  });

  test('gives the same documents of a file that was written anew with the same text', () => {
    const file = write('a.yaml', 'a: 1\n');
    const reader = createReader();
    const [before] = reader.read([root]).value ?? [];
    write('other', 'a: 1\n');
    renameSync(join(root, 'other'), file);
    expect(reader.read([root]).value?.[0]).toBe(before);
    expect(reader.read([root], new Set([file])).value?.[0]).toBe(before);
  });

  test('sees a change that leaves size and time as they were, soon after the file was written and later', async () => {
    const file = write('a.yaml', 'a: 1\n');
    const { atime, mtime } = statSync(file);
    const reader = createReader();
    expect(values(reader.read([root]))).toEqual(['{"a":1}']);
    writeFileSync(file, 'a: 2\n');
    utimesSync(file, atime, mtime);
    expect(values(reader.read([root]))).toEqual(['{"a":2}']);
    // By then the file has not changed for so long that its times and numbers are trusted.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const [trusted] = reader.read([root]).value ?? [];
    expect(reader.read([root]).value?.[0]).toBe(trusted);
    writeFileSync(file, 'a: 3\n');
    utimesSync(file, atime, mtime);
    expect(values(reader.read([root]))).toEqual(['{"a":3}']);
  });

  test('does not look at files that it is told have not changed', () => {
    const file = write('a.yaml', 'a: 1\n');
    const other = write('b.yaml', 'b: 1\n');
    const reader = createReader();
    reader.read([root]);
    writeFileSync(file, 'a: 2\n');
    expect(values(reader.read([root], new Set([other])))).toEqual(['{"a":1}', '{"b":1}']);
    expect(values(reader.read([root], new Set([file])))).toEqual(['{"a":2}', '{"b":1}']);
  });

  test('looks at everything when a path is not a file that it knows', () => {
    const file = write('a.yaml', 'a: 1\n');
    const reader = createReader();
    reader.read([root]);
    const added = write('sub/b.yaml', 'b: 1\n');
    expect(values(reader.read([root], new Set([added])))).toEqual(['{"a":1}', '{"b":1}']);
    rmSync(file);
    expect(values(reader.read([root], new Set([file])))).toEqual(['{"b":1}']);
    rmSync(join(root, 'sub'), { recursive: true });
    expect(reader.read([root], new Set([join(root, 'sub')])).diagnostics.map((d) => d.code)).toEqual([
      'RTP1002',
    ]);
  });

  test('looks at everything when the project has changed, or other paths are asked for', () => {
    const project = write('riptides.yaml', 'kind: Project\nspec: {policies: [a]}\n');
    write('a/a.yaml', 'a: 1\n');
    write('b/b.yaml', 'b: 1\n');
    const reader = createReader();
    expect(values(reader.read([root]))).toHaveLength(2);
    write('riptides.yaml', 'kind: Project\nspec: {policies: [a, b]}\n');
    expect(values(reader.read([root], new Set([project])))).toHaveLength(3);
    expect(values(reader.read([join(root, 'b')], new Set()))).toEqual(['{"b":1}']);
  });

  test('finds a mistake again as long as it is there, and no longer', () => {
    const file = write('a.yaml', 'a: "x\n');
    write('b.yaml', 'b: 1\n');
    const reader = createReader();
    const codes = (changed?: ReadonlySet<string>) =>
      reader.read([root], changed).diagnostics.map((d) => d.code);
    expect([codes(), codes(), codes(new Set())]).toEqual([['RTP1010'], ['RTP1010'], ['RTP1010']]);
    writeFileSync(file, 'a: x\n');
    expect(codes(new Set([file]))).toEqual([]);
  });

  test('reads files that grow and shrink', () => {
    const file = write('a.yaml', 'a: 1\n');
    const reader = createReader();
    for (const length of [1, 100_000, 10, 65_536 - 3, 65_536 - 4, 3_000_000, 5]) {
      writeFileSync(file, `a: ${'x'.repeat(length)}\n`);
      expect(values(reader.read([root], new Set([file])))).toEqual([`{"a":"${'x'.repeat(length)}"}`]);
    }
  });

  test('has read the same as one that reads for the first time, whatever happened to the files (oracle: readPolicy)', () => {
    const names = ['a.yaml', 'b.yaml', 'sub/a.yaml', 'sub/c.yml', 'sub/d.txt', 'riptides.yaml'];
    const texts = [
      'a: 1\n',
      'a: 2\n',
      'a: 1\n---\nb: 2\n',
      'a: "x\n',
      'a: &x 1\nb: *x\n',
      'kind: Project\nspec: {policies: [sub]}\n',
      '',
    ];
    const change = fc.record({
      what: fc.constantFrom('write', 'write', 'write', 'remove', 'move', 'removeDirectory'),
      name: fc.constantFrom(...names),
      other: fc.constantFrom(...names),
      text: fc.constantFrom(...texts),
    });
    const steps = fc.array(
      fc.record({ changes: fc.array(change, { maxLength: 3 }), isNamed: fc.boolean() }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        rmSync(root, { recursive: true });
        mkdirSync(root);
        const reader = createReader();
        for (const { changes, isNamed } of all) {
          const changed = new Set<string>();
          for (const { what, name, other, text } of changes) {
            const path = join(root, name);
            changed.add(path);
            if (what === 'write') write(name, text);
            else if (what === 'remove') rmSync(path, { force: true });
            else if (what === 'removeDirectory') {
              rmSync(join(root, 'sub'), { recursive: true, force: true });
              changed.add(join(root, 'sub'));
            } else if (statSync(path, { throwIfNoEntry: false }) !== undefined) {
              mkdirSync(dirname(join(root, other)), { recursive: true });
              renameSync(path, join(root, other));
              changed.add(join(root, other));
            }
          }
          expect(summary(reader.read([root], isNamed ? changed : undefined))).toEqual(
            summary(readPolicy([root])),
          );
        }
      }),
      { numRuns: 150 },
    );
  });
});
