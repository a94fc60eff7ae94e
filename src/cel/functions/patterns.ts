// SPDX-License-Identifier: Apache-2.0
// Regular expressions by RE2: in time linear in the text, without look-around and back-references. The engine's own uses
// JavaScript's, which can take for ever.

import { RE2JS } from '@bufbuild/re2';
import type { Environment } from 'cel-js';
import { ownName } from './names.ts';
import { failure } from './text.ts';

/** Patterns that stay compiled: expressions use few, and may compute more. */
const MOST_PATTERNS = 256;

/** Bounds of a pattern: repetitions make a short one large. */
export const PATTERN_LIMITS = {
  /** UTF-16 code units */
  length: 1_024,
  /** instructions of the compiled pattern; a text takes time in proportion to them */
  program: 2_000,
} as const;

/** Adds `string.matches(string): bool`. */
export function registerPatterns(environment: Environment): void {
  const patterns = new Map<string, RE2JS>();
  environment.registerFunction(
    `string.${ownName('matches')}(string): bool`,
    (text: string, pattern: string) => {
      let compiled = patterns.get(pattern);
      if (compiled === undefined) {
        if (patterns.size >= MOST_PATTERNS) patterns.clear();
        const problem = patternProblem(pattern);
        if (problem !== undefined) throw failure(`the pattern is not valid: ${problem}`);
        compiled = RE2JS.compile(pattern);
        patterns.set(pattern, compiled);
      }
      return compiled.test(text);
    },
    { async: false },
  );
}

/** Why a text is not a pattern of RE2, or undefined. */
export function patternProblem(pattern: string): string | undefined {
  const { length, program } = PATTERN_LIMITS;
  if (pattern.length > length) return `it has ${pattern.length} characters; the limit is ${length}`;
  try {
    const size = programSize(pattern);
    return size > program ? `it has ${size} steps with its repetitions; the limit is ${program}` : undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(/^error parsing regexp: /, '');
  }
}

/** Instructions of a pattern. Throws what RE2 says of one that is none. */
export function programSize(pattern: string): number {
  return RE2JS.compile(pattern).re2Input.prog.numInst();
}
