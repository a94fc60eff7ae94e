// SPDX-License-Identifier: Apache-2.0
// What the YAML parser finds, in plain words.

import {
  type Document,
  type ErrorCode,
  isCollection,
  isScalar,
  type Node,
  visit,
  type YAMLError,
} from 'yaml';
import { characterName } from '../../diagnostics/characters.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SourceText } from './lines.ts';

/** Diagnostics of one document that are shown: what follows the first few is mostly their echo. */
const MOST_DIAGNOSTICS = 5;

interface Words {
  readonly message: string;
  readonly fix: string;
}

const WORDS: Readonly<Partial<Record<ErrorCode, Words>>> = {
  ALIAS_PROPS: {
    message: 'an alias has an anchor or a tag of its own',
    fix: 'remove the anchor or tag before the alias',
  },
  BAD_ALIAS: {
    message: 'an anchor or alias has no usable name',
    fix: 'write letters or digits after the & or *',
  },
  BAD_COLLECTION_TYPE: {
    message: 'a tag does not fit the map or list that follows it',
    fix: 'remove the tag',
  },
  BAD_DIRECTIVE: {
    message: 'a line that begins with % is not a directive of YAML',
    fix: 'remove the line, or put the text in quotes',
  },
  BAD_DQ_ESCAPE: {
    message: 'a backslash in double quotes begins no known escape',
    fix: 'write the backslash twice, or use single quotes',
  },
  BAD_INDENT: {
    message: 'the indentation fits none of the lines above',
    fix: 'give all entries of one map or list the same number of spaces',
  },
  BAD_PROP_ORDER: {
    message: 'an anchor or tag is in the wrong position',
    fix: 'write it directly before the value, after the dash or colon',
  },
  BAD_SCALAR_START: {
    message: 'a value begins with a character that has a meaning in YAML',
    fix: 'put the value in quotes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'there is a map or list where a key or a one-line value must be',
    fix: 'put a value that has ": " in it in quotes, or begin the map on a new line with more indentation',
  },
  BLOCK_IN_FLOW: {
    message: 'a value inside brackets continues on another line',
    fix: 'close the brackets first, or write the value in one line',
  },
  KEY_OVER_1024_CHARS: {
    message: 'a key is longer than 1024 characters',
    fix: 'check that no quote or line break is missing',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'this is not a key followed by a colon, and does not belong to the value above',
    fix: 'write "key: value", with a space after the colon, or indent what belongs to the value above',
  },
  MULTIPLE_ANCHORS: { message: 'a value has two anchors', fix: 'keep one of them' },
  MULTIPLE_TAGS: { message: 'a value has two tags', fix: 'keep one of them' },
  TAB_AS_INDENT: { message: 'a tab is used for indentation', fix: 'indent with spaces' },
};

/**
 * Diagnostics for the errors of one document, in the order of the text. One line gives one diagnostic: what the parser
 * says further along on it is mostly the echo of the first. Positions count from the beginning of the text.
 */
export function yamlDiagnostics(document: Document.Parsed, source: SourceText): readonly Diagnostic[] {
  const errors = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  const diagnostics: Diagnostic[] = [];
  const lines = new Set<number>();
  let opened: OpenedBefore | undefined;
  const openedBefore: OpenedBefore = (offset) => (opened ??= indexOpened(document, source.text))(offset);
  for (const error of errors) {
    if (diagnostics.length === MOST_DIAGNOSTICS) break;
    const reported = source.range(...error.pos).start.line;
    if (lines.has(reported)) continue;
    const diagnostic = yamlDiagnostic(error, openedBefore, source);
    const { line } = diagnostic.range.start;
    const isEcho = lines.has(line);
    lines.add(line).add(reported);
    if (isEcho) continue;
    diagnostics.push(diagnostic);
    // The parser has lost its way: it says the same of everything that follows.
    if (error.code === 'UNEXPECTED_TOKEN') break;
  }
  return diagnostics;
}

/** Letters of a range that are worth looking at: of a line, a message shows fewer. */
const MOST_QUOTED = 1000;

function yamlDiagnostic(error: YAMLError, openedBefore: OpenedBefore, source: SourceText): Diagnostic {
  const [start, end] = error.pos;
  const [line = ''] = source.text.slice(start, Math.min(end, start + MOST_QUOTED)).split('\n', 1);
  const written = source.quote(start, start + line.length);
  const at = { severity: 'error', range: source.range(start, end) } as const;
  if (error.code === 'TAG_RESOLVE_FAILED') {
    return {
      ...at,
      code: 'RTP1014',
      message: `the tag ${written} does not fit its value, or is not understood`,
      why: 'a tag changes what a value is',
      fix: 'remove the tag and write the plain value',
    };
  }
  const indented = oddIndentation(start, source.text);
  if (indented !== undefined) {
    return {
      ...at,
      range: source.range(indented, indented + 1),
      code: 'RTP1010',
      message: `the line begins with ${characterName(source.text.charAt(indented))}, which only looks like a space`,
      fix: 'indent with ordinary spaces (U+0020)',
    };
  }
  const opened = openedBefore(start);
  const sign = source.text.charAt(opened ?? source.text.length);
  const isBracket = BRACKETS.includes(sign);
  if (opened !== undefined && /^Unexpected .* at node end/.test(error.message)) {
    return {
      ...at,
      code: 'RTP1010',
      message: `${written} cannot follow ${isBracket ? 'a value inside brackets' : 'text in quotes'}`,
      fix: isBracket ? 'put the whole value in quotes' : 'put the quotes around the whole text',
    };
  }
  if (isBracket && /^-\s/.test(source.text.slice(start, start + 2))) {
    return {
      ...at,
      code: 'RTP1010',
      message: 'there is a dash inside brackets',
      fix: 'remove it: entries inside brackets are separated by commas',
    };
  }
  if (error.code === 'BLOCK_IN_FLOW' && isBracket && !source.text.slice(opened, end).includes('\n')) {
    return {
      ...at,
      code: 'RTP1010',
      message: `${written} cannot follow a value inside brackets`,
      fix: 'put a comma before it, or the whole value in quotes',
    };
  }
  if (opened !== undefined && UNCLOSED.test(error.message)) {
    return {
      code: 'RTP1010',
      severity: 'error',
      range: source.range(opened, opened + 1),
      message: `the ${isBracket ? 'bracket' : 'quote'} ${sign} that is opened here is not closed`,
      fix: isBracket
        ? 'close it where the map or list ends, and indent all lines inside further than the key before it'
        : 'close it where the text ends',
      related: [{ range: at.range, message: 'it must be closed before this position' }],
    };
  }
  const deeper = error.code === 'BLOCK_AS_IMPLICIT_KEY' ? deeperLine(start, source.text) : undefined;
  if (deeper !== undefined) {
    return {
      ...at,
      range: source.range(...deeper),
      code: 'RTP1010',
      message: 'the line is indented further than the key above it, which has a value already',
      fix: 'give it the indentation of that key',
    };
  }
  return { ...at, code: 'RTP1010', ...(WORDS[error.code] ?? specific(error, written)) };
}

