// SPDX-License-Identifier: Apache-2.0
// Credentials of clouds, for which the workload's ID token is exchanged.

import * as z from 'zod';
import { oneOrMany } from '../check.ts';
import { duration } from '../duration.ts';
import { claims, form, httpsUrl, idTokenFields, secretRef, word, words } from './fields.ts';

/** AWS STS gives credentials of a role for 15 minutes to 12 hours. */
const AWS_LIFETIME = duration(900, 43_200, 'AWS STS gives credentials for 15 minutes to 12 hours');
const GCP_LIFETIME = duration(1, 3600, 'Google gives access tokens for at most an hour');

export const aws = z.strictObject({
  roleArn: form(
    /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/([\x21-\x7e]{1,510}\/)?[\w+=,.@-]{1,64}$/,
    'the ARN of a role',
    'arn:aws:iam::123456789012:role/reader',
  ).describe('The ARN of the role that is assumed.'),
  lifetime: AWS_LIFETIME.optional().describe('How long the credentials are valid, 900s to 43200s.'),
  ...idTokenFields,
});

export const gcp = z.strictObject({
  oidcProviderId: form(
    /^\/\/iam\.googleapis\.com\/projects\/[a-z0-9-]+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
    'the resource name of a workload identity provider',
    '//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/pool/providers/riptides',
  ).describe('The full resource name of the workload identity provider.'),
  serviceAccount: form(
    /^[a-z0-9-]{1,63}@[a-z0-9.-]{1,190}\.[a-z]+$/,
    'the address of a service account',
    'reader@project.iam.gserviceaccount.com',
  )
    .optional()
    .describe('The service account that is impersonated; the federated identity itself when left out.'),
  scopes: oneOrMany(httpsUrl).optional().describe('What the token may do.'),
  lifetime: GCP_LIFETIME.optional().describe('How long the access token is valid, at most 3600s.'),
  ...idTokenFields,
});

const uuid = form(
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  'a UUID',
  '00000000-0000-0000-0000-000000000000',
);

export const azure = z.strictObject({
  tenantID: uuid.describe('The tenant.'),
  clientID: uuid.describe('The client id of the application or managed identity.'),
  scope: form(
    /^(https|api):\/\/[^\s]+\/\.default$/,
    'a scope of Microsoft Entra',
    'https://vault.azure.net/.default',
  ).describe('The one service that the token is for, ending in /.default.'),
  ...idTokenFields,
});

export const oci = z.strictObject({
  clientID: word.describe('The client id of the confidential application.'),
  secretRef: secretRef.describe('Where its client secret is kept.'),
  identityDomainURL: httpsUrl.describe('The URL of the identity domain.'),
  ...idTokenFields,
});

export const jwt = z.strictObject({
  audiences: words.optional().describe('The audience of the token.'),
  audience: words.optional().describe('The same.'),
  claims: claims.optional().describe('More claims of the token.'),
  lifetime: duration().optional().describe('How long the token is valid, such as 300s.'),
});
