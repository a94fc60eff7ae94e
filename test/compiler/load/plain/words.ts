// SPDX-License-Identifier: Apache-2.0
// What stands on one line of YAML, or nearly could: words, text in quotes, maps and lists in brackets.

import fc from 'fast-check';

/** Words of policies. */
const COMMON = [
  ...'a b cd name spec a-b a:b a#b process:uid process:binary:path: core.riptides.io/v1alpha1 10.0.0.0/8 fd00::1:2'.split(
    ' ',
  ),
  ...'::1 8000-8099 *.example.com /opt/x (x) 1 0 true null'.split(' '),
  'x y',
  'object.name != "x" && y',
];

/** Words that nearly mean something else, or break something. */
const ODD = [
  ...'-1 +1 -0 1.5 1. .5 . .. 00 010 0.0 08.5 1e3 0x1F 0o17 0b1 1_000 9007199254740991 9007199254740992 1e999'.split(
    ' ',
  ),
  ...'.inf -.INF .nan 0x 12:30 2024-01-01 Null NULL ~ ~~ True FALSE tRue off yes nul truex << = __proto__'.split(
    ' ',
  ),
  ...'constructor -x -- --- ---x ... ...x ?x :x - ? : é 日本 😀 a\\b it\'s a"b a,b a[b a]b a{b} &a *a !t ! %x @x'.split(
    ' ',
  ),
  ...'`x |x >x \' " [ ] { } , # #c a:'.split(' '),
  'a, b',
  '# c',
  'a: b',
  'a : b',
  ' a',
  'a ',
  'a  b',
  'a #c',
  '\t',
  'a\tb',
  '\r',
  '',
  '\u2028',
  '\u0085',
  '\u00a0',
];

export const word = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...COMMON) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD) },
);

const quoted = fc.oneof(
  word.map((w) => `"${w}"`),
  word.map((w) => `'${w}'`),
  word.map((w) => JSON.stringify(w)),
  word.map((w) => `'${w.replaceAll("'", "''")}'`),
  fc.constantFrom(
    '"\\n\\t\\\\\\/"',
    '"\\x41"',
    '"\\u00e9"',
    '"\\q"',
    '"a\\"',
    "''",
    '""',
    "''''",
    '"a\\\n b"',
    '"a\n b"',
    "'a\n\n  b'",
  ),
);

export const scalar = fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: quoted });

export const tail = fc.oneof(
  { weight: 20, arbitrary: fc.constant('') },
  { weight: 3, arbitrary: fc.constant(' # comment') },
  fc.constantFrom(' ', '   ', '#x', ' #', ' \t', '\t# x', ' x', ',', ' :', '\n'),
);

const space = fc.oneof(
  { weight: 20, arbitrary: fc.constant('') },
  fc.constantFrom(' ', '\n', '\n  ', '\n    ', ' # c\n   ', '\n\n      ', '\t'),
);

export const { flow } = fc.letrec<{ flow: string; item: string }>((tie) => ({
  item: fc.oneof({ weight: 3, arbitrary: scalar }, { weight: 1, arbitrary: tie('flow') }),
  flow: fc
    .record({
      map: fc.boolean(),
      items: fc.array(
        fc.tuple(space, scalar, fc.constantFrom(': ', ': ', ': ', ':', ' : ', ''), space, tie('item'), space),
        {
          maxLength: 3,
        },
      ),
      end: fc.constantFrom('', '', '', ',', ', ', ' ', '\n', '\n  ', ',,'),
      wrong: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    })
    .map(({ map, items, end, wrong }) => {
      const written = items.map(([before, key, colon, between, value, after]) =>
        map ? `${before}${key}${colon}${between}${value}${after}` : `${before}${value}${after}`,
      );
      const close = (map ? 1 : 0) ^ wrong ? '}' : ']';
      return `${map ? '{' : '['}${written.join(', ')}${end}${close}`;
    }),
}));
