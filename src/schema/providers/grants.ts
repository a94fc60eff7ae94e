// SPDX-License-Identifier: Apache-2.0
// Access tokens of OAuth 2 servers.

import * as z from 'zod';
import { type Problem, rule } from '../check.ts';
import { anyFields, httpsUrl, idTokenFields, secretRef, word, words } from './fields.ts';

const GRANTS = ['client_credentials', 'authorization_code'] as const;

const params = z.record(z.string(), z.string());

export const oauth2 = z
  .strictObject({
    grantType: z
      .enum(GRANTS)
      .default('client_credentials')
      .describe(
        'client_credentials: the workload for itself. authorization_code: for a person who agreed once.',
      ),
    tokenEndpointURL: httpsUrl.describe('The token endpoint.'),
    authorizationEndpointURL: httpsUrl
      .optional()
      .describe('The authorization endpoint; only with authorization_code.'),
    redirectURL: httpsUrl.optional().describe('The redirect URI; only with authorization_code.'),
    clientID: word.optional().describe('The client id, when the secret does not hold it.'),
    secretRef: secretRef
      .optional()
      .describe('Where client id and secret are kept, as id:secret; a public client has none.'),
    scopes: words.optional().describe('What the token may do.'),
    usePKCE: z.boolean().optional().describe('Whether to use PKCE; only with authorization_code.'),
    additionalParams: params.optional().describe('More parameters of the request.'),
    authStyle: z
      .enum(['autoDetect', 'inParams', 'inHeader'])
      .optional()
      .describe('How the client authenticates.'),
  })
  .check(rule(oauth2Problems));

function oauth2Problems(written: {
  readonly grantType: (typeof GRANTS)[number];
  readonly authorizationEndpointURL?: unknown;
  readonly redirectURL?: unknown;
  readonly usePKCE?: unknown;
  readonly clientID?: unknown;
  readonly secretRef?: unknown;
}): readonly Problem[] {
  const person = ['authorizationEndpointURL', 'redirectURL'] as const;
  if (written.grantType === 'authorization_code') {
    const missing = person.filter((field) => written[field] === undefined);
    return [...missing.map(lacks), ...(hasClient(written) ? [] : [lacks('clientID')])];
  }
  const extra = [...person, 'usePKCE' as const].filter((field) => written[field] !== undefined);
  return [
    ...(written.secretRef === undefined ? [lacks('secretRef')] : []),
    ...extra.map(
      (field): Problem => ({
        code: 'RTP1136',
        message: `${field} has no meaning for client_credentials`,
        fix: 'remove the field, or write grantType: authorization_code',
        at: [field],
        ofKey: true,
      }),
    ),
  ];
}

function hasClient(written: { readonly clientID?: unknown; readonly secretRef?: unknown }): boolean {
  return written.clientID !== undefined || written.secretRef !== undefined;
}

function lacks(field: string): Problem {
  return {
    code: 'RTP1106',
    message: `the field "${field}" is missing`,
    fix: 'add it to "oauth2"',
    at: [field],
  };
}

const BODIES = {
  form: { other: 'json', extra: 'additionalParams', others: 'additionalFields' },
  json: { other: 'form', extra: 'additionalFields', others: 'additionalParams' },
} as const;

export const rfc7523 = z
  .strictObject({
    tokenEndpointURL: httpsUrl.describe('The token endpoint.'),
    scopes: words.optional().describe('What the token may do.'),
    bodyFormat: z.enum(['form', 'json']).default('form').describe('The format of the request.'),
    additionalParams: params.optional().describe('More parameters of a form request.'),
    additionalFields: anyFields.optional().describe('More fields of a JSON request.'),
    ...idTokenFields,
  })
  .check(
    rule((written): Problem | undefined => {
      const { other, extra, others } = BODIES[written.bodyFormat];
      return written[others] === undefined
        ? undefined
        : {
            code: 'RTP1136',
            message: `${others} has no meaning for a request that is ${written.bodyFormat === 'form' ? 'a form' : 'JSON'}`,
            fix: `write ${extra}, or bodyFormat: ${other}`,
            at: [others],
            ofKey: true,
          };
    }),
  );

export const rfc8693 = z
  .strictObject({
    tokenEndpointURL: httpsUrl.optional().describe('The token endpoint; not with openai.'),
    subjectTokenType: word
      .optional()
      .describe('The type of the token that is exchanged; a JWT when left out.'),
    actor: z
      .strictObject({
        secretRef: secretRef.describe('Where the token of the actor is kept.'),
        tokenType: word.describe('Its type.'),
      })
      .optional()
      .describe('The party that acts for the subject, for delegation.'),
    requestedTokenType: word.optional().describe('The type of the requested token.'),
    audience: words.optional().describe('The audience of the requested token.'),
    scopes: words.optional().describe('What it may do.'),
    additionalFields: anyFields.optional().describe('More fields of the request.'),
    openai: z
      .strictObject({
        identityProviderID: word.describe('The id of the identity provider at OpenAI.'),
        serviceAccountID: word.describe('The id of the service account.'),
        clientID: word.optional().describe('The client id.'),
      })
      .optional()
      .describe('The token exchange of OpenAI.'),
    idTokenAudience: words.optional().describe('The audience of the ID token that is exchanged.'),
    idTokenLifetime: idTokenFields.idTokenLifetime,
    idTokenClaims: idTokenFields.idTokenClaims,
  })
  .check(
    rule((written): Problem | undefined => {
      if (written.openai === undefined && written.tokenEndpointURL === undefined) {
        return {
          code: 'RTP1106',
          message: 'the field "tokenEndpointURL" is missing',
          fix: 'add it to "rfc8693", or write openai',
          at: ['tokenEndpointURL'],
        };
      }
      return written.openai === undefined || written.tokenEndpointURL === undefined
        ? undefined
        : {
            code: 'RTP1136',
            message: 'openai says where tokens are exchanged',
            fix: 'remove tokenEndpointURL',
            at: ['tokenEndpointURL'],
            ofKey: true,
          };
    }),
  );
