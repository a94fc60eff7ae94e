// SPDX-License-Identifier: Apache-2.0
// The long form of a finding's code.

import { CODES, isDiagnosticCode } from '../diagnostics/codes.ts';
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
  if (!/^RTP\d+$/i.test(text)) return undefined;
  const code = text.toUpperCase();
  if (isDiagnosticCode(code)) return { code, ...CODES[code] };
  const suggestion = suggestName(code, Object.keys(CODES));
  throw new UserError('usage', {
    message: `there is no finding with the code ${code}`,
    fix: suggestion === undefined ? 'copy the code from a finding' : `did you mean ${suggestion}?`,
  });
}

/** The explanation as text. */
export function renderCode(entry: CodeExplanation): string {
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
  ].join('\n');
}
