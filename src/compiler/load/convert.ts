// SPDX-License-Identifier: Apache-2.0
// YAML nodes to plain data. Whatever could make two readers understand a document differently is a diagnostic.

import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';
import type { Diagnostic, SourceRange } from '../../diagnostics/diagnostic.ts';
import type { SourceText } from './lines.ts';
import { trimmed } from './locate.ts';
import { bareMap } from './plain/bare-map.ts';
import {
  addPosition,
  aliasPosition,
  endPosition,
  newPositions,
  packPositions,
  type Positions,
  type PositionsBuilder,
  type Stretch,
} from './positions.ts';
import { LOAD_LIMITS } from './types.ts';

/** A document as plain data, and where its values stand. */
export interface Converted {
  readonly value: unknown;
  readonly positions: Positions;
  readonly diagnostics: readonly Diagnostic[];
}

/** Diagnostics of one document that are kept. A person corrects these first; a generated file may have a million. */
const MOST_DIAGNOSTICS = 100;

interface Anchor {
  /** Its number among the positions. */
  readonly entry: number;
  readonly value: unknown;
  /** Values in it, itself included, aliases followed. */
  readonly size: number;
}

interface State {
  readonly source: SourceText;
  readonly anchors: Map<string, Anchor | 'open'>;
  readonly positions: PositionsBuilder;
  readonly diagnostics: Diagnostic[];
  /** Values so far, aliases followed. */
  size: number;
}

const CORE_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((t) => `tag:yaml.org,2002:${t}`),
);

/** Converts the contents of a composed document without errors. Never throws. */
export function convertNode(root: Node, source: SourceText): Converted {
  const positions = newPositions(source.text, 16);
  const state: State = { source, anchors: new Map(), positions, diagnostics: [], size: 0 };
  const value = convert(root, undefined, 0, state);
  return { value, positions: packPositions(positions), diagnostics: state.diagnostics };
}

/** The value of a node; `key` is the key that it has in a map. */
function convert(node: unknown, key: Scalar<string> | undefined, depth: number, state: State): unknown {
  const keyStretch = key === undefined ? NO_KEY : stretchOf(key);
  const { start, end } = isNode(node) ? stretchOf(node) : key === undefined ? NOWHERE : keyStretch;
  const entry = addPosition(state.positions, start, end, keyStretch.start, keyStretch.end, key?.value);
  if (isAlias(node)) return follow(node, entry, state);
  state.size += 1;
  if (isScalar(node)) {
    checkTag(node, state);
    const value = scalarValue(node, state);
    if (node.anchor !== undefined) state.anchors.set(node.anchor, { entry, value, size: 1 });
    return value;
  }
  // A key without colon, between brackets, has no value.
  if (!isMap(node) && !isSeq(node)) return null;
  checkTag(node, state);
  if (depth >= LOAD_LIMITS.depth) {
    const message = `maps and lists are nested more than ${LOAD_LIMITS.depth} levels deep`;
    report(state, node, 'RTP1012', message, {
      fix: 'look for brackets or dashes that are opened again and again',
    });
    return null;
  }
  const before = state.size - 1;
  if (node.anchor !== undefined) state.anchors.set(node.anchor, 'open');
  const value = isSeq(node)
    ? node.items.map((item) => convert(item, undefined, depth + 1, state))
    : convertMap(node.items, depth, state);
  endPosition(state.positions, entry);
  if (node.anchor !== undefined) state.anchors.set(node.anchor, { entry, value, size: state.size - before });
  return value;
}

function convertMap(pairs: readonly Pair<unknown, unknown>[], depth: number, state: State): unknown {
  const value = bareMap();
  for (const pair of pairs) {
    const key = mapKey(pair, state);
    if (key === undefined) continue;
    const name = key.value;
    if (name in value) {
      const first = pairs.find((other) => isScalar(other.key) && other.key.value === name);
      report(state, key, 'RTP1011', `the key ${quote(key, name, state)} stands twice in one map`, {
        why: 'only one of the two values could count',
        fix: 'remove one of the two, or make a list of their values',
        related: [{ range: rangeOf(first?.key, state.source), message: 'first written here' }],
      });
      continue;
    }
    value[name] = convert(pair.value, key, depth + 1, state);
    checkColon(pair, state);
  }
  return value;
}

/** A key after a ? may stand alone. Of what stands below it without a colon, such as a list, the parser says nothing. */
function checkColon({ value, srcToken }: Pair<unknown, unknown>, state: State): void {
  if (value !== null) return;
  const left = srcToken?.value ?? srcToken?.sep?.find(({ type }) => type === 'anchor' || type === 'tag');
  if (left === undefined) return;
  add(state, {
    code: 'RTP1010',
    severity: 'error',
    range: state.source.range(left.offset, left.offset + 1),
    message: 'this does not belong to the key above it, and without a colon it is not its value',
    fix: 'write ": " before the value of a key that begins with "? "',
  });
}

