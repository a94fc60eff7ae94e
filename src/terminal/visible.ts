// SPDX-License-Identifier: Apache-2.0
// Characters that cannot be seen, or that a terminal acts on, as text.

import { maskSecrets } from './secrets.ts';

/** Control characters but tab, those that change the direction of writing, and those that have no glyph. */
const INVISIBLE = /(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const WIDE =
  /[\p{Emoji_Presentation}\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}\p{Script_Extensions=Hangul}\uff01-\uff60]/u;

/** The text with everything that a terminal would act on written as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/** JSON in which the same characters are escaped, line breaks aside; it means the same. */
export function visibleJson(text: string): string {
  return text.replace(INVISIBLE, (c) =>
    c === '\n'
      ? c
      : c
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

/** Blank space as wide as the text is on a terminal; tabs stay tabs, so that what follows stays aligned. */
export function blank(text: string): string {
  let out = '';
  for (const c of text) out += c === '\t' ? c : ' '.repeat(charWidth(c));
  return out;
}

/** Columns of a terminal that a text without tabs takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const c of text) width += charWidth(c);
  return width;
}

function charWidth(c: string): number {
  if (c >= ' ' && c <= '~') return 1;
  if (/\p{M}/u.test(c)) return 0;
  return WIDE.test(c) ? 2 : 1;
}

/** More of a text than this is not looked at for secrets, as no more than 60 characters of it are shown. */
const MOST_LOOKED_AT = 2000;

/** A value as a message quotes it: in double quotes, visible, without secrets, and cut to at most 60 characters. */
export function quoted(text: string): string {
  const safe = maskSecrets(text.slice(0, MOST_LOOKED_AT));
  const short = safe.length > 60 ? `${safe.slice(0, 59)}…` : safe;
  return `"${visible(short)}"`;
}
