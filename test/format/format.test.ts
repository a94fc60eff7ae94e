// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseFile } from '../../src/compiler/load/parse.ts';
import { formatFile } from '../../src/format/format.ts';
import { cpuTime, growth } from '../cpu-time.ts';

const ROOT = join(import.meta.dirname, '../..');

function format(text: string): string {
  const { value, diagnostics } = formatFile('p.yaml', Buffer.from(text));
  if (value === undefined)
    throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join());
  return value.text;
}

test.each([
  ' version https://git-lfs.github.com/spec/v1',
  '"version https://git-lfs.github.com/spec/v1"',
  'version https://git-lfs.github.com/spec/v1 oid sha256:1 size 1',
])('does not make a pointer of git-lfs: %j', (text) => {
  expect(format(format(text))).toBe(format(text));
});

test('is done in proportion to the text also where it begins like a pointer of git-lfs', () => {
  const begin = 'version https://git-lfs.github.com/spec/v1';
  expect(
    growth(50_000, (size) => () => parseFile('p.yaml', Buffer.from(begin + '\n'.repeat(size)))),
  ).toBeLessThan(9);
});

test('takes an indented pointer of git-lfs for one, which it would be without the spaces', () => {
  const { diagnostics } = formatFile(
    'p.yaml',
    Buffer.from('\n  version https://git-lfs.github.com/spec/v1\n  oid sha256:1\n  size 1\n'),
  );
  expect(diagnostics).toEqual([
    expect.objectContaining({
      code: 'RTP1022',
      range: { file: 'p.yaml', start: { line: 2, column: 3 }, end: { line: 2, column: 45 } },
    }),
  ]);
});

describe('the one form of a text', () => {
  const cases: readonly [string, string, string][] = [
    ['indents by two, and lists further than their key', 'a:\n    b:\n    - c: 1\n      d: 2\n    -   - e\n', 'a:\n  b:\n    - c: 1\n      d: 2\n    - - e\n'],
    ['has LF, no byte order mark, no white space at ends of lines, and one line break at its end', '\ufeffa: 1  \r\nb: \t2\r\n\r\n\r\n', 'a: 1\nb: 2\n'],
    ['keeps one blank line of several between blocks, and none at their beginnings', 'a:\n\n  b: 1\n\n\n  c: 2\n\n\n\nd: 3\n', 'a:\n  b: 1\n\n  c: 2\n\nd: 3\n'],
    ['takes quotes away where they are not needed', `a: 'x'\n"b": "two words"\nc: 'fd00::1'\n'd:e': [ 'f', "g" ]\n`, 'a: x\nb: two words\nc: fd00::1\nd:e: [f, g]\n'],
    ['keeps the quotes of what is no text without them', `a: '1'\nb: "true"\nc: 'null'\nd: ''\ne: '~'\nf: '# x'\ng: 'a: b'\nh: '*x'\n`, 'a: "1"\nb: "true"\nc: "null"\nd: ""\ne: "~"\nf: "# x"\ng: "a: b"\nh: "*x"\n'],
    ['keeps the quotes of what YAML 1.1 takes for something else', `a: 'off'\nb: 'yes'\nc: '010'\nd: '1:30'\ne: 'n'\nf: '2026-01-01'\n`, 'a: "off"\nb: "yes"\nc: "010"\nd: "1:30"\ne: "n"\nf: "2026-01-01"\n'],
    ['leaves off and yes plain where they were', 'mode: off\n', 'mode: off\n'],
    ['has single quotes where double ones would need backslashes', `a: "\\"x\\" + \\"y\\""\nb: 'it''s "x"'\n`, `a: '"x" + "y"'\nb: it's "x"\n`],
    ['writes what is not seen as escapes', 'a: "x\u200cy"\nb: \'x\u00a0y\'\n', 'a: "x\\u200cy"\nb: "x\\u00a0y"\n'],
    ['leaves numbers as they are written', 'a: 0x1F\nb: 1.50\nc: +1\nd: 1e3\n', 'a: 0x1F\nb: 1.50\nc: +1\nd: 1e3\n'],
    ['leaves nothing, ~ and null as they are written', 'a:\nb: ~\nc: null\n', 'a:\nb: ~\nc: null\n'],
    ['pads braces and not brackets', 'a: {b: 1,c: [ 2,3 ]}\nd: [ {e: f} ]\n', 'a: { b: 1, c: [2, 3] }\nd: [{ e: f }]\n'],
    ['joins what is in brackets over several lines and fits on one', 'a: [\n  1,\n  2,\n]\nb: {\n  c: d }\n', 'a: [1, 2]\nb: { c: d }\n'],
    ['leaves empty maps and lists in brackets', 'a: { }\nb: [\n]\n', 'a: {}\nb: []\n'],
    ['keeps the line breaks of folded and plain texts', 'a: >-\n      x &&\n        y\n\n      z\nb: one\n     two\n', 'a: >-\n  x &&\n    y\n\n  z\nb: one\n  two\n'],
    ['keeps the blank lines that a text ends with', 'a: |+\n   x\n\n\nb: 1\n', 'a: |+\n  x\n\n\nb: 1\n'],
    ['says how far a text is indented that begins with a space', 'a: |4\n     x\n    y\n', 'a: |2\n   x\n  y\n'],
    ['keeps anchors, aliases and tags', 'a: &x   [1]\nb: *x\nc: !!str   1\nd: &y\n    e: 1\n', 'a: &x [1]\nb: *x\nc: !!str 1\nd: &y\n  e: 1\n'],
    ['keeps the --- at the beginning, and writes one between documents', '---\na: 1\n...\n---\nb: 2\n', '---\na: 1\n---\nb: 2\n'],
    ['keeps directives', '%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n', '%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n'],
    ['is empty for an empty file', '\n\n', ''],
    ['keeps keys without a value between brackets, whatever they end with', 'a: [{b}, {c:: }, {"d": }, {-: , ?: }]\n', 'a: [{ b }, { c:: }, { d }, { -:, ?: }]\n'],
    ['writes no white space where a text is of blank lines alone', 'a: |\n    \nb: |+\n   \n     \nc: >+\n\n ', 'a: |\n\nb: |+\n\n\nc: >+\n\n'],
    ['keeps a tag that is a key', '? !\n: 1\n? ! a\n? b\n', '! "": 1\n! a:\nb:\n'],
    ['keeps a tag that is a key without value', '? !\n', '! "":\n'],
    ['keeps a blank line below a text that is a whole document', 'x\n\n\n# a\n---\ny\n\n---\n', 'x\n\n# a\n---\ny\n---\n'],
    ['takes JSON', '{"a": {"b": ["c", 1]}}', '{ a: { b: [c, 1] } }\n'],
  ]; // prettier-ignore
  test.each(cases)('%s', (_what, text, expected) => {
    expect(format(text)).toBe(expected);
    expect(format(expected)).toBe(expected);
  });

  test('is without brackets where 100 columns do not suffice', () => {
    const letters = (count: number): string => 'x'.repeat(count);
    const fits = `a: [${letters(46)}, ${letters(47)}]\n`;
    expect(fits).toHaveLength(101);
    expect(format(fits)).toBe(fits);
    expect(format(`a: [${letters(47)}, ${letters(47)}]\n`)).toBe(
      `a:\n  - ${letters(47)}\n  - ${letters(47)}\n`,
    );
    expect(format(`a: ${letters(200)}\n`)).toBe(`a: ${letters(200)}\n`);
  });
});

