// SPDX-License-Identifier: Apache-2.0
// What is written in other languages, and how it is in CEL.

import { placeholderWords, TEMPLATE_TAG } from '../diagnostics/placeholders.ts';
import { quoted } from '../terminal/visible.ts';
import type { CelProblem } from './types.ts';

const WORDS: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!', is: '==' };
const OPERATORS: Readonly<Record<string, string>> = {
  '=': '==',
  '===': '==',
  '=>': '>=',
  '=<': '<=',
  '=!': '!=',
  '<>': '!=',
  '&': '&&',
  '|': '||',
};
const QUOTES: ReadonlySet<string> = new Set('“”„‘’‚«»´`');

/** The slip at an offset that could not be parsed; undefined when it is none of the usual ones. */
export function slipAt(text: string, offset: number, names: readonly string[]): CelProblem | undefined {
  const placeholder = placeholderAt(text, offset);
  if (placeholder !== undefined) return placeholder;
  const sign = text.charAt(offset);
  if (QUOTES.has(sign)) {
    return problem(offset, offset + 1, `CEL has no quotes like ${quoted(sign)}: texts stand in " or '`);
  }
  const name = around(text, offset, /[\w.:]/);
  if (sign === ':' && name.end - name.start > 1) {
    const written = text.slice(name.start, name.end);
    const dotted = written.replaceAll(':', '.');
    const isKnown = names.includes(dotted.split('.', 1)[0] ?? '');
    return {
      ...problem(name.start, name.end, `a field stands after a dot: ${quoted(written)} has a colon`),
      ...(isKnown && { suggestion: dotted }),
    };
  }
  for (const [at, known] of [
    [around(text, offset, /[a-zA-Z]/), WORDS],
    [around(text, offset, /[=<>!&|]/), OPERATORS],
  ] as const) {
    const written = text.slice(at.start, at.end).toLowerCase();
    if (Object.hasOwn(known, written)) {
      const message = `CEL has no ${quoted(text.slice(at.start, at.end))}`;
      return { ...problem(at.start, at.end, message), suggestion: known[written] ?? '' };
    }
  }
  return undefined;
}

/** A template's tag that the parser stumbled over: it may have taken the first brackets for maps. */
function placeholderAt(text: string, offset: number): CelProblem | undefined {
  for (const { 0: tag, index } of text.matchAll(new RegExp(TEMPLATE_TAG, 'g'))) {
    const end = index + tag.length;
    if (index > offset) return undefined;
    if (end < offset) continue;
    const { message, fix } = placeholderWords(tag);
    return { ...problem(index, end, message), fix };
  }
  return undefined;
}

function problem(start: number, end: number, message: string): CelProblem {
  return { kind: 'syntax', message, start, end };
}

/** The letters of a kind around an offset. */
function around(
  text: string,
  offset: number,
  letter: RegExp,
): { readonly start: number; readonly end: number } {
  let start = offset;
  let end = offset;
  while (start > 0 && letter.test(text.charAt(start - 1))) start--;
  while (end < text.length && letter.test(text.charAt(end))) end++;
  return { start, end };
}
