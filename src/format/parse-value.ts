// SPDX-License-Identifier: Apache-2.0
// The tokens of a value, with what stands around and in it.

import { CST } from 'yaml';
import { type Before, parseBlock, parseScalar, textOf } from './parse-scalar.ts';
import { startOf, type State, takeIndented, takeLines, walk } from './parse-state.ts';
import { BARE, type Collection, type Item, type Key, type Line, type Value } from './tree.ts';

/** Reads a value. `column` is where the map or list that it stands in begins; -1 at the root of a document. */
export function parseValue(
  token: CST.Token | undefined | null,
  before: Before,
  column: number,
  state: State,
): Value {
  switch (token?.type) {
    case 'alias':
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
      return parseScalar(token, before, state);
    case 'block-scalar':
      return parseBlock(token, before, state);
    case 'block-map':
      return parseMap(token, before, state);
    case 'block-seq':
      return parseList(token, before, column, state);
    case 'flow-collection':
      return parseFlow(token, before, state);
    default:
      return { ...BARE, ...before, kind: 'empty' };
  }
}

function parseMap(token: CST.BlockMap, before: Before, state: State): Collection {
  const items: Item[] = [];
  for (const { start, key, sep, value } of token.items) {
    const props = walk(start, state);
    // After a ?, a tag alone can be a key.
    if (sep === undefined && props === '') continue;
    const lines = takeLines(state);
    items.push({ before: lines, ...parsePair({ key, sep: sep ?? [], value, props }, token.indent, state) });
  }
  return collection('map', false, items, before, takeIndented(state, token.indent));
}

function parseList(token: CST.BlockSequence, before: Before, column: number, state: State): Collection {
  const items: Item[] = [];
  for (const { start, value } of token.items) {
    const dash = start.findIndex(({ type }) => type === 'seq-item-ind');
    walk(dash < 0 ? start : start.slice(0, dash), state);
    if (dash < 0) continue;
    const lines = takeLines(state);
    const around = parseBefore(start.slice(dash + 1), value, token.indent, state);
    items.push({ before: lines, key: undefined, value: parseValue(value, around, token.indent, state) });
  }
  // Below a list that is not indented, a comment in the list's column is about the next key.
  const own = token.indent > column ? token.indent : column + 1;
  return collection('list', false, items, before, takeIndented(state, own));
}

interface Pair {
  readonly key: CST.Token | null | undefined;
  readonly sep: CST.SourceToken[];
  readonly value?: CST.Token | undefined;
  /** Of the key. */
  readonly props: string;
}

function parsePair({ key, sep, value, props }: Pair, column: number, state: State): Omit<Item, 'before'> {
  const parsedKey = parseKey(key, props, state);
  const around = parseBefore(sep, value, column, state);
  return { key: parsedKey, value: parseValue(value, around, column, state) };
}

/** What stands between a key or dash and its value. */
function parseBefore(
  tokens: readonly CST.SourceToken[],
  value: CST.Token | undefined,
  column: number,
  state: State,
): Before {
  let head: string | undefined;
  const props = walk(tokens, state, (text) => {
    // A second one stands behind an anchor on a line of its own.
    if (head === undefined) head = text;
    else state.pending.push({ text, column: column + 1 });
  });
  // Where there is no value, what is not indented is about what follows.
  const inner = value === undefined ? takeIndented(state, column + 1) : takeLines(state);
  return { props, head, inner: startOf(inner) };
}

function parseKey(token: CST.Token | null | undefined, props: string, state: State): Key {
  switch (token?.type) {
    case 'alias':
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar': {
      const key = textOf(token, state);
      walk(token.end ?? [], state);
      const isLine = !token.source.includes('\n');
      return { props, text: key.text, style: isLine ? key.style : 'quoted' };
    }
    case 'block-scalar': {
      walk(token.props, state);
      return { props, text: CST.resolveAsScalar(token)?.value ?? '', style: 'quoted' };
    }
    default:
      // Keys that are not text are refused before.
      return { props, text: '', style: 'quoted' };
  }
}

function parseFlow(token: CST.FlowCollection, before: Before, state: State): Collection {
  const kind = token.start.type === 'flow-map-start' ? 'map' : 'list';
  const items: Item[] = [];
  // A comment behind a comma is about what stands before the comma.
  const attach = (comment: string): void => {
    const last = items.at(-1);
    if (last === undefined || last.value.tail !== undefined) state.pending.push({ text: comment, column: 0 });
    else items[items.length - 1] = { ...last, value: { ...last.value, tail: comment } };
  };
  for (const { start, key, sep, value } of token.items) {
    const props = walk(start, state, attach);
    const isNothing = key === undefined && sep === undefined && value === undefined;
    if (isNothing && props === '') continue;
    const lines = takeComments(state);
    if (kind === 'list' && (sep === undefined || !isPair(start, sep))) {
      const only = value ?? key;
      if (sep !== undefined) walk(sep, state, attach);
      items.push({ before: lines, key: undefined, value: parseValue(only, { ...BARE, props }, -1, state) });
      continue;
    }
    const pair = parsePair({ key, sep: sep ?? [], value, props }, -1, state);
    if (kind === 'map') {
      items.push({ before: lines, ...pair });
    } else {
      const single = collection('map', true, [{ before: [], ...pair }], BARE, []);
      items.push({ before: lines, key: undefined, value: single });
    }
  }
  const end = takeComments(state);
  let tail: string | undefined;
  walk(token.end.slice(1), state, (comment) => (tail = comment));
  return { ...collection(kind, true, items, before, end), tail };
}

function isPair(start: readonly CST.SourceToken[], sep: readonly CST.SourceToken[]): boolean {
  return (
    sep.some(({ type }) => type === 'map-value-ind') || start.some(({ type }) => type === 'explicit-key-ind')
  );
}

/** Pending lines without the blank ones, which mean nothing between brackets. */
function takeComments(state: State): readonly Line[] {
  return takeLines(state).filter((line) => line !== '');
}

/** A collection; what stands above its first item is put before that item, so that it stays there. */
function collection(
  kind: Collection['kind'],
  flow: boolean,
  items: readonly Item[],
  { props, head, inner }: Before,
  end: readonly Line[],
): Collection {
  const [first, ...rest] = items;
  if (first === undefined)
    return { kind, flow, items, end: [], props, head, inner: [...inner, ...end], tail: undefined };
  const before = startOf([...inner, ...first.before]);
  return { kind, flow, items: [{ ...first, before }, ...rest], end, props, head, inner: [], tail: undefined };
}