describe('a comment stays in its place', () => {
  const kept: readonly [string, string][] = [
    ['before the first document', '# licence\n\n# about\na: 1\n'],
    ['before and on the line of the first ---', '# licence\n--- # one\na: 1\n'],
    ['between documents', 'a: 1\n# after a\n\n# before b\n---\n# about b\nb: 2\n'],
    ['at the end of a line', 'a: 1 # one\nb: # two\n  c: 3 # three\n'],
    ['behind a key, below which the value begins', 'a: # list\n  - 1\nb: # text\n  x\n'],
    [
      'before an item of a list, and behind its dash',
      'a:\n  # one\n  - 1\n\n  # two\n  - # three\n    b: 2\n',
    ],
    ['after the last item, and after the last line', 'a:\n  - 1\n  # no more\n# end\n'],
    ['in place of a value that is not written yet', 'a:\n  # - selectors: x\nb: 1\n'],
    ['behind the header of a text', 'a: |- # text\n  x\nb: 1\n'],
    ['in a file of comments', '# one\n\n# two\n'],
    ['with nothing in it', '#\n#\na: 1\n'],
  ];
  test.each(kept)('%s', (_where, text) => {
    expect(format(text)).toBe(text);
  });

  const moved: readonly [string, string, string][] = [
    ['in brackets, which then give way to lines', 'a: [ # in\n  1, # one\n  # two\n  2 ] # behind\n', 'a: # behind\n  # in\n  - 1 # one\n  # two\n  - 2\n'],
    ['below a list that is not indented: it is about the next key', 'a:\n- 1\n# about b\nb: 2\n', 'a:\n  - 1\n# about b\nb: 2\n'],
    ['below what it is indented like', 'a:\n    b: 1\n    # in a\n  # below a\nc: 2\n', 'a:\n  b: 1\n  # in a\n# below a\nc: 2\n'],
    ['between a key and its value', 'a:\n    # why\n    1\n', 'a:\n  # why\n  1\n'],
    ['further left than the value below it', 'a:\n\n# one\n  1\nb:\n#two\n    3\nc: 4\n', 'a:\n  # one\n  1\nb:\n  #two\n  3\nc: 4\n'],
    ['on lines that the parser of the library leaves out', 'a:\n# one\n\n# two\n---\nb: 1\n', 'a:\n# one\n\n# two\n---\nb: 1\n'],
  ]; // prettier-ignore
  test.each(moved)('%s', (_where, text, expected) => {
    expect(format(text)).toBe(expected);
    expect(format(expected)).toBe(expected);
  });
});

