// SPDX-License-Identifier: Apache-2.0
// Secrets that others keep: Kubernetes, Vault, Conjur, GitHub.

import * as z from 'zod';
import { quoted } from '../../terminal/visible.ts';
import { nonEmptyList, notEmptyMap, type Problem, rule } from '../check.ts';
import {
  anyFields,
  form,
  httpsUrl,
  idTokenFields,
  pollInterval,
  secretRef,
  tls,
  word,
  words,
} from './fields.ts';

export const kubernetes = z.strictObject({
  type: z.enum(['BearerToken']).describe('What the secret is: BearerToken.'),
  secretRef: secretRef.describe('Where it is kept.'),
});

const exchange = z
  .strictObject({
    gcp: z
      .strictObject({ scopes: words.optional().describe('What the token may do.') })
      .optional()
      .describe('The secret is a key of a Google service account: it is exchanged for an access token.'),
    azure: z
      .strictObject({
        tenantID: word.describe('The tenant.'),
        scopes: words.describe('What the token may do.'),
      })
      .optional()
      .describe('The secret is a client secret of Azure: it is exchanged for an access token.'),
  })
  .check(
    rule((written): Problem | undefined =>
      (written.gcp === undefined) === (written.azure === undefined)
        ? { code: 'RTP1139', message: 'an exchange is with one cloud', fix: 'write gcp or azure' }
        : undefined,
    ),
  );

export const vault = z.strictObject({
  address: httpsUrl.describe('The address of Vault or OpenBao.'),
  namespace: word.optional().describe('The namespace in it.'),
  jwtAuthMethodPath: form(
    /^(?!auth\/)[^\s/]([^\s]*[^\s/])?$/,
    'the path of an auth method below auth/',
    'jwt',
  )
    .default('jwt')
    .describe('Where its JWT auth method is mounted, without auth/ before it and a slash after it.'),
  jwtAuthRoleName: word.describe('The role to log in with.'),
  secretFullPath: form(/^[^\s/][^\s]*[^\s/]$/, 'a path in Vault', 'kv/data/shop/database').describe(
    'The whole path of the secret, without a slash at its ends.',
  ),
  data: anyFields.optional().describe('What is sent with the request for it.'),
  pollInterval,
  exchange: exchange.optional().describe('What the secret is exchanged for.'),
  tls: tls.optional(),
  ...idTokenFields,
});

export const conjur = z.strictObject({
  address: httpsUrl.describe('The address of Conjur.'),
  account: word.default('conjur').describe('The account.'),
  serviceID: word.describe('The id of its JWT authenticator.'),
  hostID: word.optional().describe('The host to log in as; that of the token when left out.'),
  variables: nonEmptyList(word).describe('The variables that are fetched, all at once.'),
  pollInterval,
  tls: tls.optional(),
  ...idTokenFields,
});

/** A number that GitHub gives, which people write with and without quotes. */
const githubId = z
  .union([z.number(), z.string()])
  .check(
    rule((id): Problem | undefined =>
      /^[1-9][0-9]{0,15}$/.test(String(id))
        ? undefined
        : {
            code: 'RTP1138',
            message: `${typeof id === 'string' ? quoted(id) : id} is not an id of GitHub`,
            fix: 'write the number that GitHub shows',
          },
    ),
  )
  .transform(Number)
  .meta({ cel: z.number() });

export const githubapp = z
  .strictObject({
    appID: githubId.describe('The id of the App.'),
    installationID: githubId.describe('The id of its installation.'),
    secretRef: secretRef.describe('Where its private key is kept, as PEM.'),
    repositories: nonEmptyList(word)
      .optional()
      .describe('Names of repositories that the token is limited to.'),
    repositoryIDs: nonEmptyList(githubId).optional().describe('The same, by id.'),
    permissions: z
      .record(z.string(), z.enum(['read', 'write', 'admin']))
      .check(
        notEmptyMap({ message: 'no permission is named', fix: 'name at least one, or remove the field' }),
      )
      .optional()
      .describe('What the token is limited to, such as contents: read.'),
    baseURL: httpsUrl.default('https://api.github.com').describe('The API of a GitHub Enterprise Server.'),
  })
  .check(
    rule((written): Problem | undefined =>
      written.repositories === undefined || written.repositoryIDs === undefined
        ? undefined
        : {
            code: 'RTP1136',
            message: 'repositories are named twice',
            fix: 'keep repositories or repositoryIDs',
            at: ['repositoryIDs'],
            ofKey: true,
          },
    ),
  );
