// SPDX-License-Identifier: Apache-2.0
// Tokens of texts, numbers and the like.

import { CST } from 'yaml';
import { addBlank, type State, walk } from './parse-state.ts';
import type { BlockValue, EmptyValue, Line, ScalarValue } from './tree.ts';

/** What was read before a value: its anchor, the comments before it. */
export interface Before {
  readonly props: string;
  readonly head: string | undefined;
  readonly inner: readonly Line[];
}

/** Reads a text, number, truth value, null or alias. */
export function parseScalar(token: CST.FlowScalar, before: Before, state: State): ScalarValue | EmptyValue {
  const { style, text } = textOf(token, state);
  let tail: string | undefined;
  walk(token.end ?? [], state, (comment) => (tail = comment));
  if (token.source === '') return { ...before, kind: 'empty', tail };
  const lines = token.source.split('\n').map((line) => line.replace(/^[ \t]+|[ \t]+$/g, ''));
  return { ...before, kind: 'scalar', style, lines, text, tail };
}

/** How a scalar is written, and the text that it stands for. */
export function textOf(token: CST.FlowScalar, state: State): Pick<ScalarValue, 'style' | 'text'> {
  if (token.type === 'alias') {
    state.hasAlias = true;
    return { style: 'verbatim', text: token.source };
  }
  const style = token.type === 'scalar' ? 'verbatim' : 'quoted';
  return { style, text: CST.resolveAsScalar(token)?.value ?? token.source };
}

/** Reads a text that begins with `|` or `>`. */
export function parseBlock(token: CST.BlockScalar, before: Before, state: State): BlockValue {
  let head: string | undefined;
  walk(token.props, state, (comment) => (head = comment));
  const header = token.props.find(({ type }) => type === 'block-scalar-header');
  const written = header !== undefined && 'source' in header ? header.source : '|';
  const chomp = written.includes('+') ? '+' : written.includes('-') ? '-' : '';
  const lines = token.source.split('\n');
  const indent = blockIndent(lines, Number(/[1-9]/.exec(written)?.[0] ?? 0), token.indent);
  // Of blank lines alone, none is indented. What follows the last line break is no line, unless it is all there is.
  const content = lines.map((line) => (indent === undefined ? '' : line.slice(indent)));
  const isLine = indent === undefined ? lines.length === 1 && token.source !== '' : content.at(-1) !== '';
  if (!isLine) content.pop();
  if (chomp !== '+') {
    const length = content.findLastIndex((line) => line !== '') + 1;
    if (length < content.length) addBlank(state);
    content.length = length;
  }
  const inner =
    head === undefined || before.head === undefined ? before.inner : [before.head, ...before.inner];
  const sign = written.startsWith('>') ? '>' : '|';
  return {
    ...before,
    kind: 'block',
    sign,
    chomp,
    lines: content,
    inner,
    head: head ?? before.head,
    tail: undefined,
  };
}

/** How far the lines of a block text are indented; undefined when all are blank. */
function blockIndent(lines: readonly string[], explicit: number, parent: number): number | undefined {
  const first = lines.find((line) => /[^ ]/.test(line));
  if (first === undefined) return undefined;
  return explicit > 0 ? Math.max(parent, 0) + explicit : first.search(/[^ ]/);
}
