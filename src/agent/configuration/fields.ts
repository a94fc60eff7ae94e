// SPDX-License-Identifier: Apache-2.0
// Fields of the agent's configuration.

import { isIP } from 'node:net';
import * as z from 'zod';
import { type Problem, rule } from '../../schema/check.ts';
import { quoted } from '../../terminal/visible.ts';

/** A time in milliseconds or seconds, within bounds; in milliseconds afterwards. */
export function milliseconds(low: number, high: number) {
  return z
    .string()
    .check(
      rule((text): Problem | undefined => {
        const time = toMilliseconds(text);
        if (time !== undefined && time >= low && time <= high) return undefined;
        return {
          code: time === undefined ? 'RTP1122' : 'RTP1119',
          message: time === undefined ? `${quoted(text)} is not a time` : `${quoted(text)} is out of bounds`,
          fix: `write a time from ${low}ms to ${high / 1000}s`,
        };
      }),
    )
    .transform((text) => toMilliseconds(text) ?? low)
    .meta({ pattern: '^[0-9]+(ms|s)$', examples: ['500ms'] });
}

function toMilliseconds(text: string): number | undefined {
  const [, number, unit] = /^([0-9]{1,7})(ms|s)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (unit === 's' ? 1000 : 1);
}

export const absolutePath = z.string().check(
  rule((path) =>
    path.startsWith('/') && !path.includes('\0')
      ? undefined
      : {
          code: 'RTP1109',
          message: `${quoted(path)} is not an absolute path`,
          why: 'the agent is started in a directory that nobody chose',
          fix: 'write the path from the root, such as /run/podman/podman.sock',
        },
  ),
);

/** Names of variables of an environment. */
export const variables = z
  .array(
    z.string().check(
      rule((name) =>
        /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
          ? undefined
          : {
              code: 'RTP1109',
              message: `${quoted(name)} is not the name of a variable`,
              fix: 'write its name alone, of letters, digits and "_"',
            },
      ),
    ),
  )
  .default([]);

/** A URL of a protocol, with nothing but host and port. */
export function serverUrl(protocol: 'http' | 'https', example: string) {
  return z.string().check(
    rule((text): Problem | undefined => {
      const url = URL.parse(text);
      const bare = `${url?.protocol}//${url?.host}`;
      if (url?.protocol !== `${protocol}:` || (text !== bare && text !== `${bare}/`)) {
        return {
          code: 'RTP1109',
          message: `${quoted(text)} is not the ${protocol} URL of a server`,
          fix: `write protocol, host and port, such as ${example}`,
        };
      }
      if (protocol === 'https' || isIP(hostOf(text)) !== 0) return undefined;
      return {
        code: 'RTP1109',
        message: `${quoted(text)} names the metadata service, and does not address it`,
        why: 'it has no certificate, so whoever answers for the name could say what the machine is',
        fix: `write its IP address, such as ${example}`,
      };
    }),
  );
}

/** The host of a URL; an IPv6 address without brackets. */
export function hostOf(url: string): string {
  return (URL.parse(url)?.hostname ?? '').replace(/^\[|\]$/g, '');
}

/** Whether a URL leads to this host alone. */
export function isLoopback(url: string): boolean {
  const host = hostOf(url);
  return /^127\.[0-9.]+$/.test(host) || host === '::1' || host === 'localhost';
}
