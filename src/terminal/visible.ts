// SPDX-License-Identifier: Apache-2.0
// Text of a policy on its way to a terminal. A policy may come from somebody else's branch: what it says must not be
// able to move the cursor, change colours or reverse the order of letters.

import { maskSecrets } from './secrets.ts';

/** Control characters but tab, and the characters that change the direction of writing. */
const INVISIBLE = /(?!\t)[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const WIDE =
  /[\p{Emoji_Presentation}\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}\p{Script_Extensions=Hangul}\uff01-\uff60]/u;

/** The text with everything that a terminal would act on written as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Blank space as wide as the text is on a terminal; tabs stay tabs, so that what follows stays aligned. */
export function blank(text: string): string {
  let out = '';
  for (const c of text) {
    if (c === '\t') out += '\t';
    else if (/\p{M}/u.test(c)) continue;
    else out += WIDE.test(c) ? '  ' : ' ';
  }
  return out;
}

/** More of a text than this is not looked at for secrets, as no more than 60 characters of it are shown. */
const MOST_LOOKED_AT = 2000;

/** A value as a message quotes it: in double quotes, visible, without secrets, and cut to at most 60 characters. */
export function quoted(text: string): string {
  const safe = maskSecrets(text.slice(0, MOST_LOOKED_AT));
  const short = safe.length > 60 ? `${safe.slice(0, 59)}…` : safe;
  return `"${visible(short)}"`;
}
