// SPDX-License-Identifier: Apache-2.0
// A tree to text, in the one form: two spaces for each level, lists further in than their key, maps and lists in brackets
// where they were and fit on the line.

import { endOf, startOf } from './parse-state.ts';
import { scalarLines, writeKey, writeScalar } from './scalars.ts';
import type { BlockValue, Collection, Item, Line, TreeDocument, Value } from './tree.ts';

/** Columns of a line beyond which a map or list is not left in brackets. */
export const WIDTH = 100;

/** YAML's own limit for a key that is not marked as one. */
const KEY_LENGTH = 1024;

/** Keys that would be something else between brackets without the colon after them: those that end with one, and indicators. */
const NEEDS_COLON = /:$|^[-?]$/;

/** The text of documents, with a line break at its end; empty when there are none. */
export function printTree(documents: readonly TreeDocument[]): string {
  const out: string[] = [];
  for (const [i, document] of documents.entries()) printDocument(document, i > 0, out);
  return out.length === 0 ? '' : `${out.join('\n')}\n`;
}

function printDocument(document: TreeDocument, isLater: boolean, out: string[]): void {
  const { directives, before, markerComment, lead, value, end } = document;
  const marked = document.marked || isLater || directives.length > 0;
  if (isLater && directives.length > 0) out.push('...');
  const body: string[] = [];
  printRoot(value, body);
  const foot = body.length === 0 ? startOf(end) : end;
  const isEmpty = body.length + foot.length === 0;
  const above = startOf(before);
  append(marked || isEmpty ? endOf(above) : above, out);
  append(directives, out);
  if (marked) out.push(join('---', markerComment));
  append(isEmpty ? endOf(lead) : lead, out);
  append(body, out);
  append(foot, out);
}

function printRoot(value: Value, out: string[]): void {
  const lines: string[] = [];
  const isText = value.kind === 'scalar' || value.kind === 'block';
  // The further lines of a text are indented, or they could be taken for what ends a document.
  printValue('', value, isText ? 0 : -2, lines);
  const [first = '', ...rest] = lines;
  if (first !== '') out.push(isText ? first.slice(2) : first);
  append(rest, out);
}

/** Prints a value behind the key or dash that `prefix` ends with; its own lines are two columns further in than `column`. */
function printValue(prefix: string, value: Value, column: number, out: string[]): void {
  const { props, head, inner, tail } = value;
  if (value.kind === 'map' || value.kind === 'list') {
    const room = WIDTH - join(prefix, props).length - 1;
    const line = value.flow || value.items.length === 0 ? flowText(value, room) : undefined;
    if (line === undefined) printBlock(prefix, value, column, out);
    else printInline(prefix, value, [line], column, out);
    return;
  }
  if (value.kind === 'block') {
    printInline(
      prefix,
      { ...value, head: undefined, tail: head },
      [header(value, prefix === '')],
      column,
      out,
    );
    const pad = ' '.repeat(column + 2);
    for (const line of value.lines) out.push(line === '' ? '' : pad + line);
    return;
  }
  if (value.kind === 'scalar') {
    printInline(prefix, value, scalarLines(value), column, out);
    return;
  }
  out.push(join(prefix, props, head ?? tail));
  printLines(inner, column + 2, out);
}

/** Prints a value that begins on the line of its key, unless there is a comment. */
function printInline(
  prefix: string,
  { props, head, inner, tail }: Value,
  lines: readonly string[],
  column: number,
  out: string[],
): void {
  const pad = ' '.repeat(column + 2);
  let start = prefix;
  if (head !== undefined || inner.length > 0) {
    out.push(join(prefix, head));
    printLines(inner, column + 2, out);
    start = '';
  }
  const [first = '', ...more] = lines;
  const text = [join(props, first), ...more.map((line) => (line === '' ? '' : pad + line))];
  const begun = start === '' ? pad + (text[0] ?? '') : join(start, text[0]);
  const all = [begun, ...text.slice(1)];
  append(all.slice(0, -1), out);
  out.push(join(all.at(-1) ?? '', tail));
}

function printBlock(prefix: string, value: Collection, column: number, out: string[]): void {
  const { props, head, tail, items, end } = value;
  const compact =
    prefix.endsWith('-') &&
    props === '' &&
    head === undefined &&
    tail === undefined &&
    startOf(items[0]?.before ?? []).length === 0;
  if (!compact) out.push(join(prefix, props, head ?? tail));
  const pad = ' '.repeat(column + 2);
  for (const [i, item] of items.entries()) {
    printLines(i === 0 ? startOf(item.before) : item.before, column + 2, out);
    printItem(compact && i === 0 ? `${prefix} ` : pad, item, column + 2, out);
  }
  const further = head !== undefined && tail !== undefined ? [tail] : [];
  printLines([...end, ...further], column + 2, out);
}

function printItem(start: string, { key, value }: Item, column: number, out: string[]): void {
  if (key === undefined) {
    printValue(`${start}-`, value, column, out);
    return;
  }
  const written = join(key.props, writeKey(key, false));
  if (written.length <= KEY_LENGTH) {
    // An alias ends with what looks like a part of its name.
    printValue(`${start}${written}${written.startsWith('*') ? ' ' : ''}:`, value, column, out);
  } else {
    out.push(`${start}? ${written}`);
    printValue(`${' '.repeat(column)}:`, value, column, out);
  }
}

function printLines(lines: readonly Line[], column: number, out: string[]): void {
  const pad = ' '.repeat(column);
  for (const line of lines) out.push(line === '' ? '' : pad + line);
}

/** Adds lines, of which there may be more than a call can have arguments. */
function append(lines: readonly string[], out: string[]): void {
  for (const line of lines) out.push(line);
}

/** The first line of a block text. Where that is not clear, it says how far the text is indented. */
function header({ sign, chomp, lines }: BlockValue, isRoot: boolean): string {
  const first = lines.find((line) => line !== '') ?? '';
  return `${sign}${isRoot || first.startsWith(' ') ? '2' : ''}${chomp}`;
}

/** A map or list in one line of at most `room` columns; undefined when it does not fit, or has comments. */
function flowText(value: Collection, room: number): string | undefined {
  const [open, close] = value.kind === 'map' ? ['{ ', ' }'] : ['[', ']'];
  if (value.items.length === 0) return open.trim() + close.trim();
  if (value.end.length > 0 || value.items.some(({ before }) => before.length > 0)) return undefined;
  const parts: string[] = [];
  let left = room - open.length - close.length;
  for (const item of value.items) {
    const part = left < 0 ? undefined : flowItem(item, left);
    if (part === undefined) return undefined;
    parts.push(part);
    left -= part.length + (parts.length > 1 ? 2 : 0);
  }
  return left < 0 ? undefined : `${open}${parts.join(', ')}${close}`;
}

function flowItem({ key, value }: Item, room: number): string | undefined {
  if (value.head !== undefined || value.inner.length > 0 || value.tail !== undefined) return undefined;
  const written = key === undefined ? '' : join(key.props, writeKey(key, true));
  const start = key === undefined ? '' : written.startsWith('*') ? `${written} :` : `${written}:`;
  switch (value.kind) {
    case 'empty':
      if (key === undefined) return value.props;
      return join(value.props === '' && !NEEDS_COLON.test(written) ? written : start, value.props);
    case 'scalar':
      return join(start, value.props, writeScalar(value, true));
    case 'block':
      return undefined;
    case 'map':
    case 'list': {
      const text = flowText(value, room - start.length);
      return text === undefined ? undefined : join(start, value.props, text);
    }
  }
}

/** Parts of a line, those that there are. */
function join(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}
