// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { lintPolicy } from '../../src/operations/lint.ts';
import { LINT_RULES } from '../../src/lint/rules.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'riptides-lint-'));
afterAll(() => rmSync(ROOT, { recursive: true }));
const NOW = Date.parse('2026-11-24T12:00:00Z') / 1000;

const PROJECT = project('deny');
const TEST = document(
  'PolicyTest',
  'shop',
  '{ tests: [{ name: nobody, process: { facts: { process:uid: 9 } }, to: "10.0.0.1:1", expect: deny }] }',
);

function project(posture: string, rest = 'transports: [tcp]'): string {
  return document(
    'Project',
    'shop',
    `{ trustDomain: shop.example, defaultPosture: { egress: ${posture} }, ${rest} }`,
  );
}

function document(kind: string, name: string, spec: string): string {
  return `apiVersion: core.riptides.io/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
}

const SELECTORS = 'selectors: [{ process:binary:path: /opt/web }]';
function identity(rest: string, selectors = SELECTORS): string {
  return document(
    'WorkloadIdentity',
    'web',
    `{ workloadID: shop/web, ${selectors}${rest === '' ? '' : `, ${rest}`} }`,
  );
}

const API = document(
  'Service',
  'api',
  '{ labels: { app: api }, addresses: [{ address: 10.0.0.1, port: 443 }] }',
);
const EGRESS = 'egress: [{ selectors: [{ app: api }]';

let policies = 0;
function policy(documents: readonly string[]): string {
  const directory = join(ROOT, String(policies++));
  mkdirSync(directory);
  writeFileSync(join(directory, 'riptides.yaml'), documents.join('---\n'));
  return directory;
}

async function codesOf(
  documents: readonly string[],
  disabled: readonly string[] = [],
): Promise<readonly string[]> {
  const found = await lintPolicy(policy(documents), {
    now: NOW,
    disabled,
    findGuardContext: async () => ({}),
  });
  return found.map(({ code }) => code);
}

/** Documents beside a project and a test, unless they bring their own. */
interface Case {
  readonly code: string;
  readonly wrong: readonly string[];
  readonly right: readonly string[];
}

const used = (service: string): readonly string[] => [service, identity(`${EGRESS} }]`)];
const CASES: readonly Case[] = [
  {
    code: 'RTP1701',
    wrong: [identity('', 'selectors: [{ process:name: web, process:cmdline: web -d }]')],
    right: [identity('', 'selectors: [{ process:name: web, process:uid: 7 }]')],
  },
  {
    code: 'RTP1702',
    wrong: used(API.replace('10.0.0.1', '128.0.0.0/1')),
    right: used(API.replace('10.0.0.1', '10.0.0.0/8')),
  },
  {
    code: 'RTP1702',
    wrong: used(API.replace('10.0.0.1', '10.0.0.1, networkPrefixes: ["::/0"]')),
    right: used(API.replace('10.0.0.1', '10.0.0.1, networkPrefixes: ["2001:db8::/32"]')),
  },
  {
    code: 'RTP1713',
    wrong: used(API.replace('10.0.0.1', '"fe80::1"')),
    right: used(API.replace('10.0.0.1', '"fec0::1"')),
  },
  {
    code: 'RTP1713',
    wrong: used(API.replace('10.0.0.1', '10.0.0.1, networkPrefixes: ["febf:1::/32"]')),
    right: used(API.replace('10.0.0.1', '10.0.0.1, networkPrefixes: ["fd00::/32"]')),
  },
  { code: 'RTP1703', wrong: [identity('mode: audit')], right: [identity('mode: enforce')] },
  { code: 'RTP1703', wrong: [identity('mode: "off"')], right: [identity('')] },
  {
    code: 'RTP1704',
    wrong: [API, identity(`${EGRESS}, notAfter: "2026-11-24T11:59:59Z" }]`)],
    right: [API, identity(`${EGRESS}, notAfter: "2026-11-24T12:00:01Z" }]`)],
  },
  {
    code: 'RTP1705',
    wrong: [identity('allowedSPIFFEIDs: { inbound: ["spiffe://other.example/*"] }')],
    right: [identity('allowedSPIFFEIDs: { inbound: ["spiffe://other.example/shop/*"] }')],
  },
  {
    code: 'RTP1705',
    wrong: [identity('ingress: [{ peers: ["spiffe://other.example/*"] }]')],
    right: [identity('ingress: [{ peers: ["spiffe://other.example/a"] }]')],
  },
  {
    code: 'RTP1706',
    wrong: used(API.replace('{ labels', '{ external: true, labels')),
    right: used(API.replace('{ labels', '{ external: true, tls: true, labels')),
  },
  { code: 'RTP1707', wrong: [project('allow'), TEST], right: [project('audit'), TEST] },
  {
    code: 'RTP1714',
    wrong: [project('deny', 'onRevoke: close'), TEST],
    right: [project('deny', 'transports: [tcp, udp]'), TEST],
  },
  {
    code: 'RTP1708',
    wrong: [identity('svid: { x509: { ttl: 86401s } }')],
    right: [identity('svid: { x509: { ttl: 86400s } }')],
  },
  { code: 'RTP1709', wrong: [PROJECT], right: [PROJECT, TEST] },
  {
    code: 'RTP1710',
    wrong: [identity('', 'selectors: [{ process:uid: 0 }]')],
    right: [identity('', 'selectors: [{ process:uid: 0, process:binary:path: /opt/web }]')],
  },
];

function whole(documents: readonly string[]): readonly string[] {
  return documents.some((one) => one.includes('kind: Project\n')) ? documents : [PROJECT, TEST, ...documents];
}

describe('lint', () => {
  test.each(CASES)(
    'finds $code in what is wrong, and nothing in what is right (%#)',
    async ({ code, wrong, right }) => {
      expect(await codesOf(whole(wrong))).toEqual([code]);
      expect(await codesOf(whole(right))).toEqual([]);
    },
  );

  test('has a case for each of its rules that looks at the policy alone', () => {
    const alone = LINT_RULES.filter(({ compares }) => compares !== true);
    expect(new Set(CASES.map(({ code }) => code))).toEqual(new Set(alone.map(({ code }) => code)));
  });

  test('leaves out the rules that are disabled', async () => {
    expect(await codesOf([PROJECT], ['RTP1709'])).toEqual([]);
  });

  test('finds nothing but errors where there are errors', async () => {
    expect(await codesOf([PROJECT, 'kind: Nothing\n'])).toEqual(['RTP1102']);
  });
});

describe('a comment that ignores', () => {
  const audited = (before: string, after = ''): readonly string[] => [
    PROJECT,
    TEST,
    `apiVersion: core.riptides.io/v1alpha1\nkind: WorkloadIdentity\nmetadata: { name: web }\nspec:\n  workloadID: shop/web\n  ${SELECTORS}\n${before}  mode: audit${after}\n`,
  ];

  test.each([
    ['on the line before, with a reason', '  # riptides:ignore RTP1703 until the proxy is there\n', '', []],
    ['on the line itself', '', ' # riptides:ignore RTP1703 until the proxy is there', []],
    ['for several codes', '  # riptides:ignore RTP1703, RTP1701 both are known\n', '', []],
    ['without a reason', '  # riptides:ignore RTP1703\n', '', ['RTP1703', 'RTP1720']],
    ['without a code', '  # riptides:ignore until later\n', '', ['RTP1703', 'RTP1720']],
    ['of another code', '  # riptides:ignore RTP1701 for a reason\n', '', ['RTP1703', 'RTP1720']],
    ['two lines before', '  # riptides:ignore RTP1703 for a reason\n\n', '', ['RTP1703', 'RTP1720']],
  ])('%s', async (_, before, after, expected) => {
    expect(await codesOf(audited(before, after))).toEqual(expected);
  });

  test('does not silence an error', async () => {
    const wrong = audited('  # riptides:ignore RTP1107 for a reason\n').map((text) =>
      text.replace('mode: audit', 'mode: adit'),
    );
    expect((await codesOf(wrong)).length).toBeGreaterThan(0);
  });
});
