// SPDX-License-Identifier: Apache-2.0
// Where credentials come from: what each provider takes, and what is said of the rest.

import { describe, expect, test } from '@jest/globals';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../../src/compiler/shape/shape.ts';
import { quoted } from '../../../src/terminal/visible.ts';

/** Findings about a source, as "code field: message". */
function findings(spec: string): readonly string[] {
  const text = `apiVersion: core.riptides.io/v1alpha1\nkind: CredentialSource\nmetadata: { name: a }\nspec: ${spec}\n`;
  const { value = [] } = parseFile('p.yaml', Buffer.from(text));
  return shapeDocuments(value).diagnostics.map(
    ({ code, path = [], message }) => `${code} ${path.slice(1).join('.')}: ${message}`,
  );
}

const UUID = '0123abcd-0123-4567-89AB-0123456789ab';
const POOL =
  '//iam.googleapis.com/projects/shop-1/locations/global/workloadIdentityPools/pool/providers/riptides';
const SECRET = 'secretRef: { name: s, key: k }';
const ENDPOINT = 'tokenEndpointURL: https://a.example/token';

describe('a source is taken', () => {
  test.each([
    '{ aws: { roleArn: "arn:aws:iam::123456789012:role/reader" } }',
    '{ aws: { roleArn: "arn:aws-us-gov:iam::123456789012:role/a/b/re_a+d=e,r.@-1" } }',
    `{ gcp: { oidcProviderId: ${POOL} } }`,
    `{ gcp: { oidcProviderId: ${POOL}, serviceAccount: a@b.iam.gserviceaccount.com } }`,
    `{ azure: { tenantID: ${UUID}, clientID: ${UUID}, scope: https://vault.azure.net/.default } }`,
    `{ azure: { tenantID: ${UUID}, clientID: ${UUID}, scope: api://a/.default } }`,
    `{ oauth2: { ${ENDPOINT}, grantType: client_credentials, ${SECRET} } }`,
    `{ oauth2: { ${ENDPOINT}, grantType: authorization_code, authorizationEndpointURL: https://a.example/a, redirectURL: https://a.example/r, clientID: x } }`,
    `{ oauth2: { ${ENDPOINT}, grantType: authorization_code, authorizationEndpointURL: https://a.example/a, redirectURL: https://a.example/r, ${SECRET}, usePKCE: true } }`,
    `{ rfc8693: { ${ENDPOINT} } }`,
    '{ rfc8693: { openai: { identityProviderID: a, serviceAccountID: b } } }',
    `{ githubapp: { appID: 1, installationID: "9007199254740991", ${SECRET}, repositories: [a] } }`,
    `{ githubapp: { appID: 1, installationID: 2, ${SECRET}, repositoryIDs: [10] } }`,
    '{ vault: { address: https://v.example, jwtAuthRoleName: r, secretFullPath: kv/a } }',
    '{ vault: { address: https://v.example, jwtAuthRoleName: r, secretFullPath: kv, exchange: { gcp: {} } } }',
    '{ vault: { address: https://v.example, jwtAuthRoleName: r, secretFullPath: kv, exchange: { azure: { tenantID: a, scopes: b } } } }',
  ])('%s', (spec) => {
    expect(findings(spec)).toEqual([]);
  });
});

describe('a role of AWS', () => {
  test.each([
    'x arn:aws:iam::123456789012:role/reader',
    'arn:aws:iam::123456789012:role/reader x',
    'arn:aws-1:iam::123456789012:role/reader',
    'arn:aws:iam::12345678901:role/reader',
    'arn:aws:iam::123456789012:user/reader',
    'arn:aws:iam::123456789012:role/',
    `arn:aws:iam::123456789012:role/${'a'.repeat(65)}`,
  ])('is not %s', (arn) => {
    expect(findings(`{ aws: { roleArn: "${arn}" } }`)).toEqual([
      `RTP1138 aws.roleArn: ${quoted(arn)} is not the ARN of a role`,
    ]);
  });
});

describe('a provider of Google', () => {
  test.each([
    `x${POOL}`,
    `${POOL}/x`,
    POOL.replace('shop-1', 'Shop'),
    POOL.replace('/pool/', '/abc/'),
    POOL.replace('riptides', 'abc'),
    POOL.replace('//iam', 'https://iam'),
    POOL.replace('iam.', 'iam-'),
  ])('is not %s', (id) => {
    expect(findings(`{ gcp: { oidcProviderId: "${id}" } }`)).toEqual([
      `RTP1138 gcp.oidcProviderId: ${quoted(id)} is not the resource name of a workload identity provider`,
    ]);
  });

  test.each(['a@b', 'a@b.c1', 'A@b.com', 'x a@b.com', '@b.com', 'a@.com'])(
    'has no service account %s',
    (account) => {
      expect(findings(`{ gcp: { oidcProviderId: ${POOL}, serviceAccount: "${account}" } }`)).toEqual([
        `RTP1138 gcp.serviceAccount: ${quoted(account)} is not the address of a service account`,
      ]);
    },
  );
});

