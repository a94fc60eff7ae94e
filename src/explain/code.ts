// SPDX-License-Identifier: Apache-2.0
// The page of a code, of a diagnostic or of an error.

import { PAGES } from '../diagnostics/codes/pages.ts';
import type { CodeEntry } from '../diagnostics/codes/entry.ts';
import { suggestName } from '../diagnostics/suggest.ts';
import { UserError } from '../errors.ts';

export interface CodeExplanation extends CodeEntry {
  readonly code: string;
}

/**
 * The explanation of a code, or undefined when the text does not look like one.
 * @throws UserError usage, for a code that does not exist.
 */
export function describeCode(text: string): CodeExplanation | undefined {
  if (!/^RT[PE]\d+$/i.test(text)) return undefined;
  const code = text.toUpperCase();
  const entry = PAGES.get(code);
  if (entry !== undefined) return { code, ...entry };
  const suggestion = suggestName(code, [...PAGES.keys()]);
  throw new UserError('usage', {
    message: `there is no code ${code}`,
    fix:
      suggestion === undefined
        ? 'give a code as a message of riptides shows it, such as RTP1101 or RTE1003'
        : `did you mean ${suggestion}?`,
  });
}

/** The lines of an explanation. */
export function renderCode(entry: CodeExplanation): readonly string[] {
  return [
    `${entry.code}  ${entry.title}`,
    '',
    `  what  ${entry.what}`,
    `  why   ${entry.why}`,
    `  fix   ${entry.fix}`,
    '',
    ...entry.example
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
  ];
}
