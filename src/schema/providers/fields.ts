// SPDX-License-Identifier: Apache-2.0
// Fields that several providers of credentials have.

import * as z from 'zod';
import { quoted } from '../../terminal/visible.ts';
import { oneOrMany, type Problem, rule } from '../check.ts';
import { duration } from '../duration.ts';
import { documentName } from '../names.ts';

/** Text of one line without blank space: an id, a name, a path. */
export const word = z.string().check(
  rule((text): Problem | undefined =>
    /^[^\s\p{Cc}\p{Cf}\p{Cs}]{1,2048}$/u.test(text)
      ? undefined
      : {
          code: 'RTP1109',
          message:
            text === ''
              ? 'the value is empty'
              : 'the value has blank space, or characters that cannot be seen',
          fix: 'write one word of at most 2048 characters',
        },
  ),
);

/** A text that matches a pattern. `what` is what it then is, `example` how one looks. */
export function form(pattern: RegExp, what: string, example: string) {
  return z
    .string()
    .check(
      rule((text): Problem | undefined =>
        pattern.test(text)
          ? undefined
          : {
              code: 'RTP1138',
              message: `${quoted(text)} is not ${what}`,
              fix: `write one such as ${example}`,
            },
      ),
    )
    .meta({ examples: [example] });
}

/** Where a secret is kept: never the secret itself. */
export const secretRef = z.strictObject({
  name: documentName.describe('The name of the Secret.'),
  key: form(/^[-._a-zA-Z0-9]{1,253}$/, 'a key of a Secret', 'token').describe('The key within it.'),
});

/** An address that requests are sent to. */
export const httpsUrl = z
  .string()
  .check(rule(urlProblem))
  .meta({ examples: ['https://login.example.com/oauth2/token'] });

function urlProblem(text: string): Problem | undefined {
  const code = 'RTP1137';
  const url = URL.parse(text);
  const at = { code, fix: 'write an address such as https://login.example.com/oauth2/token' } as const;
  if (url === null || !/^[a-z]+:\/\//i.test(text)) {
    return { ...at, message: `${quoted(text)} is not a URL` };
  }
  if (url.protocol !== 'https:') {
    return {
      ...at,
      message: `${quoted(text)} is not an https URL`,
      why: 'tokens are sent there, and anyone on the network could read them',
      ...(url.protocol === 'http:' && { suggestion: text.replace(/^http:/i, 'https:') }),
    };
  }
  if (url.username !== '' || url.password !== '') {
    return {
      ...at,
      message: 'the URL has a user or a password in it',
      fix: 'remove what is before the "@"',
    };
  }
  if (url.hash !== '')
    return { ...at, message: `${quoted(text)} has a fragment`, fix: 'remove what follows the "#"' };
  return undefined;
}

/** A list of words, or one. */
export const words = oneOrMany(word);

/** Claims or fields of any form. */
export const anyFields = z.record(z.string(), z.unknown());

/** Claims that say who somebody is, for whom, and how long: they are not for a policy to overwrite. */
const REGISTERED: Readonly<Record<string, string>> = {
  iss: 'remove it',
  sub: 'remove it: the token is of the workload that gets it',
  aud: 'write the audience in its own field',
  exp: 'write the lifetime in its own field',
  nbf: 'remove it',
  iat: 'remove it',
  jti: 'remove it',
};

/** Claims of a token besides the registered ones. */
export const claims = anyFields.check(
  rule((written) =>
    Object.keys(written).flatMap((name): readonly Problem[] => {
      const fix = Object.hasOwn(REGISTERED, name) ? REGISTERED[name] : undefined;
      if (fix === undefined) return [];
      return [
        {
          code: 'RTP1109',
          message: `the claim ${quoted(name)} cannot be set`,
          why: 'who takes the token goes by it, so it says what is so',
          fix,
          at: [name],
          ofKey: true,
        },
      ];
    }),
  ),
);

const ID_TOKEN_LIFETIME = duration(1, 86_400, 'an ID token is exchanged as soon as it is made');

/** What the ID token that is exchanged looks like. */
export const idTokenFields = {
  audience: words
    .optional()
    .describe('The audience of the ID token; what the provider expects when left out.'),
  idTokenLifetime: ID_TOKEN_LIFETIME.optional().describe('How long the ID token is valid, such as 300s.'),
  idTokenClaims: claims.optional().describe('More claims of the ID token, for trust policies to check.'),
};

/** How a server that speaks TLS is known. */
export const tls = z
  .strictObject({
    serverName: word
      .optional()
      .describe('The name that its certificate must have; the host of the address when left out.'),
    caBundle: form(
      /-----BEGIN CERTIFICATE-----\s[^-]+-----END CERTIFICATE-----/,
      'a list of certificates as PEM',
      '-----BEGIN CERTIFICATE-----',
    )
      .optional()
      .describe('Certificates of the authorities that are trusted, as PEM.'),
  })
  .describe("How the server's certificate is checked.");

/** How often a secret without an expiry is fetched again. */
export const pollInterval = duration()
  .optional()
  .describe('How often a credential without expiry is fetched again; 900s when left out.');