describe('an application of Azure', () => {
  test.each([`x${UUID}`, `${UUID}0`, UUID.replace('-', ''), UUID.replace('abcd', 'abcg'), UUID.slice(0, -1)])(
    'is not %s',
    (id) => {
      const spec = `{ azure: { tenantID: "${id}", clientID: "${id}", scope: https://a/.default } }`;
      expect(findings(spec)).toEqual(
        ['tenantID', 'clientID'].map((field) => `RTP1138 azure.${field}: ${quoted(id)} is not a UUID`),
      );
    },
  );

  test.each([
    'https:///.default',
    'http://a/.default',
    'https://a/.defaults',
    'https://a/default',
    'x https://a/.default',
  ])('has no scope %s', (scope) => {
    expect(findings(`{ azure: { tenantID: ${UUID}, clientID: ${UUID}, scope: "${scope}" } }`)).toEqual([
      `RTP1138 azure.scope: ${quoted(scope)} is not a scope of Microsoft Entra`,
    ]);
  });
});

describe('a grant', () => {
  const missing = (field: string): string => `RTP1106 oauth2.${field}: the field "${field}" is missing`;
  const meaningless = (field: string): string =>
    `RTP1136 oauth2.${field}: ${field} has no meaning for client_credentials`;

  test.each([
    ['grantType: client_credentials', [missing('secretRef')]],
    ['grantType: client_credentials, clientID: x', [missing('secretRef')]],
    [
      `grantType: client_credentials, ${SECRET}, usePKCE: false, redirectURL: https://a.example, authorizationEndpointURL: https://a.example`,
      ['authorizationEndpointURL', 'redirectURL', 'usePKCE'].map(meaningless),
    ],
    ['grantType: authorization_code', ['authorizationEndpointURL', 'redirectURL', 'clientID'].map(missing)],
    [
      `grantType: authorization_code, ${SECRET}, redirectURL: https://a.example`,
      [missing('authorizationEndpointURL')],
    ],
  ])('lacks a field, or has one too many: %s', (fields, expected) => {
    expect(findings(`{ oauth2: { ${ENDPOINT}, ${fields} } }`)).toEqual(expected);
  });

  test('is exchanged at one place', () => {
    expect(findings('{ rfc8693: {} }')).toEqual([
      'RTP1106 rfc8693.tokenEndpointURL: the field "tokenEndpointURL" is missing',
    ]);
    expect(
      findings(`{ rfc8693: { ${ENDPOINT}, openai: { identityProviderID: a, serviceAccountID: b } } }`),
    ).toEqual(['RTP1136 rfc8693.tokenEndpointURL: openai says where tokens are exchanged']);
  });
});

describe('a store', () => {
  test.each(['/kv/a', 'kv/a/', 'kv a', '/', ' a', 'a\\n'])('of Vault has no path "%s"', (path) => {
    const spec = `{ vault: { address: https://v.example, jwtAuthRoleName: r, secretFullPath: "${path}" } }`;
    expect(findings(spec)).toMatchObject([expect.stringMatching(/^RTP11(38|44) vault\.secretFullPath: /)]);
  });

  test.each([
    ['{}', 'an exchange is with one cloud'],
    ['{ gcp: {}, azure: { tenantID: a, scopes: b } }', 'an exchange is with one cloud'],
  ])('exchanges a secret with one cloud, not %s', (exchange, message) => {
    const spec = `{ vault: { address: https://v.example, jwtAuthRoleName: r, secretFullPath: kv, exchange: ${exchange} } }`;
    expect(findings(spec)).toEqual([`RTP1139 vault.exchange: ${message}`]);
  });

  test.each(['0', '-1', '1.5', '"01"', '"1x"', '"x1"', '"12345678901234567"'])(
    'of GitHub has no id %s',
    (id) => {
      expect(findings(`{ githubapp: { appID: ${id}, installationID: 2, ${SECRET} } }`)).toEqual([
        `RTP1138 githubapp.appID: ${id} is not an id of GitHub`,
      ]);
    },
  );

  test('of GitHub is limited to repositories in one way', () => {
    expect(
      findings(
        `{ githubapp: { appID: 1, installationID: 2, ${SECRET}, repositories: [a], repositoryIDs: [1], permissions: {} } }`,
      ),
    ).toEqual([
      'RTP1113 githubapp.permissions: no permission is named',
      'RTP1136 githubapp.repositoryIDs: repositories are named twice',
    ]);
  });
});

