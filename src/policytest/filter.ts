// SPDX-License-Identifier: Apache-2.0

import { RE2JS } from '@bufbuild/re2';
import { patternProblem } from '../cel/functions/patterns.ts';
import { UserError } from '../errors.ts';
import { quoted } from '../terminal/visible.ts';

/** Whether a test is to be run, by the names of its document and of itself. */
export type TestFilter = (document: string, test: string) => boolean;

/**
 * The tests whose document and name, with a slash between them, match a pattern.
 * @throws UserError usage, when the pattern is not valid.
 */
export function testFilter(pattern: string): TestFilter {
  const problem = patternProblem(pattern);
  if (problem !== undefined)
    throw new UserError('usage', {
      message: `--run ${quoted(pattern)} is not a regular expression: ${problem}`,
      fix: 'write an RE2 pattern, such as "^egress/" or "web reaches"',
    });
  const compiled = RE2JS.compile(pattern);
  return (document, test) => compiled.test(`${document}/${test}`);
}
