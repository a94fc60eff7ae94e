// SPDX-License-Identifier: Apache-2.0
// Offsets in a text to lines and columns.

import type { Position, SourceRange } from '../../diagnostics/diagnostic.ts';
import { maskSource } from '../../terminal/secrets.ts';
import { quoted } from '../../terminal/visible.ts';

/** A file's text and where its lines begin. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** The range from one offset to another, in UTF-16 code units; offsets beyond the text are its end. */
  readonly range: (start: number, end: number) => SourceRange;
  /**
   * How a message quotes what is written from one offset to another: as `value`, which is the text itself unless given. Where the excerpt
   * hides a part of it as a secret, so does the quote.
   */
  readonly quote: (start: number, end: number, value?: string) => string;
}

/** Prepares a text for look-ups. The lines are counted at the first look-up: most files have no diagnostics. */
export function sourceText(file: string, text: string): SourceText {
  let starts: readonly number[] | undefined;
  let masked: string | undefined;
  const position = (offset: number): Position => {
    starts ??= lineStarts(text);
    const at = Math.min(Math.max(offset, 0), text.length);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (starts[low] ?? 0) + 1 };
  };
  return {
    file,
    text,
    range: (start, end) => ({ file, start: position(start), end: position(Math.max(start, end)) }),
    quote: (start, end, value) => {
      const written = text.slice(start, end);
      const shown = (masked ??= maskSource(text)).slice(start, end);
      return quoted(shown === written ? (value ?? written) : shown);
    },
  };
}

/** A stretch of a text as a text of its own, whose positions are those in the whole. */
export function partOf(source: SourceText, from: number, to: number): SourceText {
  return {
    file: source.file,
    text: source.text.slice(from, to),
    range: (start, end) => source.range(from + start, from + end),
    quote: (start, end, value) => source.quote(from + start, from + end, value),
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}
