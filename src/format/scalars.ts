// SPDX-License-Identifier: Apache-2.0
// Texts in their shortest safe form: plain where every reader takes them for the same text, else in double quotes.

import { CST, Document, Scalar, Schema } from 'yaml';
import { stringifyString, type StringifyContext } from 'yaml/util';
import type { Key, ScalarValue } from './tree.ts';

/** Characters that are not seen, or not for what they are. They are only ever written as escapes. */
const UNSEEN = /(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Z}\ufffe\uffff]/u;
/** Those of them that JSON leaves as they are. */
const LEFT_BY_JSON = /(?! )[\x7f-\x9f\p{Cf}\p{Z}\ufffe\uffff]/gu;

/** What would be taken for the end of a document or a directive in the first column. */
const MARKER = /^(%|---|\.\.\.)/;

/** The core schema, and that of YAML 1.1 for the words that its readers take for something else: yes, off, 010, 1:30. */
const SCHEMA = new Schema({ schema: 'core', compat: 'yaml-1.1' });

const CONTEXT: StringifyContext = {
  actualString: true,
  anchors: new Set(),
  doc: new Document(null, { schema: SCHEMA }),
  flowCollectionPadding: '',
  inFlow: false,
  indent: '  ',
  indentStep: '  ',
  options: {
    blockQuote: false,
    commentString: (comment) => `#${comment}`,
    defaultKeyType: null,
    defaultStringType: 'PLAIN',
    directives: null,
    doubleQuotedAsJSON: true,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    falseStr: 'false',
    flowCollectionPadding: false,
    indentSeq: true,
    lineWidth: 0,
    minContentWidth: 0,
    nullStr: 'null',
    simpleKeys: true,
    singleQuote: false,
    trailingComma: false,
    trueStr: 'true',
    verifyAliasOrder: false,
  },
};

export interface Position {
  readonly inFlow: boolean;
  readonly isKey: boolean;
}

/** A text in one line: plain, or in double quotes. */
export function writeText(text: string, { inFlow, isKey }: Position): string {
  if (text === '' || text === '<<' || UNSEEN.test(text) || MARKER.test(text)) return quote(text);
  // Not all readers know that these may begin a plain text.
  if (/^[-?:]/.test(text) && inFlow) return quote(text);
  const scalar = new Scalar(text);
  scalar.type = Scalar.PLAIN;
  const written = stringifyString(scalar, { ...CONTEXT, inFlow, implicitKey: isKey });
  return written === text ? text : quote(text);
}

/** In double quotes; in single ones where those spare backslashes, as around expressions that have texts in them. */
function quote(text: string): string {
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  if (!UNSEEN.test(text) && count(/["\\]/g) > count(/'/g)) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replace(LEFT_BY_JSON, (c) => {
    const code = c.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    return code > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
  });
}

/** A key. */
export function writeKey(key: Key, inFlow: boolean): string {
  const isPlain = key.style === 'verbatim' && !UNSEEN.test(key.text) && !MARKER.test(key.text);
  return isPlain ? key.text : writeText(key.text, { inFlow, isKey: true });
}

/** A scalar in one line. */
export function writeScalar({ style, lines, text }: ScalarValue, inFlow: boolean): string {
  const [first] = lines;
  if (style === 'verbatim' && first !== undefined && lines.length === 1 && !UNSEEN.test(first)) return first;
  return writeText(text, { inFlow, isKey: false });
}

/** A scalar outside of brackets, in the lines in which it was written: nobody's text is broken or joined anew. */
export function scalarLines(value: ScalarValue): readonly string[] {
  const { style, lines, text } = value;
  if (lines.length === 1) return [MARKER.test(text) ? quote(text) : writeScalar(value, false)];
  if (style === 'verbatim') return MARKER.test(text) || UNSEEN.test(lines.join('')) ? [quote(text)] : lines;
  // White space that a backslash keeps at the end of a line is not the line's own.
  const source = lines.join('\n');
  const type = source.startsWith("'") ? 'single-quoted-scalar' : 'double-quoted-scalar';
  const again = CST.resolveAsScalar({ type, offset: 0, indent: 0, source }, true, () => undefined);
  return again?.value === text && !UNSEEN.test(source.replaceAll('\n', ''))
    ? lines
    : [writeScalar(value, false)];
}
