// SPDX-License-Identifier: Apache-2.0
// A fast reader for the YAML that policies are written in: maps and lists in lines or brackets, plain and quoted text on one
// line, blocks of text, comments and several documents. What it reads, it reads as the `yaml` package does, positions included;
// what it is not sure of, it does not read at all. It has no diagnostics: whatever could be wrong is for the other reader to say.

import { newPositions, packPositions, type Positions } from '../positions.ts';
import { readRoot } from './blocks.ts';
import { type Cursor, finishLine, giveUp, isSeparator, NotPlain, toContent } from './cursor.ts';

export interface PlainDocument {
  /** Position in its file, counted from 0, empty documents included. */
  readonly index: number;
  readonly value: unknown;
  /** The entry of the document among the positions of the file. */
  readonly root: number;
}

export interface PlainFile {
  /** Without empty ones. */
  readonly documents: readonly PlainDocument[];
  /** With empty ones. */
  readonly count: number;
  readonly positions: Positions;
  /** At least as many as the lexical parts of the text. */
  readonly parts: number;
}

const LETTERS_OF_A_VALUE = 14;

/** The documents of a text that has no characters that YAML does not allow; undefined when it is not of the simple kind. */
export function readPlain(text: string): PlainFile | undefined {
  // Tabs and Windows line ends may mean something, or nothing, wherever they stand.
  if (text.includes('\t') || text.includes('\r')) return undefined;
  // A line of a policy has a value and about as many letters as this.
  const positions = newPositions(text, text.length / LETTERS_OF_A_VALUE + 4);
  const cursor: Cursor = { text, positions, at: 0, column: -1, commented: false, end: 0, parts: 2 };
  try {
    return { ...readDocuments(cursor), positions: packPositions(positions), parts: cursor.parts };
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

function readDocuments(cursor: Cursor): Pick<PlainFile, 'documents' | 'count'> {
  const documents: PlainDocument[] = [];
  let index = 0;
  const readDocument = (): void => {
    const root = cursor.positions.count;
    documents.push({ index, value: readRoot(cursor), root });
    if (cursor.column !== -1) giveUp();
  };
  toContent(cursor);
  if (cursor.column !== -1) {
    readDocument();
    index++;
  }
  while (isSeparator(cursor.text, cursor.at)) {
    cursor.at += 3;
    cursor.parts++;
    finishLine(cursor);
    if (cursor.column !== -1) readDocument();
    index++;
  }
  return { documents, count: index };
}
