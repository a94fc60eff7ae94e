// SPDX-License-Identifier: Apache-2.0
// Durations as the policy language writes them: whole seconds, as in "3600s".

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { type Problem, rule } from './check.ts';

const PATTERN = /^[0-9]{1,10}s$/;

/** Ten years: longer than anything here is meant to live. */
const MOST_SECONDS = 315_360_000;

/** A duration within bounds in seconds, which is also what it becomes. `why` tells where the bounds come from. */
export function duration(low = 1, high = MOST_SECONDS, why?: string) {
  return z
    .string()
    .check(
      rule((text): Problem | undefined => {
        const seconds = toSeconds(text);
        if (seconds === undefined) {
          const near = nearDuration(text);
          return {
            code: 'RTP1122',
            message: `${quoted(text)} is not a duration`,
            fix: near === undefined ? 'write whole seconds, such as 3600s' : `write ${near}`,
          };
        }
        if (seconds >= low && seconds <= high) return undefined;
        return {
          code: 'RTP1119',
          message: `${quoted(text)} is ${seconds < low ? 'too short' : 'too long'}`,
          why,
          fix: `write a duration from ${low}s to ${high}s`,
        };
      }),
    )
    .transform((text) => toSeconds(text) ?? 0)
    .meta({ pattern: '^[0-9]+s$', examples: ['3600s'], cel: z.number() });
}

function toSeconds(text: string): number | undefined {
  return PATTERN.test(text) ? Number(text.slice(0, -1)) : undefined;
}

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** What was meant by minutes, hours or days. */
function nearDuration(text: string): string | undefined {
  const match = /^([1-9][0-9]{0,5})([mhd])$/.exec(text);
  const factor = UNITS[match?.[2] ?? ''];
  return match === null || factor === undefined ? undefined : `${Number(match[1]) * factor}s`;
}
