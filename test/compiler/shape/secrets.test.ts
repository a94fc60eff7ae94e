// SPDX-License-Identifier: Apache-2.0
// No finding, in any format, echoes a secret that a policy holds in clear text.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { PROVIDER } from '../../../src/bundle/generated.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../../src/compiler/shape/shape.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { shownText } from '../../printed.ts';
import { describeDiagnostics, FORMATS } from '../../../src/diagnostics/formats.ts';
import { diagnosticsToJson } from '../../../src/diagnostics/render.ts';
import { cpuTime } from '../../cpu-time.ts';

/** Every way in which findings are shown. */
function shown(text: string): {
  readonly findings: readonly Diagnostic[];
  readonly texts: readonly string[];
} {
  const loaded = parseFile('p.yaml', Buffer.from(text));
  const shaped = shapeDocuments(loaded.value ?? []);
  const findings = [...loaded.diagnostics, ...shaped.diagnostics];
  const described = describeDiagnostics(findings, { version: '0', cwd: import.meta.dirname });
  const options = { readSource: () => text };
  const texts = [
    shownText(findings, options),
    shownText(findings, { ...options, colour: true }),
    JSON.stringify(diagnosticsToJson(findings)),
    ...Object.values(FORMATS).map((format) => format(described)),
  ];
  return { findings, texts };
}

function document(kind: string, spec: string, metadata = 'name: a'): string {
  return `apiVersion: core.riptides.io/v1alpha1\nkind: ${kind}\nmetadata: { ${metadata} }\nspec: ${spec}\n`;
}

const SECRET = 'correct-horse-battery';
const NAMES = ['token', 'clientSecret', 'client_secret', 'password', 'privateKey', 'api-key', 'accessKey'];