describe('an address', () => {
  test.each([
    ['https://u@a.example/', 'the URL has a user or a password in it'],
    ['https://a.example/#x', '"https://a.example/#x" has a fragment'],
    ['http://a.example/', '"http://a.example/" is not an https URL'],
    ['ftp://a.example/', '"ftp://a.example/" is not an https URL'],
    ['https:a.example', '"https:a.example" is not a URL'],
    ['a.example', '"a.example" is not a URL'],
  ])('is not %s', (url, message) => {
    expect(findings(`{ rfc7523: { tokenEndpointURL: "${url}" } }`)).toEqual([
      `RTP1137 rfc7523.tokenEndpointURL: ${message}`,
    ]);
  });
});

describe('a form of a request', () => {
  test.each([
    `{ rfc7523: { ${ENDPOINT}, additionalParams: { a: b } } }`,
    `{ rfc7523: { ${ENDPOINT}, bodyFormat: json, additionalFields: { a: [b] } } }`,
  ])('has what belongs to it: %s', (spec) => {
    expect(findings(spec)).toEqual([]);
  });

  test('has nothing that belongs to the other', () => {
    expect(findings(`{ rfc7523: { ${ENDPOINT}, bodyFormat: json, additionalParams: { a: b } } }`)).toEqual([
      'RTP1136 rfc7523.additionalParams: additionalParams has no meaning for a request that is JSON',
    ]);
    expect(findings(`{ rfc7523: { ${ENDPOINT}, additionalFields: { a: b } } }`)).toEqual([
      'RTP1136 rfc7523.additionalFields: additionalFields has no meaning for a request that is a form',
    ]);
  });
});

describe('claims', () => {
  test('can be any but those that say who it is, for whom and how long', () => {
    expect(findings('{ jwt: { claims: { env: prod, groups: [a], sub: x } } }')).toEqual([
      'RTP1109 jwt.claims.sub: the claim "sub" cannot be set',
    ]);
    expect(
      findings(
        '{ aws: { roleArn: "arn:aws:iam::123456789012:role/r", idTokenClaims: { iss: y, aud: z, exp: 1 } } }',
      ),
    ).toEqual(
      ['iss', 'aud', 'exp'].map(
        (name) => `RTP1109 aws.idTokenClaims.${name}: the claim "${name}" cannot be set`,
      ),
    );
  });

  test('are of a token that lives at most a day', () => {
    const aws = (lifetime: string): string =>
      `{ aws: { roleArn: "arn:aws:iam::123456789012:role/r", idTokenLifetime: ${lifetime} } }`;
    expect(findings(aws('86400s'))).toEqual([]);
    expect(findings(aws('86401s'))).toEqual(['RTP1119 aws.idTokenLifetime: "86401s" is too long']);
  });
});

describe('Vault', () => {
  const vault = (more: string): string =>
    `{ vault: { address: https://v.example, jwtAuthRoleName: r, secretFullPath: kv/a, ${more} } }`;
  const PEM = '-----BEGIN CERTIFICATE-----\\nMIIB/+a=\\n-----END CERTIFICATE-----\\n';

  test.each([
    'jwtAuthMethodPath: j',
    'jwtAuthMethodPath: team/jwt',
    `tls: { caBundle: "${PEM}" }`,
    `tls: { caBundle: "# the authority\\n${PEM}${PEM}" }`,
  ])('is reached with %s', (more) => {
    expect(findings(vault(more))).toEqual([]);
  });

  test.each(['auth/jwt', 'auth/jwt/', 'jwt/', '/jwt', 'a b'])('has no auth method at %s', (path) => {
    expect(findings(vault(`jwtAuthMethodPath: ${path}`))).toEqual([
      `RTP1138 vault.jwtAuthMethodPath: "${path}" is not the path of an auth method below auth/`,
    ]);
  });

  test('is known by certificates as PEM', () => {
    expect(findings(vault('tls: { caBundle: abc }'))).toEqual([
      'RTP1138 vault.tls.caBundle: "abc" is not a list of certificates as PEM',
    ]);
  });
});
