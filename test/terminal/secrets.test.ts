// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { maskSource } from '../../src/terminal/secrets.ts';

const SECRET = 'hunter2';

describe('a text of a file is shown without the secret', () => {
  test.each([
    ['behind a tag', `token: !!binary ${SECRET}`],
    ['behind an anchor', `password: &a ${SECRET}`],
    ['behind a tag and an anchor, in brackets', `{ a: b, password: !<tag:x,2026:y> &a ${SECRET} }`],
    ['under the name pwd', `pwd: ${SECRET}`],
    ['under the name bearer', `{ bearer: ${SECRET} }`],
    ['of a variable', `- process:env:API_TOKEN: ${SECRET}: x`],
    ['of a variable that is named by its program', `- process:env:MYSQL_PWD: ${SECRET}`],
    ['under a name in quotes', `"api-key": ${SECRET}`],
    ['with a comma in it', `password: abc,${SECRET}`],
    ['with a bracket in it', `password: abc}${SECRET}`],
    ['behind an escaped quote', `{ password: "a\\"${SECRET}", b: c }`],
    ['behind a doubled quote', `{ password: 'a''${SECRET}', b: c }`],
    ['in a list', `token: [a, ${SECRET}]`],
    ['in a map', `{ client-secret: { a: ${SECRET} }, b: c }`],
    ['in a map of several lines', `client-secret:\n  a: ${SECRET}\n  b:\n    - ${SECRET}`],
    ['in a list of several lines', `token:\n- a\n\n- ${SECRET}`],
    ['on the next line', `a: { token:\n    ${SECRET} }`],
    ['in a text of several lines', `a:\n  - password: |\n      abc\n\n      ${SECRET}`],
    ['in a private key', `a: |\n-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`],
    ['in a command line', `process:cmdline: "psql --password ${SECRET} x"`],
    ['in a command line, with =', `process:cmdline: curl --token="${SECRET}"`],
    ['in a command line, quoted', `process:cmdline: 'psql --password "a ${SECRET} b" x'`],
    ['in a command line, in escaped quotes', `process:cmdline: "psql --password \\"a ${SECRET}\\" x"`],
    ['in a command line, in doubled quotes', `process:cmdline: 'psql --password ''a ${SECRET}'' x'`],
    ['in a command line, in a quote that is not closed', `process:cmdline: psql --password 'a ${SECRET}`],
    ['in a command line, with a quoted part', `process:cmdline: psql --password a"b ${SECRET}" x`],
    ['in a command line that a quote of the secret ends early', `cmd: "psql --password a" ${SECRET}`],
    [
      'in a command line, behind an escaped quote',
      `process:cmdline: 'psql --password "ab\\"cd ${SECRET}" x'`,
    ],
    [
      'in a command line, in quotes of the shell that are joined',
      `process:cmdline: psql --password 'it'\\''s ${SECRET}'`,
    ],
    ['in a command line, behind an escaped space', `process:cmdline: psql --password hun\\ ${SECRET}`],
    ['in a URL, behind a colon', `address: https://u:pa:${SECRET}@a.example`],
    ['in a command line, after 300 letters', `process:cmdline: psql --password ${'a'.repeat(300)}${SECRET}`],
    [
      'in a URL, after 300 letters',
      `address: https://${'u'.repeat(99)}:${'a'.repeat(300)}${SECRET}@a.example/`,
    ],
    ['in the query of a URL', `address: https://a.example/?password=${SECRET}`],
  ])('%s', (_where, text) => {
    const shown = maskSource(text);
    expect(shown).not.toContain(SECRET);
    expect(shown).toHaveLength(text.length);
    expect(shown.split('\n')).toHaveLength(text.split('\n').length);
  });

  test('and all else of it', () => {
    const text =
      'spec:\n  - token: |\n      x\n    name: a\n  # the password: see the wiki\n    deeper: b\n---\nkind: c\r\n';
    expect(maskSource(text)).toBe(
      'spec:\n  - token: *\n      *\n    name: a\n  # the password: *** *** ****\n    deeper: b\n---\nkind: c\r\n',
    );
    const key = 'key: -----BEGIN PRIVATE KEY-----\n  x\n  -----END PRIVATE KEY-----\nname: a\n';
    expect(maskSource(key).split('\n').at(-2)).toBe('name: a');
  });

  test.each([
    [`cmd: 'psql --password "a b" x'`, `cmd: 'psql --password "* *" x'`],
    [`- { cmd: "psql --password a", b: c } # d`, `- { cmd: "psql --password *", b: c } # d`],
    [`cmd: ["--password=a", x]`, `cmd: ["--password=*", x]`],
    [`cmd: "--password a" # b`, `cmd: "--password *" # b`],
  ])('and what follows the argument of a command line: %s', (text, shown) => {
    expect(maskSource(text)).toBe(shown);
  });

  test('at the places that are known to hold one', () => {
    const range = {
      file: 'p.yaml',
      start: { line: 1, column: 4 },
      end: { line: 2, column: 3 },
    };
    expect(maskSource('\ufeffa: x y\nzz b\n', [range])).toBe('\ufeffa: * *\n** b\n');
  });
});

test.each([
  'psql --password --host db.example',
  'vault login --token-file /run/token',
  'x --password $PASSWORD',
  'x --password <secret>',
  'x --passwords a',
])('what is no secret is shown: %s', (text) => {
  expect(maskSource(text)).toBe(text);
});

describe('a line of a megabyte', () => {
  test.each([
    ['of blank space', ' '.repeat(2 ** 23)],
    ['in quotes', `a: "${'x'.repeat(2 ** 23)}"`],
    ['of dashes', '- '.repeat(2 ** 22)],
  ])('%s is no reason to fail, and is shown as asterisks', (_what, text) => {
    const shown = maskSource(text);
    // A comparison of such texts that failed would print them.
    expect(shown === '*'.repeat(text.length)).toBe(true);
  });

  test('hides what follows it in its document, which may belong to a secret of it', () => {
    const lines = maskSource(`${'x'.repeat(2 ** 20)}\npassword: "\n${SECRET}\n---\nname: a`).split('\n');
    expect(lines.slice(1)).toEqual(['********* *', '*******', '---', 'name: a']);
  });
});