/** Letters of a line that are looked at. */
const MOST_OF_LINE = 1000;

/** The offset of a character among those that a line, or the one before it, begins with that looks like a space and is none. */
function oddIndentation(offset: number, text: string): number | undefined {
  const start = lineStart(offset, text);
  for (const line of start === 0 ? [0] : [lineStart(start - 1, text), start]) {
    const [before] = /^[ \t]*(?=[^\S \t\r\n])/.exec(text.slice(line, line + MOST_OF_LINE)) ?? [];
    if (before !== undefined) return line + before.length;
  }
  return undefined;
}

function lineStart(offset: number, text: string): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** The key of the line after a value, where the parser took that line for more of the value. */
function deeperLine(value: number, text: string): readonly [number, number] | undefined {
  const line = text.indexOf('\n', value) + 1;
  if (line === 0 || /:(?:\s|$)/.test(text.slice(value, line))) return undefined;
  const match = /^( +)((?:- +)?[^\s#:][^\n:]*):(?=\s|$)/.exec(text.slice(line, line + MOST_OF_LINE));
  const [, spaces = '', key = ''] = match ?? [];
  return match === null ? undefined : [line + spaces.length, line + spaces.length + key.length];
}

/** Errors about brackets and quotes that the parser reports where it gave up and people look for where they begin. */
const UNCLOSED = /closing ['"]quote|must be sufficiently indented|must end with a|end with a [}\]]/i;

const BRACKETS = ['[', '{'];

/** The offset of the innermost quote or bracket that is open at an offset. */
type OpenedBefore = (offset: number) => number | undefined;

interface Opened {
  readonly start: number;
  readonly end: number;
  /** What it stands in. */
  readonly outer: Opened | undefined;
}

/** Looks at the document once: a line may have as many errors as letters. */
function indexOpened(document: Document.Parsed, text: string): OpenedBefore {
  const all: Opened[] = [];
  const around = (last: Opened | undefined, offset: number): Opened | undefined => {
    let found = last;
    while (found !== undefined && found.end < offset) found = found.outer;
    return found;
  };
  visit(document, {
    Node: (_key, node: Node) => {
      if (node.range == null) return;
      const [start, , end] = node.range;
      // A pair in a list is a map that has no brackets of its own.
      const opens = isCollection(node)
        ? node.flow === true && BRACKETS.includes(text.charAt(start))
        : isScalar(node) && (node.type ?? '').startsWith('QUOTE');
      if (!opens) return;
      all.push({ start, end, outer: around(all.at(-1), end) });
    },
  });
  return (offset) => {
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.start ?? offset) < offset) low = middle + 1;
      else high = middle;
    }
    return around(all[low - 1], offset)?.start;
  };
}

/** The parser has one code for all that is missing or superfluous; its text tells which. */
function specific(error: YAMLError, written: string): Words {
  const text = error.message;
  if (text.startsWith('Missing ,'))
    return { message: 'a comma is missing between two entries', fix: 'add the comma' };
  if (text.startsWith('Missing space after :'))
    return { message: 'a colon has no space after it', fix: 'add the space' };
  if (text.startsWith('Comments must be separated')) {
    return {
      message: 'a comment begins directly after a value',
      fix: 'put a space before the #, or the value in quotes',
    };
  }
  if (/followed by map values/.test(text)) {
    return {
      message: 'a key has no colon after it',
      fix: 'write "key: value", with a space after the colon',
    };
  }
  if (text.startsWith('Sequence item without')) {
    return {
      message: 'an entry of a list has no dash',
      fix: 'begin the line with a dash and a space, or indent it differently',
    };
  }
  if (/directives-end/.test(text)) {
    return {
      message: 'the line --- is missing, or is followed by text that must begin on the next line',
      fix: 'write --- on a line of its own',
    };
  }
  if (/(end|ind) token in YAML|^Unexpected , in|empty item/.test(text)) {
    return {
      message: `${written} belongs to nothing`,
      fix: 'remove it, or add what should be before it',
    };
  }
  return {
    message: `${written} does not belong to the lines above it`,
    fix: 'check the indentation of this line, and the dash, colon or quote of the line above',
  };
}
