// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { LOAD_LIMITS } from '../../../src/compiler/load/types.ts';
import { cpuTime } from '../../cpu-time.ts';

function parse(text: string) {
  return parseFile('p.yaml', Buffer.from(text));
}

function codes(text: string): readonly string[] {
  return parse(text).diagnostics.map((d) => d.code);
}

/** Plain data with ordinary prototypes, to compare by. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

describe('parseFile', () => {
  const accepted: readonly [string, string, readonly unknown[]][] = [
    ['documents and their order', 'a: 1\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['empty documents, which are skipped', '---\n---\n# nothing\n---\na: 1\n...\n---\n', [{ a: 1 }]],
    ['a byte order mark', '\ufeffa: 1\n', [{ a: 1 }]],
    ['Windows line ends', 'a: 1\r\nb:\r\n  - c\r\n', [{ a: 1, b: ['c'] }]],
    [
      'the words of YAML 1.2 alone',
      'a: off\nb: yes\nc: true\nd: ~\ne: 1e3\nf: 0o17\n',
      [{ a: 'off', b: 'yes', c: true, d: null, e: 1000, f: 15 }],
    ],
    ['aliases', 'a: &x [1, {b: 2}]\nc: *x\n', [{ a: [1, { b: 2 }], c: [1, { b: 2 }] }]],
    ['an anchor that is defined anew', 'a: &x 1\nb: *x\nc: &x 2\nd: *x\n', [{ a: 1, b: 1, c: 2, d: 2 }]],
    ['core tags', 'a: !!str 1\nb: !!int "2"\nc: ! x\n', [{ a: '1', b: 2, c: 'x' }]],
    [
      'quotes and blocks',
      `a: 'it''s'\nb: "\\u00e9\\n"\nc: |\n  x\n  y\nd: >-\n  x\n  y\n`,
      [{ a: "it's", b: 'é\n', c: 'x\ny\n', d: 'x y' }],
    ],
    [
      'blank lines and comments of any indentation between a key or dash and its value',
      'a: &x\n\n# c\n  1\nb: &y\n#c\n  2\nc:\n  - &z\n\n  #c\n#c\n    3\n  - 4\n',
      [{ a: 1, b: 2, c: [3, 4] }],
    ],
    ['an empty file', '', []],
    ['a quoted <<, which is an ordinary key', '"<<": 1\n', [{ '<<': 1 }]],
    ['keys that objects are born with', 'constructor: 1\ntoString: 2\n', [{ constructor: 1, toString: 2 }]],
    ['the largest number that is exact', `a: ${Number.MAX_SAFE_INTEGER}\n`, [{ a: Number.MAX_SAFE_INTEGER }]],
  ];
  for (const [what, text, values] of accepted) {
    test(`reads ${what}`, () => {
      const { value, diagnostics } = parse(text);
      expect(diagnostics).toEqual([]);
      expect(value?.map((d) => plain(d.value))).toEqual(values);
    });
  }

  const unclosed = [`a: 'x''`, `a: '''`, `a: "x\\"`, `a: '`, `a: "x`, `a: 'x\n  y''`, `["x\\"`];
  for (const text of unclosed) {
    test(`finds that a quote is not closed in ${JSON.stringify(text)}`, () => {
      expect(parse(text).diagnostics.map((d) => d.message)).toContain(
        `the quote ${/['"]/.exec(text)?.[0]} that is opened here is not closed`,
      );
    });
  }

  test.each(["a: 'x'", "a: ''", "a: ''''", 'a: "x\\\\"', 'a: &x ""', "a: &x |\n  'x''"])(
    'finds all quotes closed in %j',
    (text) => {
      expect(codes(text)).toEqual([]);
    },
  );

  test.each(['a: | ---\n', '| ---\na: 1\n', '> ...\na: 1\n'])(
    'begins no document within a line: %j',
    (text) => {
      expect(codes(text)).toEqual(['RTP1010']);
    },
  );

  test.each(['a: |\n  ---\n', 'a: ---\n', '---\na: 1\n...\n---\n', '--- ---\n'])('takes %j', (text) => {
    expect(codes(text)).toEqual([]);
  });

  test.each(['a: 1 # x\rb: 2\n', 'a: "x\ry"\n', '\ra: 1\n', 'a: |\n  x\r\r\n', '# x\r'])(
    'refuses a carriage return without a line feed, which not all take for the end of a line: %j',
    (text) => {
      const { value, diagnostics } = parse(text);
      expect(value).toBeUndefined();
      expect(diagnostics).toMatchObject([
        { code: 'RTP1004', message: 'a carriage return (U+000D) is not followed by a line feed' },
      ]);
    },
  );

  test.each([
    ['# x\u0085a: 1\n', 'a control character (U+0085)'],
    ['# x\u2028a: 1\n', 'a line separator (U+2028)'],
    ['a: "x\u2029y"\n', 'a line separator (U+2029)'],
    ['# \u202e\n', 'a control of the direction of writing (U+202E)'],
    ['a: x \u2066# y\n', 'a control of the direction of writing (U+2066)'],
    ['# x\u061cy\n', 'an Arabic letter mark (U+061C)'],
    ['# \u200ex\n', 'a left-to-right mark (U+200E)'],
    ['# \u200fx\n', 'a right-to-left mark (U+200F)'],
    ['a: x\u206f\n', 'a deprecated format character (U+206F)'],
    ['# x\u200by\n', 'a zero-width space (U+200B)'],
    ['a: x\u2060y\n', 'a word joiner (U+2060)'],
    ['# x\u2064y\n', 'an invisible operator (U+2064)'],
    ['\ufeff# x\ufeffy\n', 'a zero-width no-break space (U+FEFF)'],
    ['# \ufff9x\ufffb\n', 'an annotation mark (U+FFF9)'],
    ['# x\u{e0041}\n', 'a tag character (U+E0041)'],
    ['# x\u3164y\n', 'a character without a glyph (U+3164)'],
    ['# x\u{1d173}y\n', 'a character without a glyph (U+1D173)'],
    ['# x\u{e0fff}y\n', 'a character without a glyph (U+E0FFF)'],
    ['# x\ufe00\ufe01y\n', 'a variation selector (U+FE00)'],
    ['# x\u{e0100}\u{e0101}y\n', 'a variation selector (U+E0100)'],
  ])('refuses characters that make a text look other than it is read: %j', (text, name) => {
    const { value, diagnostics } = parse(text);
    expect(value).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'RTP1004', message: `the file holds ${name}` }]);
  });

  test('takes them as escapes, and the joiners and variants that scripts and emoji are written with', () => {
    const text = 'a: "\\u2028\\u202e\\u200b" # \u200c\u200d\ufe0f\u{1f600}\u{e0100}\u{10fffd}\n';
    expect(parse(text).value?.map((d) => d.value)).toEqual([{ a: '\u2028\u202e\u200b' }]);
  });

  test.each(['? a\n- 1\n', '? a\n# b\n- 1\nc: d\n', '? "a"| \n', '? "a" &x\n'])(
    'does not pass over what stands after a key without a colon: %j',
    (text) => {
      expect(codes(text)).toEqual(['RTP1010']);
    },
  );

  test('gives values that have no prototype', () => {
    const [document] = parse('a: {b: 1}\n').value ?? [];
    expect(Object.getPrototypeOf(document?.value)).toBeNull();
  });

  test('numbers documents by their place among those that are not skipped', () => {
    expect(parse('---\na: 1\n---\na: 1\na: 2\n---\nb: 1\n').value?.map((d) => d.index)).toEqual([0, 1]);
  });

  test.each(['', '# c\n', '---\n', '# c\n---\n', '---\n# c\n---\n', '...\n---\n'])(
    'counts the same documents after %j, whether all are simple or not',
    (before) => {
      const indices = (text: string) => parse(text).value?.map((d) => d.index);
      const simple = `${before}a: 1\n---\n---\nb: 1\n---\nc: 1\n`;
      expect(indices(simple.replace('b: 1', 'b: &x 1'))).toEqual(indices(simple));
    },
  );

  test('reads each document by itself, so that a quote that is not closed ends with its own', () => {
    const { value, diagnostics } = parse('a: 1\n---\nb: "x\n---\n\nc:  [y]\n---\nd: z\ne: *x\n---\nf: 1\n');
    expect(value?.map((d) => plain(d.value))).toEqual([{ a: 1 }, { c: ['y'] }, { f: 1 }]);
    expect(value?.map((d) => d.locate(['c', 0]).start.line)).toEqual([1, 6, 11]);
    expect(diagnostics.map((d) => [d.code, d.range.start])).toEqual([
      ['RTP1010', { line: 3, column: 4 }],
      ['RTP1016', { line: 9, column: 4 }],
    ]);
  });

  test('gives a directive to the document that it stands before', () => {
    expect(codes('a: &x 1\n...\n%YAML 1.2\n---\nb: 1\n---\nc: 1\n')).toEqual([]);
    expect(codes('a: &x 1\n...\n%YAML 1.1\n---\nb: 1\n')).toEqual(['RTP1018']);
  });

  test('keeps the good documents of a file with a broken one', () => {
    const { value, diagnostics } = parse('a: 1\n---\nb: "x\n');
    expect(value?.map((d) => plain(d.value))).toEqual([{ a: 1 }]);
    expect(diagnostics.map((d) => d.code)).toEqual(['RTP1010']);
  });

  test('accepts as many levels as the limit says, and one more not', () => {
    const nested = (levels: number, open: string, close: string) =>
      `${open.repeat(levels)}${close.repeat(levels)}\n`;
    expect(codes(nested(LOAD_LIMITS.depth, '[', ']'))).toEqual([]);
    expect(codes(nested(LOAD_LIMITS.depth + 1, '[', ']'))).toEqual(['RTP1012']);
    const block = (levels: number) =>
      `${Array.from({ length: levels }, (_, i) => `${' '.repeat(i)}a:`).join('\n')} 1\n`;
    expect(codes(block(LOAD_LIMITS.depth))).toEqual([]);
    expect(codes(block(LOAD_LIMITS.depth + 1))).toEqual(['RTP1012']);
    const dashes = (levels: number) => `${'- '.repeat(levels)}1\n`;
    expect(codes(dashes(LOAD_LIMITS.depth))).toEqual([]);
    expect(codes(dashes(LOAD_LIMITS.depth + 1))).toEqual(['RTP1012']);
  });

  test('accepts a file of as many bytes as the limit says, and one more not', () => {
    const text = `a: "${'x'.repeat(LOAD_LIMITS.fileSize - 5)}"`;
    expect(codes(text)).toEqual([]);
    expect(codes(`${text}\n`)).toEqual(['RTP1003']);
  });

  test('accepts as many values behind aliases as the limit says, and one more not', () => {
    // The map, the list of 999 texts, the other list, some texts in it, and 998 aliases to the first.
    const values = (more: number) =>
      `a: &a [${'x,'.repeat(999)}]\nb: [${'x,'.repeat(more)}${'*a,'.repeat(998)}]\n`;
    const rest = LOAD_LIMITS.expanded - (1 + 1000 + 1 + 998 * 1000);
    expect(codes(values(rest))).toEqual([]);
    expect(codes(values(rest + 1))).toEqual(['RTP1016']);
  });

  test('reads no more parts of documents that are not simple than the limit says, and says what it found before', () => {
    const texts = (count: number) => `a: [\n---\n${'[&a b]\n---\n'.repeat(count)}`;
    // A bracket and its end, an anchor, a space and a value, two line ends and a separator, with what the lexer adds.
    expect(codes(texts(LOAD_LIMITS.slowParts / 16))).toEqual(['RTP1010']);
    const { value, diagnostics } = parse(texts(LOAD_LIMITS.slowParts / 8));
    expect(value?.length).toBeGreaterThan(LOAD_LIMITS.slowParts / 16);
    expect(diagnostics.map((d) => d.code)).toEqual(['RTP1010', 'RTP1019']);
    expect(diagnostics[1]?.range.start.line).toBeGreaterThan(LOAD_LIMITS.slowParts / 8);
  });

  test('reads no more parts of simple documents than the limit says', () => {
    const lines = (count: number) => `a: [b,\n${' b,\n'.repeat(count)} b]\n`;
    expect(codes(lines(LOAD_LIMITS.parts / 10))).toEqual([]);
    expect(codes(lines(LOAD_LIMITS.parts / 4))).toEqual(['RTP1019']);
    const documents = (count: number) => `'a':\t1\n${`---\n${lines(50)}`.repeat(count)}`;
    expect(codes(documents(LOAD_LIMITS.parts / 500))).toEqual([]);
    expect(codes(documents(LOAD_LIMITS.parts / 200))).toEqual(['RTP1019']);
  });

  /** A file of the largest size. */
  const fill = (text: string) => text.repeat(LOAD_LIMITS.fileSize / text.length - 1);

  describe('comes to an end soon for what is made to exhaust it:', () => {
    const cases: readonly [string, string][] = [
      ['brackets', '['.repeat(LOAD_LIMITS.fileSize)],
      ['maps in maps', '{a: '.repeat(1_000_000)],
      ['dashes', '- '.repeat(1_000_000)],
      ['question marks', '? '.repeat(1_000_000)],
      ['growing indentation', Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
      ['closing brackets', ']'.repeat(LOAD_LIMITS.fileSize)],
      ['commas', `[${','.repeat(LOAD_LIMITS.fileSize - 2)}]`],
      ['the same key', fill('a: 1\n')],
      ['broken documents', fill('---\na: [\n')],
      ['simple documents and one that is not', fill('---\na\n').concat('\t')],
      ['separators and a tab', fill('---\n').concat('\t')],
      ['entries without commas', `a: { b${'[1,2].all(x, '.repeat(8000)}`],
      [
        'an alias bomb',
        Array.from(
          { length: 30 },
          (_, i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(i === 0 ? 0 : 9)}x]`,
        ).join('\n'),
      ],
    ];
    for (const [what, text] of cases) {
      test(what, () => {
        const started = cpuTime();
        expect(codes(text).length).toBeGreaterThan(0);
        // Far more than it takes, far less than what it guards against.
        expect(cpuTime() - started).toBeLessThan(10_000);
      });
    }
  });

  test('never throws, whatever the bytes, and every finding has a place in the file', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc
        .string({ unit: fc.constantFrom(...'a:-[]{}\n "\'&*!|>%?#,x1\t'.split('')), maxLength: 40 })
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const { value, diagnostics } = parseFile('p.yaml', input);
        const lines = Buffer.from(input).toString().split('\n');
        for (const { range } of diagnostics) {
          expect(range.start.line).toBeLessThanOrEqual(lines.length);
          expect(range.start.column).toBeLessThanOrEqual((lines[range.start.line - 1] ?? '').length + 1);
        }
        for (const document of value ?? []) document.locate(['a', 0, 'b']);
      }),
      { numRuns: 1000 },
    );
  });

  test('reads what the YAML library writes, as the library reads it (oracle: yaml)', () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(json, fc.boolean(), (value, flow) => {
        const text = stringify({ value }, flow ? { collectionStyle: 'flow' } : {});
        if (/__proto__|-0|e\+|[0-9]{16}/.test(text)) return;
        const { value: documents, diagnostics } = parse(text);
        if (diagnostics.length > 0) {
          // Floats of integers beyond what is exact are refused, and characters that YAML does not allow.
          expect(diagnostics.every((d) => ['RTP1017', 'RTP1004'].includes(d.code))).toBe(true);
          return;
        }
        const oracle: unknown = parseAllDocuments(text)[0]?.toJS();
        expect(documents?.map((d) => plain(d.value))).toEqual([plain(oracle)]);
      }),
      { numRuns: 300 },
    );
  });
});
