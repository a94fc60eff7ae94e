// SPDX-License-Identifier: Apache-2.0
// Places in maps and lists so large that what is in them is remembered after some look-ups.

import { describe, expect, test } from '@jest/globals';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import type { LoadedDocument } from '../../../src/compiler/load/types.ts';

function load(text: string): LoadedDocument {
  const [document] = parseFile('p.yaml', Buffer.from(text)).value ?? [];
  if (document === undefined) throw new Error('the text has no document');
  return document;
}

const COUNT = 300;
const numbers = Array.from({ length: COUNT }, (_, i) => i);

describe('the places in a large', () => {
  test('list are the same at every look-up', () => {
    const { locate } = load(`list:\n${numbers.map((i) => `  - { n: ${i} }\n`).join('')}`);
    for (const i of [...numbers, ...numbers.toReversed()]) {
      expect(locate(['list', i]).start).toEqual({ line: i + 2, column: 5 });
      expect(locate(['list', i, 'n']).start).toEqual({ line: i + 2, column: 10 });
    }
    expect(locate(['list', COUNT]).start).toEqual({ line: 1, column: 1 });
    expect(locate(['list', 'n']).start).toEqual({ line: 1, column: 1 });
  });

  test('map are the same at every look-up, whatever the keys look like', () => {
    const { locate, locateKey } = load(
      `map:\n${numbers.map((i) => (i % 2 === 0 ? `  k${i}: ${i}\n` : `  "k ${i}": ${i}\n`)).join('')}`,
    );
    for (const i of [...numbers, ...numbers.toReversed()]) {
      const path = ['map', i % 2 === 0 ? `k${i}` : `k ${i}`];
      expect(locateKey(path).start).toEqual({ line: i + 2, column: 3 });
      expect(locate(path).start.line).toBe(i + 2);
      expect(locate(path).end.column - locate(path).start.column).toBe(String(i).length);
    }
    expect(locate(['map', 'k1']).start).toEqual({ line: 1, column: 1 });
    expect(locate(['map', 1]).start).toEqual({ line: 1, column: 1 });
  });

  test('list of one that is there twice are those of where it is written', () => {
    const items = numbers.map((i) => `  - ${i}\n`).join('');
    const { locate } = load(`one: &one\n${items}two: *one\n`);
    for (const i of numbers) expect(locate(['two', i])).toEqual(locate(['one', i]));
    expect(locate(['two', 7]).start).toEqual({ line: 9, column: 5 });
  });
});