describe('a secret in clear text', () => {
  for (const provider of Object.keys(PROVIDER)) {
    test(`in a source of ${provider} is an error that names the field and not the value`, () => {
      for (const name of NAMES) {
        const places = [
          `{ ${provider}: { ${name}: ${SECRET} } }`,
          `{ ${provider}: { ${name}: { ${name}: ${SECRET}, other: 1 } } }`,
          `{ ${provider}: { additionalParams: { ${name}: [x, ${SECRET}] }, lifetime: soon, unknown: 1 } }`,
          `{ ${provider}: ${name}, ${name}: ${SECRET} }`,
          `\n  ${provider}:\n    ${name}: |\n      ${SECRET}\n      ${SECRET}\n    roleArn: x`,
        ];
        for (const spec of places) {
          const { findings, texts } = shown(document('CredentialSource', spec));
          const found = findings.filter(({ code }) => code === 'RTP1132');
          expect(found.length).toBeGreaterThan(0);
          expect(found.at(-1)?.message).toContain(`"${name}"`);
          for (const text of texts) expect(text).not.toContain(SECRET);
        }
      }
    });
  }

  const forms: readonly (readonly [string, string])[] = [
    ['a token of GitHub', `ghp_${'a1'.repeat(18)}`],
    ['a fine-grained token of GitHub', `github_pat_${'a1'.repeat(12)}_${'B2'.repeat(12)}`],
    ['an access key of AWS', 'AKIAIOSFODNN7EXAMPLE'],
    ['a temporary access key of AWS', 'ASIAIOSFODNN7EXAMPLE'],
    ['a token of Slack', 'xoxb-123456789012-abcdef'],
    ['a key of OpenAI', `sk-proj-${'a1B2'.repeat(10)}`],
    ['a JSON Web Token', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ3ZWIifQ.c2lnbmF0dXJl'],
    ['a token of Vault', `hvs.${'a1B2'.repeat(6)}`],
    ['a private key', '-----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49\\n-----END PRIVATE KEY-----'],
    ['a password in a URL', 'https://user:correct-horse-battery@api.example.com/x'],
  ];
  for (const [what, secret] of forms) {
    test(`is found by its form, wherever it stands: ${what}`, () => {
      const places = [
        document('Service', `{ labels: { app: "${secret}" } }`),
        document(
          'Service',
          `{ labels: { app: a }, addresses: [{ address: "${secret}", port: "${secret}" }] }`,
        ),
        document('Service', '{ labels: { app: a } }', `name: "${secret}"`),
        document('Service', '{ labels: { app: a } }', `name: a, annotations: { note: "x ${secret} y" }`),
        document(
          'WorkloadIdentity',
          `{ workloadID: "${secret}", selectors: [{ process:cmdline: "${secret}" }] }`,
        ),
        document('CredentialBinding', `{ workloadID: a, credentialSource: "${secret}" }`),
        document('Unknown', `"${secret}"`),
        document('Daemon', `{ x: ["${secret}"] }`),
      ];
      for (const text of places) {
        const { findings, texts } = shown(text);
        expect(findings.map(({ code }) => code)).toContain('RTP1132');
        for (const line of secret.split('\\n').filter((part) => !part.startsWith('---')))
          for (const out of texts) expect(out).not.toContain(line);
      }
    });
  }

  test('is not echoed by findings about YAML, which come before anybody knows what is secret', () => {
    const broken = [
      `kind: x\ntoken: "${SECRET}\nspec: {`,
      `{ kind: CredentialSource, password: ${SECRET}, spec: [ }`,
      `spec:\n  clientSecret: ${SECRET}: x\n`,
      `note: ghp_${'a1'.repeat(18)}: x: y\n`,
      `token: !!binary ${SECRET}\n`,
      `password: &a ${SECRET}\nx: [\n`,
      `{ password: &a ${SECRET}, x: [ }\n`,
      `key: |\n  -----BEGIN PRIVATE KEY-----\n ${SECRET}: x\n  -----END PRIVATE KEY-----\n`,
      `client-secret:\n  a: ${SECRET}: x\n`,
    ];
    for (const text of broken) {
      const { findings, texts } = shown(text);
      expect(findings.length).toBeGreaterThan(0);
      for (const out of texts) {
        expect(out).not.toContain(SECRET);
        expect(out).not.toContain('a1a1a1');
      }
    }
  });

  test('is not echoed wherever it stands in a document of whatever form', () => {
    const secret = `ghp_${'a1'.repeat(18)}`;
    const leaf = fc.constantFrom<unknown>(secret, 1, 'x', null, true, 'spiffe://x', '10.0.0.1');
    const key = fc.constantFrom(
      'spec',
      'labels',
      'aws',
      'address',
      'egress',
      'selectors',
      'when',
      'x',
      secret,
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    const kind = fc.constantFrom('CredentialSource', 'WorkloadIdentity', 'Service', 'Guardrail', 'x', secret);
    fc.assert(
      fc.property(kind, value, value, fc.boolean(), (name, metadata, spec, flow) => {
        const whole = { apiVersion: 'core.riptides.io/v1alpha1', kind: name, metadata, spec };
        const text = stringify(whole, { lineWidth: 0, collectionStyle: flow ? 'flow' : 'any' });
        const { findings, texts } = shown(text);
        expect(findings.some((finding) => finding.secret === true)).toBe(text.includes(secret));
        for (const out of texts) expect(out).not.toContain(secret);
      }),
      { numRuns: 300 },
    );
  });
});

describe('fields that are named like a secret', () => {
  test.each([
    [`{ aws: { client-secret: { a: ${SECRET}, b: 1 } } }`, ['spec', 'aws', 'client-secret']],
    [`{ aws: { pwd: [{ a: { b: ${SECRET} } }] } }`, ['spec', 'aws', 'pwd', 0]],
    [`{ aws: { token: { secretRef: { name: x }, value: ${SECRET} } } }`, ['spec', 'aws', 'token']],
    [`{ aws: { bearer: ${SECRET} } }`, ['spec', 'aws', 'bearer']],
    [`\n  aws:\n    clientSecret:\n      a: !!str &x ${SECRET}\n      c: x`, ['spec', 'aws', 'clientSecret']],
  ])('hold one in all that is below them: %s', (spec, path) => {
    const { findings, texts } = shown(document('CredentialSource', spec));
    const found = findings.filter(({ code }) => code === 'RTP1132');
    expect(found.map((finding) => finding.path)).toEqual([path]);
    expect(found[0]?.message).toBe(`the field "${String(path[2])}" holds a secret in clear text`);
    for (const text of texts) expect(text).not.toContain(SECRET);
  });

  test.each([
    [
      'CredentialSource',
      '{ aws: { token: { secretRef: { name: x, key: y } }, password: { required: true, a: "" } } }',
    ],
    ['OIDCClient', '{ cookie: { name: session }, token: { lifetime: 3600s } }'],
  ])('hold none in a reference, and none in settings: %s %s', (kind, spec) => {
    const codes = shown(document(kind, spec)).findings.map(({ code }) => code);
    expect(codes).not.toContain('RTP1132');
  });

  test.each([
    'CredentialSource',
    'CredentialBinding',
    'WorkloadCredential',
    'JoinToken',
    'IdentityProvider',
    'OIDCClient',
    'Verifier',
  ])('hold one in a %s, also as a number, and none when they are empty', (kind) => {
    const spec = '{ provider: { password: 1234, token: "", other: { secret: [x] } }, secret: "" }';
    const { findings } = shown(document(kind, spec));
    const found = findings.filter(({ code }) => code === 'RTP1132');
    expect(found.map(({ message, path }) => [message, path])).toEqual([
      ['the field "password" holds a secret in clear text', ['spec', 'provider', 'password']],
      ['the field "secret" holds a secret in clear text', ['spec', 'provider', 'other', 'secret', 0]],
    ]);
  });

  test.each([
    ['Service', '{ password: x }', 'name: a'],
    ['WorkloadCredential', '{ a: b }', 'name: a, password: x'],
    ['WorkloadCredential', '{ a: b }', 'name: a, labels: { x: { password: y } }'],
    ['WorkloadCredential', '{ a: b }', 'name: a, labels: { password: "" }, annotations: { token: Required }'],
    ['WorkloadIdentity', '{ selectors: [{ k8s:env:NAME: x, env:TOKENS: x, TOKEN: x }] }', 'name: a'],
    ['WorkloadIdentity', '{ other: [{ docker:env:TOKEN: x }] }', 'name: a'],
  ])('hold none in another place: %s %s %s', (kind, spec, metadata) => {
    expect(shown(document(kind, spec, metadata)).findings.filter(({ code }) => code === 'RTP1132')).toEqual(
      [],
    );
  });

  test.each([
    ['Service', '{ labels: { app: a } }', 'name: a, annotations: { password: x }', 'password'],
    ['WorkloadIdentity', '{ selectors: [{ docker:env:API_TOKEN: x }] }', 'name: a', 'docker:env:API_TOKEN'],
    ['WorkloadIdentity', '{ selectors: [{ env:PASSWORD: x }] }', 'name: a', 'env:PASSWORD'],
  ])('hold one: %s %s %s', (kind, spec, metadata, name) => {
    const { findings } = shown(document(kind, spec, metadata));
    expect(findings.filter(({ code }) => code === 'RTP1132').map(({ message }) => message)).toEqual([
      `the field "${name}" holds a secret in clear text`,
    ]);
  });
});

describe('a command line', () => {
  test.each([
    ['WorkloadIdentity', '{ workloadID: a, selectors: [{ process:cmdline: psql --password SECRET }] }'],
    [
      'WorkloadIdentity',
      `{ workloadID: a, selectors: [{ process:cmdline: ["x", 'curl --token="SECRET"'] }] }`,
    ],
    ['PolicyTest', '{ tests: [{ name: a, process: { facts: { process:cmdline: x --api-key=SECRET } } }] }'],
    ['WorkloadIdentity', `{ workloadID: a, egress: [{ when: 'process.cmdline == "x --pwd SECRET"' }] }`],
  ])('with a password is an error: %s %s', (kind, spec) => {
    const { findings, texts } = shown(document(kind, spec.replace('SECRET', SECRET)));
    expect(findings.filter(({ code }) => code === 'RTP1132').map(({ message }) => message)).toEqual([
      expect.stringContaining('holds what looks like a password'),
    ]);
    for (const text of texts) expect(text).not.toContain(SECRET);
  });

  test.each([
    '{ workloadID: a, selectors: [{ process:cmdline: psql --password --host db }] }',
    '{ workloadID: a, selectors: [{ process:cmdline: x --token-file /run/token --password $PASSWORD }] }',
    `{ workloadID: a, egress: [{ when: 'process.cmdline.startsWith("x --token ")' }] }`,
  ])('without one is none: %s', (spec) => {
    const codes = shown(document('WorkloadIdentity', spec)).findings.map(({ code }) => code);
    expect(codes).not.toContain('RTP1132');
  });

  test('that is spoken of in a text is none', () => {
    const rule = '{ id: a, expression: "true", message: never write --password on a command line }';
    const spec = `{ matchKinds: [Service], rules: [${rule}] }`;
    expect(shown(document('Guardrail', spec)).findings).toEqual([]);
  });
});

describe('what is no secret', () => {
  test.each([
    [
      'a reference to one',
      document(
        'CredentialSource',
        '{ kubernetes: { type: BearerToken, secretRef: { name: token, key: password } } }',
      ),
    ],
    [
      'a label that says whether there is one',
      document('Service', '{ labels: { app: a } }', 'name: a, labels: { secret: "false" }'),
    ],
    ['a label of a service', document('Service', '{ labels: { secret: vault, token: issuer } }')],
    [
      'a host that is named like a key',
      document(
        'Service',
        '{ labels: { app: sk-europe-west-production-cluster }, addresses: [{ address: sk-1.example.com }] }',
      ),
    ],
  ])('%s is taken', (_what, text) => {
    expect(shown(text).findings).toEqual([]);
  });

  test('a text of half a megabyte is looked through in a moment', () => {
    const parts = ['eyJ-', 'sk-', '://', 'a:', '-----BEGIN ', 'ghp_', 'AKIA'];
    for (const part of parts) {
      const text = document('Service', `{ labels: { app: "${part.repeat(500_000 / part.length)}" } }`);
      const start = cpuTime();
      expect(shown(text).findings.length).toBeGreaterThan(0);
      expect(cpuTime() - start).toBeLessThan(2000);
    }
  });
});
