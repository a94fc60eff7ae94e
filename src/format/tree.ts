// SPDX-License-Identifier: Apache-2.0
// A YAML text with everything a person wrote in it: values, the way they are written, comments, blank lines. The library's own
// printer joins the lines of folded texts, moves comments to other lines and pads all brackets alike, so that what the formatter
// prints is kept here. Building it is the matter of parse-tree.ts, printing it that of print.ts.

/** A comment with its `#`, or the empty text for a blank line. */
export type Line = string;

/** A file. */
export interface Tree {
  readonly documents: readonly TreeDocument[];
  /** Every comment, in order. */
  readonly comments: readonly string[];
}

export interface TreeDocument {
  /** Lines that begin with %. */
  readonly directives: readonly string[];
  /** Above the `---`, or above the contents where there is none. */
  readonly before: readonly Line[];
  /** Whether the document begins with `---`. */
  readonly marked: boolean;
  /** The comment on the line of the `---`. */
  readonly markerComment: string | undefined;
  /** Between the `---` and the contents. */
  readonly lead: readonly Line[];
  readonly value: Value;
  /** Below the contents. */
  readonly end: readonly Line[];
  /** Whether a value is an alias: then the order of fields has a meaning. */
  readonly hasAlias: boolean;
}

/** What can stand around any value. */
interface Around {
  /** Anchor and tag as written, or empty. */
  readonly props: string;
  /** The comment on the line of the key or dash, where the value begins further down, and that of a block text's header. */
  readonly head: string | undefined;
  /** Between the key or dash and the value, on lines of their own. */
  readonly inner: readonly Line[];
  /** The comment behind the value. */
  readonly tail: string | undefined;
}

/** Nothing at all after a key or dash. */
export interface EmptyValue extends Around {
  readonly kind: 'empty';
}

/** A text, number, truth value, null or alias. */
export interface ScalarValue extends Around {
  readonly kind: 'scalar';
  /** `verbatim` is plain text and aliases: what it is depends on how it is written. */
  readonly style: 'verbatim' | 'quoted';
  /** As written, without white space around the lines. */
  readonly lines: readonly string[];
  /** The text that is meant; of an alias its name. */
  readonly text: string;
}

/** A text that begins with `|` or `>`. */
export interface BlockValue extends Around {
  readonly kind: 'block';
  readonly sign: '|' | '>';
  readonly chomp: '' | '-' | '+';
  /** Without indentation. */
  readonly lines: readonly string[];
}

export interface Collection extends Around {
  readonly kind: 'map' | 'list';
  /** Whether it is written in brackets. */
  readonly flow: boolean;
  readonly items: readonly Item[];
  /** After the last item. */
  readonly end: readonly Line[];
}

export type Value = EmptyValue | ScalarValue | BlockValue | Collection;

/** An entry of a map, with a key, or of a list. */
export interface Item {
  readonly before: readonly Line[];
  readonly key: Key | undefined;
  readonly value: Value;
}

export interface Key {
  readonly props: string;
  readonly style: 'verbatim' | 'quoted';
  readonly text: string;
}

/** Nothing around a value. */
export const BARE: Around = { props: '', head: undefined, inner: [], tail: undefined };

/** Every comment in and around a value, in order. */
export function* commentsOf(value: Value): Generator<string> {
  if (value.head !== undefined) yield value.head;
  yield* value.inner.filter(isComment);
  if (value.kind === 'map' || value.kind === 'list') {
    for (const item of value.items) {
      yield* item.before.filter(isComment);
      yield* commentsOf(item.value);
    }
    yield* value.end.filter(isComment);
  }
  if (value.tail !== undefined) yield value.tail;
}

function isComment(line: Line): boolean {
  return line !== '';
}

/** The value one step below a value. */
export function itemAt(value: Value, step: string | number): Item | undefined {
  if (value.kind === 'list') return typeof step === 'number' ? value.items[step] : undefined;
  return value.kind === 'map' ? value.items.find(({ key }) => key?.text === step) : undefined;
}
