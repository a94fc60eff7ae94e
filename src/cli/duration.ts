// SPDX-License-Identifier: Apache-2.0

import { CONFIRM_WITHIN_MAX } from '../netlink/generated.ts';
import { UserError } from '../errors.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * Milliseconds of `500ms`, `60s`, `10m` or `2h`: at least 1, at most a day.
 * @throws UserError usage
 */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  const unit = match?.[2];
  const milliseconds =
    unit === 'ms' || unit === 's' || unit === 'm' || unit === 'h' ? Number(match?.[1]) * UNITS[unit] : 0;
  if (milliseconds >= 1 && milliseconds <= CONFIRM_WITHIN_MAX) return milliseconds;
  throw new UserError('usage', {
    message: `"${text}" is not a time in which to confirm`,
    fix: 'write a number and a unit (ms, s, m, h), at most 24h: --confirm-within 60s',
  });
}

/** A time in words that fit a table: `3 s`, `5 min`, `2 h`, `4 d`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