/** The key of a map, if it is one that a document may have. */
function mapKey({ key, value, srcToken }: Pair<unknown, unknown>, state: State): Scalar<string> | undefined {
  if (!isScalar(key)) {
    const what = isAlias(key) ? 'an alias' : isMap(key) ? 'a map' : 'a list';
    report(state, key, 'RTP1013', `a key is ${what}, not text`, { fix: 'write the key as plain text' });
    return undefined;
  }
  checkTag(key, state);
  if (key.value === '<<' && key.type === 'PLAIN') {
    report(state, key, 'RTP1015', 'merge keys are not supported', {
      why: 'they are not part of YAML 1.2, and what they override is hard to see',
      fix: 'write the fields out, or use an alias for a whole value',
    });
    return undefined;
  }
  const hasColon = srcToken?.sep?.some(({ type }) => type === 'map-value-ind') === true;
  if (!hasText(key) && key.source !== undefined && key.source !== '' && value === null && !hasColon) {
    report(state, key, 'RTP1013', `${quote(key, key.source, state)} stands alone where a key must stand`, {
      why: 'a comma inside brackets ends the value before it',
      fix: 'put the whole value in quotes, or in brackets as a list',
    });
    return undefined;
  }
  if (!hasText(key)) {
    const written =
      key.source === undefined || key.source === ''
        ? 'empty'
        : `${typeName(key.value)} ${quote(key, key.source, state)}`;
    report(state, key, 'RTP1013', `a key is ${written}, not text`, {
      why: 'all names in a policy are text',
      fix: 'put the key in quotes',
    });
    return undefined;
  }
  if (key.value === '__proto__') {
    report(state, key, 'RTP1020', 'the key "__proto__" is not allowed', {
      why: 'the name has a meaning of its own in programs that read YAML and JSON',
      fix: 'choose another name',
    });
    return undefined;
  }
  return key;
}

function hasText(key: Scalar): key is Scalar<string> {
  return typeof key.value === 'string';
}

function typeName(value: unknown): string {
  return value === null ? 'the null' : typeof value === 'number' ? 'the number' : 'the truth value';
}

function scalarValue(node: Scalar, state: State): unknown {
  const { value, source } = node;
  if (typeof value !== 'number') return value;
  const written = (): string => quote(node, source ?? String(value), state);
  if (!Number.isFinite(value)) {
    report(state, node, 'RTP1017', `the number ${written()} is not finite`, {
      fix: 'write a number, or put it in quotes if it is text',
    });
  } else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    report(state, node, 'RTP1017', `the number ${written()} is too large to be kept exactly`, {
      why: `beyond ${Number.MAX_SAFE_INTEGER} neighbouring numbers become equal`,
      fix: 'put it in quotes if it is text',
    });
  } else if (source !== undefined && /^[-+]?0[0-9]/.test(source)) {
    report(state, node, 'RTP1017', `the number ${written()} begins with a zero`, {
      why: 'some programs read it as octal and others as decimal',
      fix: written().includes('*')
        ? 'remove the zero, or put the number in quotes if it is text'
        : `write ${value}, or 0o${source.replace(/^[-+]?0+/, '')} if octal is meant, or put it in quotes if it is text`,
    });
  }
  return value;
}

/** The value of an alias is the value of its anchor, shared; its size is counted again, so that bombs do not go off later. */
function follow(alias: Alias, entry: number, state: State): unknown {
  const anchor = state.anchors.get(alias.source);
  if (anchor === undefined || anchor === 'open') {
    const name = quote(alias, `*${alias.source}`, state);
    const message =
      anchor === undefined
        ? `the alias ${name} has no anchor before it`
        : `the alias ${name} is inside its own anchor`;
    report(state, alias, 'RTP1016', message, {
      fix: anchor === undefined ? 'define the anchor further up in the same document' : 'write the value out',
    });
    return null;
  }
  const before = state.size;
  state.size += anchor.size;
  aliasPosition(state.positions, entry, anchor.entry);
  if (state.size <= LOAD_LIMITS.expanded) return anchor.value;
  if (before <= LOAD_LIMITS.expanded) {
    report(
      state,
      alias,
      'RTP1016',
      `the aliases of this document stand for more than ${LOAD_LIMITS.expanded} values`,
      {
        why: 'a few lines of nested aliases can stand for billions of values',
        fix: 'write out what is nested',
      },
    );
  }
  return null;
}

function checkTag(node: Node & { readonly tag?: string | undefined }, state: State): void {
  if (node.tag === undefined || CORE_TAGS.has(node.tag) || node.tag === '!') return;
  report(state, node, 'RTP1014', `${tagName(node, node.tag, state.source)} is not understood`, {
    why: 'a tag changes what a value is',
    fix: 'remove the tag and write the plain value',
  });
}

/** Farther from its value than this, a tag is not looked for. */
const MOST_BEFORE_VALUE = 1000;

/** How a message names a tag. The parser says where the value begins, and not where the tag does, which may be the secret of a field. */
function tagName(node: Node, tag: string, source: SourceText): string {
  const written = tag.replace('tag:yaml.org,2002:', '!!');
  const { start } = stretchOf(node);
  const from = Math.max(0, start - MOST_BEFORE_VALUE);
  const at = source.text.slice(from, start).lastIndexOf(written);
  return at === -1 ? 'a tag' : `the tag ${source.quote(from + at, from + at + written.length)}`;
}

/** How a message quotes the value of a node. */
function quote(node: Node, value: string, { source }: State): string {
  const { start, end } = stretchOf(node);
  return source.quote(start, end, value);
}

function report(
  state: State,
  node: unknown,
  code: Diagnostic['code'],
  message: string,
  rest: Pick<Diagnostic, 'why' | 'fix' | 'related'>,
): void {
  add(state, { code, severity: 'error', range: rangeOf(node, state.source), message, ...rest });
}

function add(state: State, diagnostic: Diagnostic): void {
  if (state.diagnostics.length < MOST_DIAGNOSTICS) state.diagnostics.push(diagnostic);
}

/** The range of a node, to report on it. */
function rangeOf(node: unknown, source: SourceText): SourceRange {
  return trimmed(isNode(node) ? stretchOf(node) : NOWHERE, source);
}

function stretchOf(node: Node): Stretch {
  return node.range == null ? NOWHERE : { start: node.range[0], end: node.range[1] };
}

const NOWHERE: Stretch = { start: 0, end: 0 };
const NO_KEY: Stretch = { start: -1, end: -1 };
