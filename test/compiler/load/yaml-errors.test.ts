// SPDX-License-Identifier: Apache-2.0
// What is said of text that is no YAML: for each kind of mistake where it is, and what to do.

import { describe, expect, test } from '@jest/globals';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { growth } from '../../cpu-time.ts';

/** Findings as "code line:column message → fix". */
function findings(text: string): readonly string[] {
  return parseFile('p.yaml', Buffer.from(text)).diagnostics.map(
    ({ code, range, message, fix }) =>
      `${code} ${range.start.line}:${range.start.column} ${message} → ${fix}`,
  );
}

const LONG = 'a'.repeat(1100);
const LINE = 'check the indentation of this line, and the dash, colon or quote of the line above';
const ALIAS = 'an alias has an anchor or a tag of its own → remove the anchor or tag before the alias';
const NAME = 'an anchor or alias has no usable name → write letters or digits after the & or *';
const DIRECTIVE =
  'a line that begins with % is not a directive of YAML → remove the line, or put the text in quotes';
const SIGN = 'a value begins with a character that has a meaning in YAML → put the value in quotes';
const ESCAPE =
  'a backslash in double quotes begins no known escape → write the backslash twice, or use single quotes';
const INDENT =
  'the indentation fits none of the lines above → give all entries of one map or list the same number of spaces';
const NO_COLON = 'a key has no colon after it → write "key: value", with a space after the colon';
const NEITHER =
  'this is not a key followed by a colon, and does not belong to the value above → write "key: value", with a space after the colon, or indent what belongs to the value above';
const INLINE =
  'there is a map or list where a key or a one-line value must be → put a value that has ": " in it in quotes, or begin the map on a new line with more indentation';
const DEEPER =
  'the line is indented further than the key above it, which has a value already → give it the indentation of that key';
const odd = (name: string): string =>
  `the line begins with ${name}, which only looks like a space → indent with ordinary spaces (U+0020)`;
const DASH = 'there is a dash inside brackets → remove it: entries inside brackets are separated by commas';
const START =
  'the line --- is missing, or is followed by text that must begin on the next line → write --- on a line of its own';
const COMMENT = 'a comment begins directly after a value → put a space before the #, or the value in quotes';
const TAB = 'a tab is used for indentation → indent with spaces';
const bracket = (sign: string): string =>
  `the bracket ${sign} that is opened here is not closed → close it where the map or list ends, and indent all lines inside further than the key before it`;
const quote = (sign: string): string =>
  `the quote ${sign} that is opened here is not closed → close it where the text ends`;
const lost = (sign: string): string =>
  `"${sign}" belongs to nothing → remove it, or add what should be before it`;
const stray = (text: string): string => `"${text}" does not belong to the lines above it → ${LINE}`;
const tag = (text: string): string =>
  `the tag "${text}" does not fit its value, or is not understood → remove the tag and write the plain value`;

