// SPDX-License-Identifier: Apache-2.0
// Bytes to text.

import { isUtf8 } from 'node:buffer';
import { characterName } from '../../diagnostics/characters.ts';
import type { Checked, Diagnostic, SourceRange } from '../../diagnostics/diagnostic.ts';
import { sourceText } from './lines.ts';
import { LOAD_LIMITS } from './types.ts';

/**
 * Everything that YAML 1.2 does not allow in a file, bar lone surrogates, which UTF-8 cannot hold, and what it allows and no reviewer sees:
 * characters that end a line in some programs only (U+0085, U+2028, U+2029), those that change the direction of writing
 * (https://trojansource.codes), and those that are not shown at all (Default_Ignorable_Code_Point). Scripts and emoji are written with
 * joiners and variation selectors: these are allowed, but no variation selector before another. By number: to look up the class of each
 * letter of a policy takes twice the time.
 */
const FORBIDDEN =
  /[^\t\n\r\x20-\x7e\u00a0-\u034e\u0350-\u061b\u061d-\u115e\u1161-\u17b3\u17b6-\u180d\u180f-\u200a\u200c-\u200d\u2010-\u2027\u202f-\u205f\u2070-\u3163\u3165-\ufefe\uff00-\uff9f\uffa1-\uffef\ufffc\ufffd]|\ud82f[\udca0-\udca3]|\ud834[\udd73-\udd7a]|\udb40[\udc00-\udcff\uddf0-\udfff]|[\udb41-\udb43][\udc00-\udfff]|(?:[\ufe00-\ufe0f]|\udb40[\udd00-\uddef])(?=[\ufe00-\ufe0f]|\udb40[\udd00-\uddef])/;

/** Why what YAML allows is refused. */
const MISLEADING = [
  {
    pattern: /[\u0085\u2028\u2029]/,
    why: 'some programs end a line there and YAML does not: what they show as a line of its own could be a part of a comment',
  },
  {
    pattern: /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
    why: 'it changes the order in which characters are shown: people would read another policy than riptides does',
  },
  {
    pattern: /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u,
    why: 'it is not shown: people would read another text than programs do',
  },
] as const;

/**
 * The text of a file, without its byte order mark.
 *
 * Gives RTP1003 for a file that is too large, and RTP1004, at the position, for bytes that are not UTF-8, characters
 * that YAML does not allow or that show a text other than it is read, and carriage returns without line feeds.
 */
export function decodeFile(file: string, bytes: Uint8Array): Checked<string> {
  if (bytes.length > LOAD_LIMITS.fileSize) return { diagnostics: [tooLarge(file, bytes.length)] };
  if (!isUtf8(bytes)) return { diagnostics: [notUtf8(file, bytes)] };
  const text = new TextDecoder('utf-8', { ignoreBOM: false }).decode(bytes);
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden !== null) {
    const range = sourceText(file, text).range(forbidden.index, forbidden.index + forbidden[0].length);
    return { diagnostics: [forbiddenCharacter(forbidden[0], range)] };
  }
  const stray = text.includes('\r') ? text.search(/\r(?!\n)/) : -1;
  if (stray >= 0) return { diagnostics: [strayReturn(sourceText(file, text).range(stray, stray + 1))] };
  return { value: text, diagnostics: [] };
}

function forbiddenCharacter(character: string, range: SourceRange): Diagnostic {
  const shared = {
    code: 'RTP1004',
    severity: 'error',
    range,
    fix: 'remove the character; in double quotes it can be written as an escape',
  } as const;
  const reason = MISLEADING.find(({ pattern }) => pattern.test(character));
  if (reason !== undefined)
    return { ...shared, message: `the file holds ${characterName(character)}`, why: reason.why };
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return { ...shared, message: `the file holds the control character U+${code}, which YAML does not allow` };
}

function strayReturn(range: SourceRange): Diagnostic {
  return {
    code: 'RTP1004',
    severity: 'error',
    range,
    message: 'a carriage return (U+000D) is not followed by a line feed',
    why: 'YAML ends a line there and most programs do not: what they show as a part of a comment could be a line of its own',
    fix: 'save the file with line feeds; in double quotes the character can be written as \\r',
  };
}

/** The diagnostic for a file of more bytes than are read. */
export function tooLarge(file: string, size: number): Diagnostic {
  const start = { line: 1, column: 1 };
  return {
    code: 'RTP1003',
    severity: 'error',
    range: { file, start, end: start },
    message: `the file has ${size} bytes; the limit is ${LOAD_LIMITS.fileSize}`,
    why: 'each file is read whole, and the limit keeps a stray one from taking the memory of the machine',
    fix: 'split the file; a policy may have any number of files',
  };
}

function notUtf8(file: string, bytes: Uint8Array): Diagnostic {
  const offset = firstInvalid(bytes);
  const before = new TextDecoder('utf-8').decode(bytes.subarray(0, offset));
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const byte = `0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')}`;
  return {
    code: 'RTP1004',
    severity: 'error',
    range: sourceText(file, before).range(before.length, before.length),
    message: utf16
      ? 'the file is UTF-16, not UTF-8'
      : `the byte ${byte} at offset ${offset} is not part of UTF-8 text`,
    why: 'replacing or dropping characters would make a different policy from the one written',
    fix: 'save the file as UTF-8',
  };
}

/** Where the first sequence of bytes begins that is not UTF-8. Bisects, as what comes before it is all good. */
function firstInvalid(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isPrefixOfUtf8(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  // The good part may end in the midst of a character that then does not go on as it should: at most three bytes.
  let start = good;
  while (start > 0 && good - start < 4 && !isUtf8(bytes.subarray(0, start))) start--;
  return start;
}

function isPrefixOfUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
