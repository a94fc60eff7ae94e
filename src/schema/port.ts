// SPDX-License-Identifier: Apache-2.0

import * as z from 'zod';
import { quoted } from '../terminal/visible.ts';
import { rule } from './check.ts';

export const ANY_PORT = { low: 0, high: 65_535 } as const;

/** A port, or a range of them in text. */
export const port = z
  .union([z.number(), z.string()])
  .check(
    rule((written) => {
      const range = toRange(written);
      if (range !== undefined && range.low <= range.high) return undefined;
      const what = typeof written === 'string' ? quoted(written) : String(written);
      return {
        code: 'RTP1117',
        message:
          range === undefined
            ? `${what} is not a port or a range of ports`
            : `the range ${what} ends before it begins`,
        fix:
          range === undefined
            ? 'write a number from 1 to 65535, or a range such as 8000-8099; leave the field out for any port'
            : `write ${range.high}-${range.low}`,
      };
    }),
  )
  .transform((written) => toRange(written) ?? ANY_PORT)
  .meta({ cel: z.object({ low: z.number(), high: z.number() }) });

function toRange(written: number | string): { readonly low: number; readonly high: number } | undefined {
  const [low, high = low, ...more] = String(written)
    .split('-')
    .map((part) => (/^[1-9][0-9]{0,4}$/.test(part.trim()) ? Number(part) : Number.NaN));
  if (low === undefined || high === undefined || more.length > 0 || !(low <= 65_535) || !(high <= 65_535))
    return undefined;
  return { low, high };
}
