// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Document, Scalar } from 'yaml';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import type { LoadedDocument } from '../../../src/compiler/load/types.ts';
import type { SourceRange } from '../../../src/diagnostics/diagnostic.ts';

function load(text: string): LoadedDocument {
  const [document] = parseFile('p.yaml', Buffer.from(text)).value ?? [];
  if (document === undefined) throw new Error('the text has no document');
  return document;
}

function at({ start, end }: SourceRange): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}

const TEXT = `kind: Service
spec:
  labels: { app: api, "two words": x }
  addresses:
    - address: 10.0.0.1
      port: 80
    - address: '10.0.0.2'

  empty:
  same: &s [a]
  again: *s
`;

describe('the places of a document', () => {
  const { locate, locateKey } = load(TEXT);

  test('are those of values', () => {
    expect(at(locate(['kind']))).toBe('1:7-1:14');
    expect(at(locate(['spec', 'labels']))).toBe('3:11-3:39');
    expect(at(locate(['spec', 'labels', 'two words']))).toBe('3:36-3:37');
    expect(at(locate(['spec', 'addresses', 1, 'address']))).toBe('7:16-7:26');
  });

  test('of maps and lists end with their last letter, not with the empty lines that follow', () => {
    expect(at(locate(['spec', 'addresses']))).toBe('5:5-7:26');
    expect(at(locate([]))).toBe('1:1-11:12');
  });

  test('of keys are those of the names', () => {
    expect(at(locateKey(['spec', 'labels', 'app']))).toBe('3:13-3:16');
    expect(at(locateKey(['spec', 'empty']))).toBe('9:3-9:8');
    expect(at(locateKey(['spec', 'addresses', 1]))).toBe('7:7-7:26');
  });

  test('of what is missing are those of the key of the nearest parent', () => {
    expect(at(locate(['spec', 'labels', 'nothing']))).toBe('3:3-3:9');
    expect(at(locate(['spec', 'addresses', 7, 'port']))).toBe('4:3-4:12');
    expect(at(locate(['nothing', 'at', 'all']))).toBe('1:1-11:12');
  });

  test('lead through aliases to what they stand for', () => {
    expect(at(locate(['spec', 'again']))).toBe('11:10-11:12');
    expect(at(locate(['spec', 'again', 0]))).toBe('10:13-10:14');
  });

  test('count from the beginning of the file in every one of its documents', () => {
    const [, second] = parseFile('p.yaml', Buffer.from('a: 1\n---\nb:\r\n  c: 2\r\n')).value ?? [];
    expect(second && at(second.locate(['b', 'c']))).toBe('4:6-4:7');
  });

  test('do not count a byte order mark', () => {
    expect(at(load('\ufeffa: 1\n').locate(['a']))).toBe('1:4-1:5');
  });
});

describe('the places of letters in a text', () => {
  const text = 'object.kind == "x"\n  && object.name != "y"';
  const find = (source: string, word: string): string => {
    const document = load(source);
    const value = JSON.parse(JSON.stringify(document.value)) as { readonly e: string };
    const start = value.e.indexOf(word);
    return at(document.locateText(['e'], start, start + word.length));
  };

  test('are exact in plain text', () => {
    expect(find('e: object.kind == "x"\n', 'kind')).toBe('1:11-1:15');
  });

  test('are exact in quotes, whatever is escaped before them', () => {
    expect(find(`e: 'a == ''b'' || kind'\n`, 'kind')).toBe('1:19-1:23');
    expect(find('e: "a == \\"b\\" || \\u00e9\\x41\\U0001F600 kind"\n', 'kind')).toBe('1:40-1:44');
  });

  test('are exact in text that is folded over lines', () => {
    expect(find('e: a ||\n  b ||\n\n  kind\n', 'kind')).toBe('4:3-4:7');
    expect(find('e: "a ||\n  b \\\n  || kind"\n', 'kind')).toBe('3:6-3:10');
  });

  test('are exact in blocks', () => {
    expect(find('e: |\n    a ||\n      b ||\n\n    kind\n', 'kind')).toBe('5:5-5:9');
    expect(find('e: >-\n  a ||\n  kind\n', 'kind')).toBe('3:3-3:7');
    expect(find('e: |2-\n  a ||\n    kind', 'kind')).toBe('3:5-3:9');
    expect(find('e: |\r\n  a ||\r\n  kind\r\n', 'kind')).toBe('3:3-3:7');
  });

  test('are exact for every letter, however the text is written', () => {
    const styles = [
      Scalar.PLAIN,
      Scalar.QUOTE_SINGLE,
      Scalar.QUOTE_DOUBLE,
      Scalar.BLOCK_LITERAL,
      Scalar.BLOCK_FOLDED,
    ] as const;
    const words = fc.string({
      unit: fc.constantFrom(...'ab(&"\'\\:#é \n'.split('')),
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, fc.constantFrom(...styles), fc.constantFrom(0, 20), (value, type, lineWidth) => {
        const scalar = new Scalar(value);
        scalar.type = type;
        const source = new Document({ x: { e: scalar } }).toString({ lineWidth });
        const lines = source.split('\n');
        const [document] = parseFile('p.yaml', Buffer.from(source)).value ?? [];
        // A few texts the library writes in a way that it does not read again.
        if (document === undefined || JSON.stringify(document.value) !== JSON.stringify({ x: { e: value } }))
          return;
        const { locateText } = document;
        for (const [i, letter] of value.split('').entries()) {
          if (!/[ab(&:#é]/.test(letter)) continue;
          const { start, end } = locateText(['x', 'e'], i, i + 1);
          const written = lines[start.line - 1]?.slice(start.column - 1);
          expect([
            end.line,
            written?.startsWith(letter) === true || written?.startsWith('\\') === true,
          ]).toEqual([start.line, true]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('are the whole value where the path leads to no text', () => {
    const { locateText } = load(`e: 12\nf: ${JSON.stringify(text)}\n`);
    expect(at(locateText(['e'], 0, 1))).toBe('1:4-1:6');
    expect(at(locateText(['f'], 900, 901))).toBe('2:4-2:53');
  });
});
