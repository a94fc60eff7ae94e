// SPDX-License-Identifier: Apache-2.0

import * as z from 'zod';
import { parsePrefix } from '../bundle/address.ts';
import { quoted } from '../terminal/visible.ts';
import { notEmptyMap, type Problem, rule } from './check.ts';
import { documentSchema } from './document.ts';
import { hostName, hostNameProblem, looksLikeHostName } from './host-name.ts';
import { labels, labelValue } from './names.ts';
import { ANY_PORT, port } from './port.ts';

const addressText = z
  .string()
  .check(rule((text) => addressProblem(text, hostNameProblem)))
  .meta({ examples: ['10.0.0.7'] });
const prefixText = z
  .string()
  .check(
    rule((text) =>
      addressProblem(text, () => ({
        code: 'RTP1116',
        message: `${quoted(text)} is a host name, not a prefix`,
        fix: 'write it as address, or in aliases',
      })),
    ),
  )
  .meta({ examples: ['10.0.0.0/8'] });

/** What is wrong with an IP address or prefix; bits beyond the prefix are found when it is resolved. */
function addressProblem(
  text: string,
  ofHostName: (name: string) => Problem | undefined,
): Problem | undefined {
  const parsed = parsePrefix(text);
  if (!('problem' in parsed) || parsed.problem === 'host-bits') return undefined;
  if (parsed.problem === 'bad-length') {
    return {
      code: 'RTP1116',
      message: `${quoted(text)} has a prefix length that is out of range`,
      fix: 'write /0 to /32 for IPv4, /0 to /128 for IPv6',
    };
  }
  if (looksLikeHostName(text)) return ofHostName(text);
  return {
    code: 'RTP1116',
    message: `${quoted(text)} is not an IP address, prefix or host name`,
    fix: 'write an address such as 10.0.0.7, a prefix such as 10.0.0.0/8 or a name such as api.example.com, without scheme, port or zone',
  };
}

const address = z
  .strictObject({
    address: addressText
      .optional()
      .describe('An IPv4 or IPv6 address, a prefix such as 10.0.0.0/8, or a host name.'),
    port: port
      .default(ANY_PORT)
      .describe('A port, or a range such as 8000-8099; any port when it is left out.'),
    protocol: z
      .enum(['tcp', 'udp'])
      .optional()
      .describe('The protocol by which it is there; both when it is left out.'),
    networkPrefixes: z
      .array(prefixText)
      .default([])
      .describe('More addresses and prefixes, with the same port.'),
    tags: z.array(labelValue).default([]).describe('For people.'),
    aliases: z.array(hostName).default([]).describe('Other host names of it, with the same port.'),
    networkNames: z
      .array(labelValue)
      .default([])
      .describe('Names of networks on which it can be reached. For people.'),
  })
  .check(
    rule((entry) =>
      entry.address !== undefined || entry.networkPrefixes.length > 0 || entry.aliases.length > 0
        ? undefined
        : {
            code: 'RTP1106',
            message: 'the entry has no address',
            fix: 'add address: with an IP address, prefix or host name, or networkPrefixes: with a list of prefixes',
          },
    ),
  );

export const serviceSchema = documentSchema(
  'Service',
  z.strictObject({
    labels: labels
      .check(
        notEmptyMap({
          message: 'the service has no labels',
          why: 'labels are the only thing that egress rules select services by',
          fix: 'write at least one label, such as app: api',
        }),
      )
      .meta({ minProperties: 1, description: 'What egress rules select the service by.' }),
    addresses: z.array(address).default([]).describe('Where the service is.'),
    external: z
      .boolean()
      .nullable()
      .default(false)
      .transform((written) => written ?? false)
      .meta({ cel: z.boolean() })
      .describe('Whether another organisation runs it.'),
    tls: z.boolean().default(false).describe('Whether it uses TLS itself.'),
  }),
);
