// SPDX-License-Identifier: Apache-2.0
// Texts for readers of YAML: well-formed ones, slips in them, and heaps of what YAML is made of.

import fc from 'fast-check';
import { slip, slips } from './slips.ts';
import { flow, scalar, tail, word } from './words.ts';

/** Blocks of text, to be indented. */
const block = fc
  .tuple(
    fc.constantFrom('|', '>', '|-', '>-', '|', '>', '>-', '|+', '>+', '|2', '>1-', '| # c', '|  ', '|x'),
    fc.array(
      fc.constantFrom(
        'a',
        'b c',
        '',
        '',
        ' deeper',
        '  more',
        '# no comment',
        '- x',
        'k: v',
        ' ',
        'end  ',
        '---',
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  )
  .map(([header, lines]) => ({ header, lines }));

type Node =
  | {
      readonly kind: 'scalar' | 'flow';
      readonly text: string;
      readonly tail: string;
      /** What stands above it, on lines of its own; undefined where it stands behind its key or dash. */
      readonly above: string | undefined;
    }
  | { readonly kind: 'block'; readonly header: string; readonly lines: readonly string[] }
  | { readonly kind: 'none'; readonly tail: string }
  | { readonly kind: 'map'; readonly entries: readonly Entry[] }
  | { readonly kind: 'list'; readonly compact: boolean; readonly entries: readonly Entry[] };

interface Entry {
  readonly key: string;
  readonly value: Node;
  readonly gap: string;
  readonly tail: string;
  /** Spaces more or fewer than there should be. */
  readonly slip: number;
}

/** What stands between two entries; `>` is the indentation. */
const gap = fc.oneof(
  { weight: 20, arbitrary: fc.constant('') },
  { weight: 3, arbitrary: fc.constantFrom('>#c\n', '\n', '>#c\n>#d\n', '\n>#c\n', '#c\n') },
  fc.constantFrom(
    '... a: 1\n',
    '> #c\n',
    '>  \n',
    '    #c\n',
    ' \n',
    '---\n',
    '--- # c\n',
    '...\n',
    '%x\n',
    '\t\n',
    '>\t#c\n',
  ),
);

/** What stands between a key or dash and its value; `>` is the indentation. */
const above = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc
    .array(fc.constantFrom('\n', '\n', '>\n', '# c\n', '#c\n', '>#c\n', '> # c\n', ' #\n', '#\n'), {
      minLength: 1,
      maxLength: 3,
    })
    .map((lines) => lines.join('')),
);

const { node } = fc.letrec<{ node: Node; entry: Entry }>((tie) => ({
  entry: fc.record({
    key: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'kind', 'name', 'spec', 'x-y', 'a b') },
      { weight: 1, arbitrary: scalar },
    ),
    value: tie('node'),
    gap,
    tail,
    slip: fc.constantFrom(...Array.from({ length: 24 }, () => 0), 1, -1, 2, -2),
  }),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('scalar' as const),
      text: scalar,
      tail,
      above: fc.option(above, { nil: undefined, freq: 1 }),
    }),
    fc.record({
      kind: fc.constant('flow' as const),
      text: flow,
      tail,
      above: fc.option(above, { nil: undefined, freq: 1 }),
    }),
    block.map((b) => ({ kind: 'block' as const, ...b })),
    fc.record({ kind: fc.constant('none' as const), tail }),
    fc.record({
      kind: fc.constant('map' as const),
      entries: fc.array(tie('entry'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant('map' as const),
      entries: fc.array(tie('entry'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant('list' as const),
      compact: fc.boolean(),
      entries: fc.array(tie('entry'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('list' as const),
      compact: fc.boolean(),
      entries: fc.array(tie('entry'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}));

/** A node after the colon or dash before it; `indent` is that of the map or list that it stands in. */
function write(of: Node, indent: number, afterDash: boolean): string {
  const inner = ' '.repeat(Math.max(0, indent + 2));
  switch (of.kind) {
    case 'scalar':
    case 'flow':
      return `${of.above === undefined ? ' ' : `\n${of.above.replaceAll('>', inner)}${inner}`}${of.text}${of.tail}\n`;
    case 'block':
      return ` ${of.header}\n${of.lines.map((line) => (line === '' ? '\n' : `${inner}${line}\n`)).join('')}`;
    case 'none':
      return `${of.tail}\n`;
    case 'map':
      // After a dash the first entry stands on its line.
      return afterDash
        ? ` ${writeMap(of.entries, indent + 2).trimStart()}`
        : `\n${writeMap(of.entries, indent + 2)}`;
    case 'list': {
      const at = of.compact && !afterDash ? indent : indent + 2;
      const written = of.entries
        .map((entry) => writeEntry(entry, at, `-${write(entry.value, at, true)}`))
        .join('');
      return afterDash && of.compact ? ` ${written.trimStart()}` : `\n${written}`;
    }
  }
}

function writeMap(entries: readonly Entry[], indent: number): string {
  return entries
    .map((entry) => writeEntry(entry, indent, `${entry.key}:${write(entry.value, indent, false)}`))
    .join('');
}

function writeEntry({ gap: before, slip }: Entry, indent: number, text: string): string {
  return `${before.replaceAll('>', ' '.repeat(Math.max(0, indent)))}${' '.repeat(Math.max(0, indent + slip))}${text}`;
}

const end = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  fc.constantFrom(
    '\n',
    '# end',
    '  # end\n',
    '   ',
    '---\n',
    '---',
    '...\n',
    '\n\n# a\n\n# b\n',
    '--- x\n',
    '\t',
  ),
);

const start = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  fc.constantFrom(
    '---\n',
    '# c\n',
    '# c\n---\n',
    '\n',
    '--- # c\n',
    '  # c\n',
    '%YAML 1.2\n---\n',
    '---\n---\n',
    '--- ',
  ),
);

/** Documents of maps and lists, most of them well-formed. */
const grammar = fc
  .tuple(
    start,
    fc.array(node, { minLength: 1, maxLength: 2 }),
    end,
    fc.boolean(),
    fc.constantFrom(0, 0, 0, 0, 2),
  )
  .map(([before, nodes, after, isCut, indent]) => {
    const documents = nodes.map((n) => write(n, indent - 2, false).replace(/^\n/, ''));
    const text = before + documents.join('---\n') + after;
    return isCut ? text.replace(/\n$/, '') : text;
  });

/** Indicators, words and line ends in any order. */
const heap = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          '- ',
          ': ',
          '\n',
          '\n',
          '\n  ',
          '\n    ',
          ' ',
          '  ',
          '#',
          ' # c',
          '---\n',
          'k: ',
        ),
      },
      { weight: 2, arbitrary: word },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          '[',
          ']',
          '{',
          '}',
          ', ',
          '|\n  ',
          '>-\n    ',
          '"',
          "'",
          '-\n',
          ':\n',
          '\n- ',
        ),
      },
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(''));

/** Texts of all kinds; `files` are changed a little. */
export function yamlTexts(files: readonly string[]): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...files), slips)
    .map(([text, changes]) => changes.reduce(slip, text));
  const slipped = fc.tuple(grammar, slips).map(([text, changes]) => changes.reduce(slip, text));
  return fc.oneof(
    { weight: 4, arbitrary: grammar },
    { weight: 3, arbitrary: changed },
    { weight: 2, arbitrary: slipped },
    { weight: 2, arbitrary: heap },
  );
}