describe('text that is no YAML', () => {
  test.each([
    ['a: &x *x b', `1:7 ${ALIAS}`],
    ['a: &x 1\nb: &y *x\n', `2:7 ${ALIAS}`],
    ['a: *\n', `1:4 ${NAME}`],
    ['a: & b\n', `1:4 ${NAME}`],
    ['%YAML 1.2 x\n---\na: 1\n', `1:1 ${DIRECTIVE}`],
    ['%TAG\n---\na: 1\n', `1:1 ${DIRECTIVE}`],
    ['a: &x &y 1\n', '1:7 a value has two anchors → keep one of them'],
    ['a: !!str !!int 1\n', '1:10 a value has two tags → keep one of them'],
    [
      `${LONG}: b\n`,
      '1:1 a key is longer than 1024 characters → check that no quote or line break is missing',
    ],
    ['["a" "b"]\n', '1:6 a comma is missing between two entries → add the comma'],
    ['a: "b"#c\n', `1:7 ${COMMENT}`],
    ['[a b: c', `1:1 ${bracket('[')}`],
    ['a: {x: [b: c, d}', `1:8 ${bracket('[')}`],
    ['a: ["b: c', `1:5 ${quote('"')}`],
    ['a: "b" c', '1:8 "c" cannot follow text in quotes → put the quotes around the whole text'],
    ['a: [b: "c" d]', '1:12 "d" cannot follow text in quotes → put the quotes around the whole text'],
    [
      'a: [a: 1 b: 2]',
      '1:8 "1 b: 2" cannot follow a value inside brackets → put a comma before it, or the whole value in quotes',
    ],
    ['a: [b:\n  - c]', `2:3 ${DASH}`],
    ['[a, - b]', `1:5 ${DASH}`],
    ['a: [1]#c\n', `1:7 ${COMMENT}`],
    ['a: 1\nb\n', `2:1 ${NO_COLON}`],
    ['a\nb: 1\n', `1:1 ${NEITHER}`],
    ['a:\n  b\n  c: 1\n', `2:3 ${NEITHER}`],
    ['a: b\n- c\n', `2:1 ${NEITHER}`],
    ['a: b: c\n', `1:4 ${INLINE}`],
    ['a: b\n  c: d\n', `2:3 ${DEEPER}`],
    ['a:\n  b: 1\n   c:\n    - d: 2\n  e: []\n', `3:4 ${DEEPER}`],
    ['a:\n  - b: 1\n     c: 2\n', `3:6 ${DEEPER}`],
    ['a: b\n  - c: 1\n', `2:3 ${DEEPER}`],
    ['a:\n\u00a0 b: c\n  d: e\n', `2:1 ${odd('a no-break space (U+00A0)')}`],
    ['a:\n  b: c\n \u3000d: e\n', `3:2 ${odd('an ideographic space (U+3000)')}`],
    ['a:\n  b: c\n \u00a0d: e\n  f: g\n', `3:2 ${odd('a no-break space (U+00A0)')}`],
    ['--- a: 1\n', `1:5 ${START}`],
    ['a: 1\n--- b: 2\n', `2:5 ${START}`],
    ['a: [|\n  b\n]\n', `1:5 ${SIGN}`],
    ['{ a: >\n b }\n', `1:6 ${SIGN}`],
    ['a: `b\n', `1:4 ${SIGN}`],
    ['a: @b\n', `1:4 ${SIGN}`],
    ['a: %b\n', `1:4 ${SIGN}`],
    ['a: ,\n', `1:4 ${SIGN}`],
    ['a: [1, , 2]\n', `1:8 ${lost(',')}`],
    ['[, a]\n', `1:2 ${lost(',')}`],
    ['a: }\n', `1:4 ${lost('}')}`],
    ['a: ]\n', `1:4 ${lost(']')}`],
    ['a: [1\nb: 2\n', `1:4 ${bracket('[')}`],
    ['a: {b: 1\nc: 2\n', `1:4 ${bracket('{')}`],
    ['a: { b: [1\nc: 2\n', `1:9 ${bracket('[')}`],
    ['a: "b\nc: d\n', `1:4 ${quote('"')}`],
    ["a: 'b\nc: d\n", `1:4 ${quote("'")}`],
    ['\ta: 1\n', `1:1 ${TAB}`],
    ['a:\n\t- b\n', `2:1 ${TAB}`],
    ['a: "\\q"\n', `1:5 ${ESCAPE}`],
    ['a: "\\x1"\n', `1:5 ${ESCAPE}`],
    ['a:\n  - b\n  c\n', `3:1 ${INDENT}`],
    ['- - a\n - b\n', `2:2 ${INDENT}`],
    ['a:\n    b: 1\n  c: 2\n', `3:1 ${INDENT}`],
    ['a: |\n    b\n  c\n', `3:1 ${INDENT}`],
    ['a: - b\n', `1:4 ${stray('-')}`],
    ['- a\nb\n', `2:1 ${stray('b')}`],
    ['&a - 1\n', `1:1 ${stray('&a')}`],
    ['a: |x\n b\n', `1:5 ${stray('x')}`],
    ['... x\n', `1:5 ${stray('x')}`],
  ])('%j', (text, finding) => {
    expect(findings(text)).toEqual([`RTP1010 ${finding}`]);
  });

  test.each([
    ['a: !!map [1]\n', ['!!map']],
    ['a: !!seq {b: 1}\n', ['!!seq']],
    ['a: !e!x 1\n', ['!e!x']],
    ['a: !<tag:x> 1\n', ['!<tag:x>']],
  ])('or has tags that fit nothing: %j', (text, tags) => {
    expect(findings(text)).toEqual(tags.map((each) => `RTP1014 1:4 ${tag(each)}`));
  });

  test.each([
    ['[a]: b\n', '1:1 a key is a list, not text → write the key as plain text'],
    ['{a: b}: c\n', '1:1 a key is a map, not text → write the key as plain text'],
    [
      '{a: 80,443}\n',
      '1:8 "443" stands alone where a key must stand → put the whole value in quotes, or in brackets as a list',
    ],
    ['{a: 80, 443: b}\n', '1:9 a key is the number "443", not text → put the key in quotes'],
    ['? a\n? b\n: c\n:\n', '4:1 a key is empty, not text → put the key in quotes'],
  ])('or has keys that are no text: %j', (text, finding) => {
    expect(findings(text)).toEqual([`RTP1013 ${finding}`]);
  });

  test('has a finding for each line, in order', () => {
    expect(findings('%foo bar\n')).toEqual([`RTP1010 1:1 ${DIRECTIVE}`, `RTP1010 2:1 ${START}`]);
    expect(findings('x: [\n- a\n]\n')).toEqual([`RTP1010 2:1 ${DASH}`, `RTP1010 3:1 ${lost(']')}`]);
  });

  test('has at most five findings', () => {
    expect(findings('- `a\n'.repeat(7))).toEqual([1, 2, 3, 4, 5].map((line) => `RTP1010 ${line}:3 ${SIGN}`));
  });
});

