// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { renderDiagnostics } from '../../../src/diagnostics/render.ts';

const SECRET = 'hunter2';

test.each([
  ['RTP1010', 'text behind a quote', 'password: "a" hunter2\n'],
  ['RTP1010', 'text in brackets', 'password: ["a" hunter2]\n'],
  ['RTP1010', 'text that belongs to nothing', 'password:\n  - a\n  hunter2\n'],
  ['RTP1011', 'a key', 'password:\n  hunter2: 1\n  hunter2: 2\n'],
  ['RTP1013', 'a key without colon', 'password: {a: 1, 7hunter2: , 77777771: 2}\n'],
  ['RTP1014', 'a tag', 'password: !hunter2 x\n'],
  ['RTP1014', 'a tag of another line', 'password:\n  !hunter2\n  x\n'],
  ['RTP1014', 'a tag of a map', 'password: !hunter2 {a: 1}\n'],
  ['RTP1014', 'a tag of YAML', 'password: !!hunter2 x\n'],
  ['RTP1014', 'a tag by a handle', '%TAG !e! tag:hunter2,\n---\npassword: !e!x y\n'],
  ['RTP1016', 'an alias', 'password: *hunter2\n'],
  ['RTP1016', 'an alias in itself', 'password: &hunter2 [*hunter2]\n'],
  ['RTP1016', 'an alias behind a comment', 'token: # c\n# rotated\n    *hunter2\n'],
  ['RTP1016', 'an alias in brackets behind a comment', '{n: 1, password: # c\n *hunter2 }\n'],
  ['RTP1016', 'an alias whose key has its colon on the next line', '{password\n : *hunter2}\n'],
  ['RTP1016', 'an alias whose key has an escape', '"pass\\u0077ord": *hunter2\n'],
  ['RTP1010', 'a key of its own line', '? token\n: x hunter2: z: y\n'],
  ['RTP1010', 'brackets at the margin', '{token:\nhunter2 [}\n'],
  ['RTP1010', 'a block that is indented too little', 'a:\n  token: |\n  hunter2\n  hunter2 too\n'],
  ['RTP1010', 'a quote that ends at the margin', 'a: [\n{password: "a\nhunter2"} x y\n'],
  ['RTP1021', 'a conflict', 'password: x\n<<<<<<< token: hunter2\n=======\n'],
  ['RTP1023', 'a template', 'password: {{ "hunter2" }}\n'],
] as const)('%s quotes no secret: %s', (code, _what, text) => {
  const { diagnostics } = parseFile('p.yaml', Buffer.from(text));
  const shown = renderDiagnostics(diagnostics, { paint: (_style, line) => line, readSource: () => text });
  expect(diagnostics.map((d) => d.code)).toContain(code);
  expect([JSON.stringify(diagnostics), ...shown].filter((line) => line.includes(SECRET))).toEqual([]);
});

test('a line of tags takes no time', () => {
  const text = `a: |\n${'  !<a> '.repeat(1000)}x\n${`  ${'!< '.repeat(10_000)}\n`}b: &n 1\nport: 0443\n`;
  const { diagnostics } = parseFile('p.yaml', Buffer.from(text));
  expect(diagnostics.map((d) => d.code)).toEqual(['RTP1017']);
});

test.each(['1e999', '0123456789', '12345678901234567890'])('RTP1017 quotes no secret: %s', (number) => {
  const text = `password: ${number}\n`;
  const { diagnostics } = parseFile('p.yaml', Buffer.from(text));
  expect(diagnostics.map((d) => d.code)).toEqual(['RTP1017']);
  expect(JSON.stringify(diagnostics)).not.toContain(number.replace(/^0/, ''));
});

test('what is no secret is quoted as it is written', () => {
  const { diagnostics } = parseFile('p.yaml', Buffer.from('password: x\nname: !zip 1\nport: 0123\n'));
  expect(diagnostics.map(({ message, fix }) => [message, fix])).toEqual([
    ['the tag "!zip" does not fit its value, or is not understood', expect.any(String)],
  ]);
});
