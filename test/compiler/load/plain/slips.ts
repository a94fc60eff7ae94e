// SPDX-License-Identifier: Apache-2.0
// Changes of a text that a slip of the hand could make.

import fc from 'fast-check';

/** Several in a row. */
export const slips = fc.array(
  fc.record({
    where: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 3 }),
    text: fc.oneof(
      fc.constantFrom(
        '',
        '',
        ' ',
        '  ',
        '\n',
        ':',
        ': ',
        '-',
        '- ',
        '#',
        ' #',
        '"',
        "'",
        '[',
        ']',
        '{',
        '}',
        ',',
        '|',
        '>',
        '---\n',
      ),
      fc.constantFrom(
        '\t',
        '\r\n',
        '&',
        '*',
        '!',
        '%',
        '@',
        '?',
        '? ',
        '...\n',
        '\\',
        '0',
        '1',
        'a',
        'é',
        '~',
        '.',
        '<<',
        '\n\n',
      ),
    ),
    what: fc.constantFrom('replace', 'replace', 'replace', 'indent', 'repeat', 'comment', 'end'),
  }),
  { minLength: 1, maxLength: 3 },
);

type Slip = typeof slips extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

export function slip(text: string, { where, length, text: put, what }: Slip): string {
  const at = Math.floor(where * text.length);
  const line = text.lastIndexOf('\n', at - 1) + 1;
  const next = text.indexOf('\n', at) === -1 ? text.length : text.indexOf('\n', at) + 1;
  switch (what) {
    case 'indent':
      return `${text.slice(0, line)}${' '.repeat(length)}${text.slice(line)}`;
    case 'repeat':
      return text.slice(0, next) + text.slice(line);
    case 'comment':
      return `${text.slice(0, line)}${' '.repeat(length * 2)}# ${put}\n${text.slice(line)}`;
    case 'end':
      return text.slice(0, at);
    default:
      return text.slice(0, at) + put + text.slice(at + length);
  }
}
