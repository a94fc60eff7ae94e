// SPDX-License-Identifier: Apache-2.0
// The tokens of a text to its tree. Comments are not taken from where the parser keeps them, which varies, but from where
// they stand in the text: behind something on its line, or on a line of their own.

import type { CST } from 'yaml';
import { tokensOf } from '../compiler/load/tokens.ts';
import {
  addBlank,
  endOf,
  joinLines,
  newState,
  recoverLines,
  startOf,
  type State,
  takeLines,
  walk,
} from './parse-state.ts';
import { parseValue } from './parse-value.ts';
import { BARE, type Line, type Tree, type TreeDocument } from './tree.ts';

/**
 * The tree of a text that the load stage accepted: it is well-formed, its keys are texts, and its nesting is bounded. The text has no byte order
 * mark, and its lines end in LF.
 */
export function parseTree(text: string): Tree {
  const state = newState(text);
  const comments = [...state.unseen.values()].map((comment) => comment.text);
  const documents: TreeDocument[] = [];
  let directives: string[] = [];
  for (const token of tokensOf(text)) {
    switch (token.type) {
      case 'directive':
        directives.push(token.source.trimEnd());
        break;
      case 'document':
        // Without directives, what stands above a --- stands below the document before it.
        recoverLines(state, token.offset);
        if (directives.length === 0 && documents.length > 0) addToEnd(documents, takeLines(state));
        documents.push(parseDocument(token, directives, state));
        directives = [];
        break;
      case 'doc-end':
        walk(token.end ?? [], state);
        break;
      case 'comment':
      case 'newline':
        walk([token], state);
        break;
      default:
    }
  }
  const rest = endOf(takeLines(state));
  if (rest.length > 0) {
    if (documents.length === 0) documents.push({ ...NO_DOCUMENT, before: rest });
    else addToEnd(documents, rest);
  }
  return { documents, comments };
}

/** Adds lines below the last document. */
function addToEnd(documents: TreeDocument[], lines: readonly Line[]): void {
  const last = documents.pop();
  if (last !== undefined) documents.push({ ...last, end: endOf(joinLines(last.end, lines)) });
}

const NO_DOCUMENT: TreeDocument = {
  directives: [],
  before: [],
  marked: false,
  markerComment: undefined,
  lead: [],
  value: { kind: 'empty', ...BARE },
  end: [],
  hasAlias: false,
};

function parseDocument(token: CST.Document, directives: readonly string[], state: State): TreeDocument {
  state.hasAlias = false;
  const before = takeLines(state);
  let markerComment: string | undefined;
  const marked = token.start.some(({ type }) => type === 'doc-start');
  const props = walk(token.start, state, (text) => {
    if (marked && markerComment === undefined) markerComment = text;
    else state.pending.push({ text, column: 0 });
  });
  const lead = startOf(takeLines(state));
  const value = parseValue(token.value, { ...BARE, props }, -1, state);
  walk(token.end ?? [], state);
  const lines = takeLines(state);
  const end = endOf(lines);
  // Comments that follow are no part of the token.
  if (end.length < lines.length) addBlank(state);
  return { directives, before, marked, markerComment, lead, value, end, hasAlias: state.hasAlias };
}
