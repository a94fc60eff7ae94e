// SPDX-License-Identifier: Apache-2.0
// How much work each method can be, and how large what it gives.

import type { ASTNode } from 'cel-js';
import { PATTERN_LIMITS, programSize } from './functions/patterns.ts';
import { TEXT_LIMIT } from './functions/text.ts';
import { CHARS_PER_STEP, either, type Profile, SCALAR, weight } from './profile.ts';

/** The profile of a text. */
export function text(chars: number): Profile {
  return chars === 0 ? SCALAR : { entries: 0, chars };
}

/** The work of a method and the size of what it gives. */
export function methodWork(
  name: string,
  of: Profile,
  first: Profile = SCALAR,
  second: Profile = SCALAR,
  pattern: ASTNode | undefined,
): readonly [number, Profile] {
  const { chars, entries, item = SCALAR } = of;
  switch (name) {
    case 'matches': {
      const known =
        pattern?.op === 'value' && typeof pattern.args === 'string' ? programSize(pattern.args) : undefined;
      const compiling = known === undefined ? PATTERN_LIMITS.program : 0;
      return [compiling + (chars * (known ?? PATTERN_LIMITS.program)) / INSTRUCTIONS_PER_STEP, SCALAR];
    }
    case 'contains':
    case 'indexOf':
    case 'lastIndexOf':
      // A search can look at the whole of what it searches for at every position.
      return [chars + (chars * first.chars) / CHARS_PER_STEP, SCALAR];
    case 'split':
      return [chars, { entries: chars + 1, chars: 0, item: text(chars) }];
    case 'join': {
      const joined = Math.min(TEXT_LIMIT, entries * (item.chars + first.chars));
      return [entries + joined / CHARS_PER_STEP, text(joined)];
    }
    case 'replace': {
      const replaced = Math.min(TEXT_LIMIT + chars, (chars + 1) * (1 + second.chars));
      return [chars + (chars * first.chars + replaced) / CHARS_PER_STEP, text(replaced)];
    }
    case 'format': {
      const written = Math.min(TEXT_LIMIT, chars + writtenSize(first));
      return [weight(first) + written, text(written)];
    }
    case 'or':
    case 'orValue':
      return [0, either(of, first)];
    case 'value':
      return [0, of];
    // optional.of()
    case 'of':
      return [0, first];
    case 'getFullYear':
    case 'getMonth':
    case 'getDate':
    case 'getDayOfMonth':
    case 'getDayOfWeek':
    case 'getDayOfYear':
    case 'getHours':
    case 'getMinutes':
    case 'getSeconds':
    case 'getMilliseconds':
      return [TIME_ZONE_STEPS, SCALAR];
    default:
      return [chars, text(chars)];
  }
}

/** Instructions of a pattern that one character is tried against in the time of a step. */
const INSTRUCTIONS_PER_STEP = 8;
/** Looking up a time zone that was not used before. */
const TIME_ZONE_STEPS = 1_000;

/** Characters of a value as format() writes it. */
function writtenSize({ entries, chars, item = SCALAR }: Profile): number {
  return MOST_OF_NUMBER + chars + (entries === 0 ? 0 : entries * (chars + writtenSize(item)));
}

/** Characters of a number with all its digits. */
const MOST_OF_NUMBER = 420;
