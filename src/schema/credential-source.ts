// SPDX-License-Identifier: Apache-2.0
// Where a credential comes from. The field names of kubernetes, aws and gcp are those of the published policy language;
// of the other providers that language names only the keys, and the fields are ours.

import * as z from 'zod';
import { PROVIDER } from '../bundle/generated.ts';
import { type Problem, rule } from './check.ts';
import { documentSchema } from './document.ts';
import { aws, azure, gcp, jwt, oci } from './providers/clouds.ts';
import { oauth2, rfc7523, rfc8693 } from './providers/grants.ts';
import { conjur, githubapp, kubernetes, vault } from './providers/stores.ts';

type Provider = keyof typeof PROVIDER;

const providers = {
  kubernetes: kubernetes.optional().describe('A Secret of Kubernetes.'),
  aws: aws.optional().describe('Credentials of a role, from AWS STS.'),
  gcp: gcp.optional().describe('An access token, from Google workload identity federation.'),
  azure: azure.optional().describe('An access token, from Microsoft Entra.'),
  oci: oci.optional().describe('A session token, from an identity domain of Oracle cloud.'),
  vault: vault.optional().describe('A secret of HashiCorp Vault or OpenBao.'),
  jwt: jwt.optional().describe('A JWT-SVID of the workload, as it is.'),
  oauth2: oauth2.optional().describe('An access token of an OAuth 2 server.'),
  rfc7523: rfc7523.optional().describe('An access token for the ID token, by the jwt-bearer grant.'),
  rfc8693: rfc8693.optional().describe('A token for the ID token, by token exchange.'),
  githubapp: githubapp.optional().describe('An installation token of a GitHub App.'),
  conjur: conjur.optional().describe('Secrets of CyberArk Conjur.'),
} satisfies Record<Provider, z.ZodType>;

export const PROVIDERS: readonly string[] = Object.keys(providers);

export const credentialSourceSchema = documentSchema(
  'CredentialSource',
  z
    .strictObject(providers)
    .check(rule(providerProblem))
    .meta({ minProperties: 1, maxProperties: 1 })
    .transform((written) => ({ provider: providerOf(written), ...written }))
    .meta({ cel: z.object({ provider: z.string(), ...providers }) }),
);

function providerProblem(written: Readonly<Record<string, unknown>>): Problem | undefined {
  const [first, second] = Object.keys(written);
  if (first === undefined) {
    return {
      code: 'RTP1139',
      message: 'the source names no provider',
      fix: `write one of ${PROVIDERS.join(', ')}`,
    };
  }
  if (second === undefined) return undefined;
  return {
    code: 'RTP1139',
    message: `the source names both ${first} and ${second}`,
    why: 'a source gives one credential; riptides does not guess which of the two is meant',
    fix: 'write a CredentialSource for each',
    at: [second],
    ofKey: true,
  };
}

function providerOf(written: Readonly<Record<string, unknown>>): Provider {
  return Object.keys(written).find(isProvider) ?? 'kubernetes';
}

function isProvider(name: string): name is Provider {
  return Object.hasOwn(PROVIDER, name);
}
