// SPDX-License-Identifier: Apache-2.0
// The formatter: what it writes means the same, has the same comments, and stays as it is when it is formatted again.

import { isDeepStrictEqual } from 'node:util';
import { CST, Lexer } from 'yaml';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { formatFile } from '../../../src/format/format.ts';
import { drawFrom, root, untidy } from '../../format/untidy.ts';
import fc from 'fast-check';
import { bytesOf, drawing, toBytes, toText, YAML_FILES } from '../corpus.ts';
import { yamlChanges } from '../data.ts';
import { checkFindings } from '../findings.ts';
import { Broken, HUGE, type Target, timed } from '../target.ts';

const seeds = bytesOf(...YAML_FILES);
const draw = drawing(fc.array(root, { minLength: 1, maxLength: 3 }));

export const target: Target = {
  seeds: () => seeds,
  largest: HUGE,
  isText: true,
  words: [
    '# c\n', ' # c', '#\n', '\n\n', '---\n', '--- # c\n', '...\n', '%YAML 1.2\n', '- ', '- # c\n', ': ', ':\n', '? ',
    '[', ']', '{', '}', ', ', '|\n', '|-\n', '>-\n', '>+\n', '|2\n', '>1-\n', '&a ', '*a', '!!str ', '"', "'", '~',
    'null', 'yes', '0x1f', '\t', '\r\n', '\ufeff', 'apiVersion: core.riptides.io/v1alpha1\n', 'kind: Service\n',
    '\\\n', '\u00a0', '\u202e', 'x'.repeat(99),
  ], // prettier-ignore
  change: yamlChanges(seeds),
  generate: (random) => toBytes(untidy(draw(random), drawFrom(random.below(0x7fff_ffff)))),
  check: (bytes) => {
    const { value, diagnostics } = timed('formatting', () => formatFile('p.yaml', bytes));
    const codes = checkFindings(
      diagnostics.filter(({ message }) => !message.startsWith('once formatted')),
      'p.yaml',
      bytes,
    );
    if (value === undefined) return codes;
    const written = toBytes(value.text);
    const again = timed('formatting again', () => formatFile('p.yaml', written));
    if (again.value?.text !== value.text)
      throw new Broken('the formatted text is formatted otherwise', again.value?.text ?? 'it is refused');
    if (!isDeepStrictEqual(valuesOf(bytes), valuesOf(written)))
      throw new Broken('the formatted text means something else', value.text);
    if (!isDeepStrictEqual(commentsOf(toText(bytes)), commentsOf(value.text)))
      throw new Broken('the formatted text has other comments', value.text);
    if (value.text !== '' && !/^[^\n][^]*\n$/.test(value.text))
      throw new Broken('the formatted text has blank lines around it', value.text);
    return `formatted ${value.isPolicy ? 'policy' : ''} ${codes} ${shapeOf(value.text)}`;
  },
};

function valuesOf(bytes: Uint8Array): readonly unknown[] | undefined {
  return parseFile('p.yaml', bytes).value?.map(({ value }) => value);
}

function commentsOf(text: string): readonly string[] {
  const found: string[] = [];
  let before = '';
  for (const part of new Lexer().lex(text.replace(/^\ufeff/, ''))) {
    if (before !== CST.SCALAR && part.startsWith('#')) found.push(part.trim());
    before = part;
  }
  return found.toSorted();
}

/** Which of the forms of YAML a text has: inputs that combine them anew are worth more. */
function shapeOf(text: string): string {
  return [
    /# /,
    /\[/,
    /\{/,
    /[|>][-+0-9]*$/m,
    /&/,
    /\*/,
    /!/,
    /^---/m,
    /^%/m,
    /\n\n/,
    /^ *- -/m,
    /"/,
    /'/,
    /: *$/m,
    /^ *#/m,
  ]
    .map((form) => (form.test(text) ? '1' : '0'))
    .join('');
}
