// SPDX-License-Identifier: Apache-2.0
// When: moments, and times of the week.

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { suggestName } from '../diagnostics/suggest.ts';
import { nonEmptyList, notEmptyMap, oneOrMany, type Problem, rule } from './check.ts';

const MOST_SECONDS = 4_294_967_295;
const DAY_MINUTES = 1440;

/** RFC 3339, as far as a policy needs it: no fractions of a second. */
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})([Zz]|[+-]\d{2}:\d{2})$/;

/** What is wrong with a text as a point in time that the kernel can have. */
export function timeProblem(text: string): Problem | undefined {
  const seconds = toSeconds(text);
  if (seconds === undefined) {
    const isWritten = RFC3339.test(text);
    return {
      code: 'RTP1123',
      message: `${quoted(text)} is ${isWritten ? 'a time that does not exist' : 'not a time'}`,
      suggestion: [`${text}T00:00:00Z`, `${text}Z`, text.replace(' ', 'T')].find((near) =>
        isInRange(toSeconds(near)),
      ),
      fix: isWritten
        ? 'correct the date, the time or the offset from UTC'
        : 'write date, time and offset from UTC as in RFC 3339, such as 2026-03-01T08:00:00Z or 2026-03-01T09:00:00+01:00',
    };
  }
  if (isInRange(seconds)) return undefined;
  return {
    code: 'RTP1119',
    message: `${quoted(text)} is out of range`,
    why: 'the kernel counts seconds since 1970 in 32 bits',
    fix: 'write a time from 1970-01-01T00:00:00Z to 2106-02-07T06:28:15Z',
  };
}

/** A point in time; seconds since 1970 afterwards. */
export const moment = z
  .string()
  .check(rule(timeProblem))
  .transform((text) => toSeconds(text) ?? 0)
  .meta({ examples: ['2026-03-01T08:00:00Z'], cel: z.number() });

function isInRange(seconds: number | undefined): boolean {
  return seconds !== undefined && seconds >= 0 && seconds <= MOST_SECONDS;
}

/** Seconds since 1970 of an RFC 3339 time; undefined when it is none, or does not exist. */
export function toSeconds(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // The 31st of February rolls over into March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const ahead = toOffset((match[7] ?? '').toUpperCase());
  if (ahead === undefined) return undefined;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second - ahead * 60;
}

