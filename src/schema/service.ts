// SPDX-License-Identifier: Apache-2.0

import { z } from 'zod';
import { parsePrefix } from '../bundle/address.ts';
import { quoted } from '../diagnostics/visible.ts';
import { type Problem, rule, unsupported } from './check.ts';
import { documentSchema } from './document.ts';
import { labels, labelValue } from './names.ts';

const ANY_PORT = { low: 0, high: 65_535 } as const;

const NO_NAMES = 'the kernel decides by address, and this version does not resolve names';

/** An IP address or prefix; bits beyond the prefix are found when it is resolved. */
const addressText = z.string().check(
  rule((text): Problem | undefined => {
    const parsed = parsePrefix(text);
    if (!('problem' in parsed) || parsed.problem === 'host-bits') return undefined;
    if (parsed.problem === 'bad-length') {
      return {
        code: 'RTP1116',
        message: `${quoted(text)} has a prefix length that is out of range`,
        fix: 'write /0 to /32 for IPv4, /0 to /128 for IPv6',
      };
    }
    if (isHostName(text)) {
      return {
        code: 'RTP1120',
        message: `${quoted(text)} is a host name, which this version does not support`,
        why: `${NO_NAMES}: the service would match nothing`,
        fix: 'write the IP addresses or prefixes of the service',
      };
    }
    return {
      code: 'RTP1116',
      message: `${quoted(text)} is not an IP address or prefix`,
      fix: 'write an address such as 10.0.0.7 or a prefix such as 10.0.0.0/8, without scheme, port or zone',
    };
  }),
);

/** Not an address, and not meant as one either: its last label is not a number. */
function isHostName(text: string): boolean {
  return /^[a-z0-9_]([-a-z0-9_]*)(\.[a-z0-9_][-a-z0-9_]*)*\.?$/i.test(text) && !/(^|\.)[0-9]+\.?$/.test(text);
}

/** A port, or a range of them in text. */
const port = z
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
  .transform((written) => toRange(written) ?? ANY_PORT);

function toRange(written: number | string): { readonly low: number; readonly high: number } | undefined {
  const [low, high = low, ...more] = String(written)
    .split('-')
    .map((part) => (/^[1-9][0-9]{0,4}$/.test(part.trim()) ? Number(part) : Number.NaN));
  if (low === undefined || high === undefined || more.length > 0 || !(low <= 65_535) || !(high <= 65_535))
    return undefined;
  return { low, high };
}

const address = z
  .strictObject({
    address: addressText.optional().describe('An IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8.'),
    port: port
      .default(ANY_PORT)
      .describe('A port, or a range such as 8000-8099; any port when it is left out.'),
    networkPrefixes: z
      .array(addressText)
      .default([])
      .describe('More addresses and prefixes, with the same port.'),
    tags: z.array(labelValue).default([]).describe('For people.'),
    aliases: unsupported(NO_NAMES, 'remove the field, and write every IP address of the service'),
    networkNames: unsupported('this version does not tell networks apart'),
  })
  .check(
    rule((entry) =>
      entry.address !== undefined || entry.networkPrefixes.length > 0
        ? undefined
        : {
            code: 'RTP1106',
            message: 'the entry has no address',
            fix: 'add address: with an IP address or prefix, or networkPrefixes: with a list of them',
          },
    ),
  );

export const serviceSchema = documentSchema(
  'Service',
  z.strictObject({
    labels: labels
      .check(
        rule((map) =>
          Object.keys(map).length > 0
            ? undefined
            : {
                code: 'RTP1113',
                message: 'the service has no labels',
                why: 'labels are the only thing that egress rules select services by',
                fix: 'write at least one label, such as app: api',
              },
        ),
      )
      .meta({ minProperties: 1, description: 'What egress rules select the service by.' }),
    addresses: z.array(address).default([]).describe('Where the service is.'),
    external: z
      .boolean()
      .nullable()
      .default(false)
      .transform((written) => written ?? false)
      .describe('Whether it is run by somebody else.'),
    tls: z.boolean().default(false).describe('Whether it speaks TLS itself.'),
  }),
);
