// SPDX-License-Identifier: Apache-2.0
// What characters are called that cannot be seen, or that look like a space and are none.

/** Control characters, those that change the direction of writing, those that have no glyph, and every space but that of the space bar. */
export const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;

const NAMES: readonly (readonly [first: number, last: number, name: string])[] = [
  [0x09, 0x09, 'a tab'],
  [0x0a, 0x0a, 'a line feed'],
  [0x0d, 0x0d, 'a carriage return'],
  [0x1b, 0x1b, 'an escape character'],
  [0x00, 0x9f, 'a control character'],
  [0xa0, 0xa0, 'a no-break space'],
  [0xad, 0xad, 'a soft hyphen'],
  [0x34f, 0x34f, 'a combining grapheme joiner'],
  [0x61c, 0x61c, 'an Arabic letter mark'],
  [0x200b, 0x200b, 'a zero-width space'],
  [0x200c, 0x200c, 'a zero-width non-joiner'],
  [0x200d, 0x200d, 'a zero-width joiner'],
  [0x200e, 0x200e, 'a left-to-right mark'],
  [0x200f, 0x200f, 'a right-to-left mark'],
  [0x2028, 0x2029, 'a line separator'],
  [0x202a, 0x202e, 'a control of the direction of writing'],
  [0x202f, 0x202f, 'a narrow no-break space'],
  [0x2060, 0x2060, 'a word joiner'],
  [0x2061, 0x2064, 'an invisible operator'],
  [0x2066, 0x2069, 'a control of the direction of writing'],
  [0x206a, 0x206f, 'a deprecated format character'],
  [0x2800, 0x2800, 'a blank Braille pattern'],
  [0x3000, 0x3000, 'an ideographic space'],
  [0xd800, 0xdfff, 'half of a surrogate pair'],
  [0xfe00, 0xfe0f, 'a variation selector'],
  [0xfeff, 0xfeff, 'a zero-width no-break space'],
  [0xfff9, 0xfffb, 'an annotation mark'],
  [0xe0000, 0xe007f, 'a tag character'],
  [0xe0100, 0xe01ef, 'a variation selector'],
];

/** The name of a character with its code point: `a zero-width space (U+200B)`. */
export function characterName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const known = NAMES.find(([first, last]) => code >= first && code <= last)?.[2];
  const name = known ?? (/\p{Zs}/u.test(character) ? 'another space' : 'a character without a glyph');
  return `${name} (U+${code.toString(16).toUpperCase().padStart(4, '0')})`;
}
