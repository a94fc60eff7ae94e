// SPDX-License-Identifier: Apache-2.0
// Where the reading of tokens has come to: the lines of comments that no value has taken yet.

import { CST } from 'yaml';
import { lexicalParts } from '../compiler/load/tokens.ts';
import type { Line } from './tree.ts';

interface PendingLine {
  readonly text: Line;
  /** Where the comment begins on its line; of a blank line nothing. */
  readonly column: number | undefined;
}

interface Comment {
  readonly text: string;
  readonly offset: number;
}

export interface State {
  readonly source: string;
  /** All comments, as far as no token of the parser has had them. */
  readonly unseen: Map<number, Comment>;
  pending: PendingLine[];
  hasAlias: boolean;
}

export function newState(source: string): State {
  const unseen = new Map(commentsOf(source).map((comment) => [comment.offset, comment]));
  return { source, unseen, pending: [], hasAlias: false };
}

/** The comments of a text, in order. */
export function commentsOf(source: string): readonly Comment[] {
  if (!source.includes('#')) return [];
  const comments: Comment[] = [];
  let offset = 0;
  let isScalar = false;
  for (const part of lexicalParts(source)) {
    if (!isScalar && part.startsWith('#')) comments.push({ text: part.replace(/[ \t]+$/, ''), offset });
    isScalar = !isScalar && part === CST.SCALAR;
    if (!isScalar && part !== CST.DOCUMENT && part !== CST.FLOW_END) offset += part.length;
  }
  return comments;
}

/**
 * Makes the comments before an offset pending that the parser has left out: between a key without a value and a `---` it loses what
 * stands below the first line.
 */
export function recoverLines(state: State, offset: number): void {
  for (const comment of state.unseen.values()) {
    if (comment.offset >= offset) return;
    state.unseen.delete(comment.offset);
    if (/\n[ \t]*\n[ \t]*$/.test(state.source.slice(Math.max(0, comment.offset - 200), comment.offset)))
      addBlank(state);
    state.pending.push({ text: comment.text, column: columnAt(comment.offset, state) ?? 0 });
  }
}

/**
 * Reads tokens that are not values: comments on lines of their own and blank lines become pending; a comment behind something goes to
 * `attach`, or becomes pending without one.
 *
 * @returns anchors and tags among the tokens, parted by spaces
 */
export function walk(tokens: readonly CST.Token[], state: State, attach?: (comment: string) => void): string {
  const props: string[] = [];
  for (const token of tokens) {
    if (token.type === 'anchor' || token.type === 'tag') props.push(token.source);
    if (token.type === 'newline') {
      if (columnAt(token.offset, state) !== undefined) addBlank(state);
    } else if (token.type === 'comment') {
      state.unseen.delete(token.offset);
      const column = columnAt(token.offset, state);
      const text = token.source.replace(/[ \t]+$/, '');
      if (column === undefined && attach !== undefined) attach(text);
      else state.pending.push({ text, column: column ?? 0 });
    }
  }
  return props.join(' ');
}

/** The column of an offset, from 0, if there is nothing but white space before it on its line. */
function columnAt(offset: number, { source }: State): number | undefined {
  let start = offset;
  while (start > 0 && (source[start - 1] === ' ' || source[start - 1] === '\t')) start--;
  return start === 0 || source[start - 1] === '\n' ? offset - start : undefined;
}

/** At most one blank line after another. */
export function addBlank(state: State): void {
  if (state.pending.at(-1)?.text !== '') state.pending.push({ text: '', column: undefined });
}

/** All pending lines. */
export function takeLines(state: State): readonly Line[] {
  const lines = state.pending.map(({ text }) => text);
  state.pending = [];
  return lines;
}

/**
 * The pending lines that belong to what begins at a column or further right: up to the first comment that is further left. Blank
 * lines at the end stay pending: they part it from what follows.
 */
export function takeIndented(state: State, column: number): readonly Line[] {
  let count = 0;
  for (const [i, line] of state.pending.entries()) {
    if (line.column === undefined) continue;
    if (line.column < column) break;
    count = i + 1;
  }
  return state.pending.splice(0, count).map(({ text }) => text);
}

/** Lines without blank ones at their beginning. */
export function startOf(lines: readonly Line[]): readonly Line[] {
  return lines[0] === '' ? lines.slice(1) : lines;
}

/** Lines without blank ones at their end. */
export function endOf(lines: readonly Line[]): readonly Line[] {
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Lines after lines, with at most one blank line between them. */
export function joinLines(above: readonly Line[], below: readonly Line[]): readonly Line[] {
  return above.at(-1) === '' ? [...above, ...startOf(below)] : [...above, ...below];
}