describe('bytes that are no text', () => {
  test.each<[string, readonly number[], string]>([
    ['a byte that begins nothing', [0x61, 0x3a, 0x20, 0xff, 0x0a], '1:4'],
    ['a sequence that is cut off', [0x61, 0x0a, 0x62, 0xe2, 0x82], '2:2'],
    ['a sequence that is too long', [0xc0, 0xaf], '1:1'],
    ['half of a surrogate pair', [0x61, 0xed, 0xa0, 0x80], '1:2'],
    ['a byte that goes on with nothing', [0x80], '1:1'],
  ])('have a finding where they are: %s', (_, bytes, place) => {
    const found = parseFile('p.yaml', Uint8Array.from(bytes)).diagnostics;
    expect(found.map(({ range }) => `${range.start.line}:${range.start.column}`)).toEqual([place]);
  });

  test.each<[readonly number[], boolean]>([
    [[0xff, 0xfe, 0x61, 0], true],
    [[0xfe, 0xff, 0, 0x61], true],
    [[0xff, 0xff, 0x61, 0], false],
    [[0xfe, 0xfe, 0, 0x61], false],
  ])('are told to be UTF-16 when they are: %j', (bytes, is16) => {
    const [found] = parseFile('p.yaml', Uint8Array.from(bytes)).diagnostics;
    expect(JSON.stringify(found).includes('UTF-16')).toBe(is16);
  });
});

test.each(['${', '{{', '<%', '{%'])(
  'tags of a template are looked for in time that is in proportion to the text: %s',
  (sign) => {
    const times = growth(8000, (count) => () => findings(`# ${sign.repeat(count)}\na: "\n`));
    expect(times).toBeLessThan(8);
  },
);