/** Minutes ahead of UTC. */
function toOffset(text: string): number | undefined {
  if (text === 'Z' || text === 'UTC') return 0;
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(text);
  const [hours, minutes] = [Number(match?.[2]), Number(match?.[3])];
  if (!(hours <= 14) || !(minutes <= 59) || (hours === 14 && minutes > 0)) return undefined;
  return (match?.[1] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** A day of the week, or the first and the last of several: mon, mon-fri, fri-mon. */
const days = z
  .string()
  .meta({ examples: ['mon-fri'] })
  .check(
    rule((text): Problem | undefined => {
      if (toDays(text) !== undefined) return undefined;
      const near = text.split('-').map(nearDay).join('-');
      return {
        code: 'RTP1124',
        message: `${quoted(text)} is not a day of the week`,
        fix: `write one of ${DAYS.join(', ')}, or the first and the last of several, such as mon-fri`,
        suggestion: toDays(near) === undefined ? undefined : near,
      };
    }),
  );

function nearDay(text: string): string {
  if (DAYS.includes(text)) return text;
  return suggestName(text, DAYS) ?? DAYS.find((day) => text.toLowerCase().startsWith(day)) ?? '';
}

function toDays(text: string): readonly number[] | undefined {
  const [first, last, ...more] = text.split('-').map((day) => DAYS.indexOf(day));
  if (first === undefined || first < 0 || (last ?? first) < 0 || more.length > 0) return undefined;
  const length = (((last ?? first) - first + DAYS.length) % DAYS.length) + 1;
  return Array.from({ length }, (_, i) => (first + i) % DAYS.length);
}

/** A time of the day; minutes since midnight afterwards. 24:00 is the end of the day. */
function timeOfDay(most: number) {
  return z
    .string()
    .check(
      rule((text): Problem | undefined => {
        const minutes = toMinutes(text);
        if (minutes !== undefined && minutes <= most) return undefined;
        return {
          code: 'RTP1124',
          message: `${quoted(text)} is not a time of the day`,
          fix: `write hours and minutes, from 00:00 to ${most === DAY_MINUTES ? '24:00' : '23:59'}`,
        };
      }),
    )
    .transform((text) => toMinutes(text) ?? 0)
    .meta({ examples: ['09:00'], cel: z.number() });
}

function toMinutes(text: string): number | undefined {
  const match = /^(\d{2}):(\d{2})$/.exec(text);
  const [hours, minutes] = [Number(match?.[1]), Number(match?.[2])];
  return minutes <= 59 && hours * 60 + minutes <= DAY_MINUTES ? hours * 60 + minutes : undefined;
}

const timeZone = z
  .string()
  .check(
    rule((text): Problem | undefined => {
      if (toOffset(text) !== undefined) return undefined;
      const named = /^[A-Za-z_]+(\/[A-Za-z_+\-0-9]+)*$/.test(text);
      return {
        code: 'RTP1125',
        message: named
          ? `the time zone ${quoted(text)} cannot be named here`
          : `${quoted(text)} is not a distance from UTC`,
        ...(named && {
          why: 'the kernel decides in UTC and has no time zone database',
        }),
        fix: 'write the offset from UTC, such as "+02:00", or UTC',
      };
    }),
  )
  .transform((text) => toOffset(text) ?? 0)
  .meta({ examples: ['+02:00'], cel: z.number() });

/** A time of the week. */
const timeWindow = z
  .strictObject({
    days: oneOrMany(days)
      .optional()
      .describe('Days on which it begins: mon to sun, or a range such as mon-fri; every day when left out.'),
    from: timeOfDay(DAY_MINUTES - 1)
      .optional()
      .describe('When it begins, such as "09:00"; at midnight when left out.'),
    to: timeOfDay(DAY_MINUTES)
      .optional()
      .describe(
        'When it ends, that minute excluded; on the next day when it is not after `from`. 24:00 when left out.',
      ),
    timezone: timeZone
      .optional()
      .describe('The offset from UTC of the times, such as "+02:00"; UTC when left out.'),
  })
  .check(
    notEmptyMap({
      message: 'the window has neither days nor times',
      fix: 'write days, from or to',
    }),
  )
  .meta({ minProperties: 1 })
  .transform((written) => ({
    days: [...new Set((written.days ?? ['mon-sun']).flatMap((text) => toDays(text) ?? []))].sort(
      (a, b) => a - b,
    ),
    from: written.from ?? 0,
    to: written.to ?? DAY_MINUTES,
    offset: written.timezone ?? 0,
  }))
  .meta({
    cel: z.object({ days: z.array(z.number()), from: z.number(), to: z.number(), offset: z.number() }),
  });

/** The fields of what is limited in time. */
export const timeFields = {
  notBefore: moment.optional().describe('The time from which it holds, in RFC 3339 format.'),
  notAfter: moment.optional().describe('The time until which it holds, exclusive.'),
  windows: nonEmptyList(timeWindow)
    .default([])
    .describe('Weekly time windows, of which one must hold; any time when left out.'),
};

/** The rule that the end comes after the beginning. */
export function timeOrder(limited: {
  readonly notBefore?: number | undefined;
  readonly notAfter?: number | undefined;
}): Problem | undefined {
  const { notBefore, notAfter } = limited;
  if (notBefore === undefined || notAfter === undefined || notBefore < notAfter) return undefined;
  return {
    code: 'RTP1126',
    message: 'notAfter is not after notBefore',
    why: 'there is no moment at which it would hold',
    fix: 'exchange the two, or correct one',
    at: ['notAfter'],
  };
}