describe('the fields of a document', () => {
  test('stand in the order of its schema, with their comments, and what is unknown stands last', () => {
    const text = `# About the document.
spec:
  # Where it goes.
  egress:
  - mode: audit # for now
    selectors: [{ b: x, a: y }]
  nonsense: 1
  selectors:
  # The web server.
  - process:uid: 1001
    process:binary:path: /opt/web
  workloadID: shop/web
kind: WorkloadIdentity # what
metadata: { namespace: n, name: web, labels: { z: "1", a: "2" } }
apiVersion: core.riptides.io/v1alpha1
`;
    expect(format(text)).toBe(`# About the document.
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity # what
metadata: { name: web, namespace: n, labels: { z: "1", a: "2" } }
spec:
  workloadID: shop/web
  selectors:
    # The web server.
    - process:uid: 1001
      process:binary:path: /opt/web
  # Where it goes.
  egress:
    - selectors: [{ b: x, a: y }]
      mode: audit # for now
  nonsense: 1
`);
  });

  test('stay as they are in documents of other programs', () => {
    const text = 'kind: Secret\napiVersion: v1\nstringData: { token: x }\nmetadata: { name: x }\n';
    expect(format(text)).toBe(text);
  });

  test('stay as they are where there are aliases, which must come after their anchors', () => {
    const text =
      'kind: Service\napiVersion: core.riptides.io/v1alpha1\nspec:\n  addresses: &a [x]\n  labels: *a\nmetadata: { name: x }\n';
    expect(format(text)).toBe(text);
  });
});

describe('a file that cannot be read without doubt', () => {
  test.each([
    ['RTP1010', 'a: [1\n'],
    ['RTP1011', 'a: 1\na: 2\n'],
    ['RTP1004', 'a: x\ry\n'],
    ['RTP1004', 'a: "x\u202ey"\n'],
    ['RTP1004', 'a: 1 # x\rb: 2\n'],
    ['RTP1013', '1: x\n'],
  ])('is refused with %s, and has no form', (code, text) => {
    const { value, diagnostics } = formatFile('p.yaml', Buffer.from(text));
    expect(value).toBeUndefined();
    expect(diagnostics.map((d) => d.code)).toEqual([code]);
  });
});

test('every policy that can be loaded means the same when it is formatted, and stays as it is when it is formatted again', () => {
  const files = ['policies', 'test'].flatMap((directory) =>
    readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ya?ml$/.test(file))
      .map((file) => join(ROOT, directory, file)),
  );
  let count = 0;
  for (const file of files) {
    const bytes = readFileSync(file);
    const before = parseFile(file, bytes);
    if (before.diagnostics.length > 0) continue;
    const { value } = formatFile(file, bytes);
    if (value === undefined) continue;
    count++;
    const after = parseFile(file, Buffer.from(value.text));
    expect({ file, is: after.value?.map((d) => d.value) }).toEqual({
      file,
      is: before.value?.map((d) => d.value),
    });
    expect({ file, is: formatFile(file, Buffer.from(value.text)).value?.text }).toEqual({
      file,
      is: value.text,
    });
  }
  expect(count).toBeGreaterThan(60);
});

test('a large file takes time in proportion to its size', () => {
  const document = (i: number): string =>
    `# number ${i}\nspec: {labels: {app: "api-${i}"}, addresses: [{address: 10.0.0.1, port: 443}]}\nkind: Service\nmetadata: {name: s${i}}\napiVersion: core.riptides.io/v1alpha1\n---\n`;
  const time = (count: number): number => {
    const text = Array.from({ length: count }, (_, i) => document(i)).join('');
    const start = cpuTime();
    format(text);
    return cpuTime() - start;
  };
  time(500);
  const small = time(500);
  const large = time(5000);
  expect(large / small).toBeLessThan(40);
});
