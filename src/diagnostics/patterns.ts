// SPDX-License-Identifier: Apache-2.0

import { quoted } from '../terminal/visible.ts';
import type { Diagnostic } from './diagnostic.ts';

/** What to say of a text with an asterisk where there are no patterns. */
export function patternWords(text: string): Pick<Diagnostic, 'code' | 'message' | 'why'> {
  return {
    code: 'RTP1146',
    message: `${quoted(text)} looks like a pattern, and values are compared whole here`,
    why: 'an asterisk stands for itself',
  };
}
