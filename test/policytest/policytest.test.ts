// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { formatTestsAsJunit } from '../../src/policytest/junit.ts';
import { renderCoverage, renderRun, runToJson, summariseRun } from '../../src/policytest/render.ts';
import { testPolicy } from '../../src/policytest/test.ts';
import { riptides } from '../commands/riptides.ts';
import { painter } from '../../src/terminal/paint.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'riptides-policytest-'));
afterAll(() => rmSync(ROOT, { recursive: true }));
const TIME = Date.parse('2026-11-24T12:00:00Z') / 1000;

const POLICY = `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: shop }
spec: { trustDomain: shop.example, defaultPosture: { egress: deny } }
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: api }
spec: { labels: { app: api }, addresses: [{ address: 10.0.0.1, port: 443 }, { address: api.shop.example, port: 443 }, { address: '::1', port: 443 }] }
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: web }
spec:
  workloadID: shop/web
  selectors: [{ process:uid: 1001, k8s:label:app: web }]
  connection: { tls: { mode: MUTUAL } }
  egress:
    - selectors: [{ app: api }]
      windows: [{ days: [mon-fri], from: "08:00", to: "18:00" }]
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: api }
spec:
  workloadID: shop/api
  selectors: [{ process:uid: 1002 }]
  allowedSPIFFEIDs: { inbound: ["spiffe://{{.TrustDomain}}/shop/web"] }
`;

const HEAD = 'apiVersion: core.riptides.io/v1alpha1\nkind: PolicyTest\nmetadata: { name: ways }\n';
const WEB = '{ facts: { process:uid: 1001, k8s:label:app: web } }';

let policies = 0;
function policy(tests: string, where = 'tests'): string {
  const directory = join(ROOT, String(policies++));
  mkdirSync(join(directory, 'tests'), { recursive: true });
  writeFileSync(
    join(directory, 'riptides.yaml'),
    where === 'tests' ? POLICY.replace('deny }', 'deny }, policies: [riptides.yaml]') : POLICY,
  );
  writeFileSync(join(directory, where, 'ways.yaml'), `${HEAD}${tests}`);
  return directory;
}

async function run(tests: string, options: { threshold?: number; where?: string } = {}) {
  return testPolicy(policy(tests, options.where), {
    time: TIME,
    findGuardContext: async () => ({}),
    threshold: options.threshold,
  });
}

/** One test in a line. */
async function findings(one: string, rest = '') {
  const { diagnostics } = await run(`spec: { ${rest}tests: [{ name: one, ${one} }] }\n`);
  return diagnostics.map(
    ({ code, message, range }) => `${code} ${range.start.line}:${range.start.column} ${message}`,
  );
}

describe('a test of a policy passes when the policy says what it expects', () => {
  test.each([
    [`process: ${WEB}, to: "10.0.0.1:443", expect: allow`],
    [`process: ${WEB}, to: "api.shop.example:443", expect: { verdict: allow, service: api }`],
    [`process: ${WEB}, to: "[::]:443", expect: { verdict: allow, service: api }`],
    [`process: ${WEB}, to: "[::1]:0", expect: { verdict: deny, service: null }`],
    [`process: ${WEB}, to: "10.0.0.1:444", expect: { verdict: deny, identity: shop/web, service: null }`],
    [`process: ${WEB}, to: "10.0.0.1:443", expect: { verdict: allow, tls: MUTUAL, presents: shop/web }`],
    [`process: ${WEB}, to: "10.0.0.1:443", time: "2026-11-22T12:00:00Z", expect: deny`],
    [`process: { as: shop/web }, to: "10.0.0.1:443", expect: allow`],
    [
      `process: { as: shop/web, facts: { process:uid: 7 } }, to: "10.0.0.1:443", expect: { verdict: deny, identity: null }`,
    ],
    [
      `process: { as: shop/api }, from: "10.0.0.9:40000", port: 443, peer: "spiffe://shop.example/shop/web", expect: allow`,
    ],
    [
      `process: { as: shop/api }, from: "10.0.0.9:40000", peer: "spiffe://shop.example/shop/other", expect: deny`,
    ],
    [`process: { as: shop/api }, from: "10.0.0.9:40000", expect: deny`],
    [
      `process: ${WEB}, to: "10.0.0.1:443", peer: "spiffe://shop.example/x", expect: { verdict: allow, peerAllowed: true }`,
    ],
    [
      `process: { as: shop/web, facts: { k8s:label:app: api } }, to: "10.0.0.1:443", expect: { verdict: deny, identity: null }`,
    ],
  ])('%s', async (one) => {
    expect(await findings(one)).toEqual([]);
  });

  test('with processes that have names, and a time for all', async () => {
    const rest = `processes: { web: ${WEB} }, time: "2026-11-22T12:00:00Z", `;
    expect(await findings('process: web, to: "10.0.0.1:443", expect: deny', rest)).toEqual([]);
  });
});

describe('a test of a policy fails', () => {
  test.each([
    [
      'when the verdict is another',
      `process: ${WEB}, to: "10.0.0.1:444", expect: allow`,
      ['RTP1801 4:113 "one": expected verdict allow, got deny'],
    ],
    [
      'when anything else that it names is another',
      `process: ${WEB}, to: "10.0.0.1:443", expect: { verdict: allow, service: db, tls: SIMPLE }`,
      ['RTP1801 4:148 "one": expected service db, got api; expected tls SIMPLE, got MUTUAL'],
    ],
    [
      'when its process has no such name',
      'process: wep, to: "10.0.0.1:443", expect: allow',
      ['RTP1802 4:39 the document has no process "wep"'],
    ],
    [
      'when the policy has no such identity',
      'process: { as: shop/wep }, to: "10.0.0.1:443", expect: allow',
      ['RTP1802 4:45 the policy has no identity "shop/wep"'],
    ],
    [
      'when the destination is none',
      `process: ${WEB}, to: "10.0.0.1", expect: allow`,
      ['RTP1802 4:97 "10.0.0.1" is not a destination'],
    ],
    ...[
      '"shop/x/y"',
      '""',
      '"SPIFFE://shop.example/x"',
      '"spiffe://shop.example/x/*"',
      '"spiffe://{{.TrustDomain}}/x"',
    ].map((peer): [string, string, unknown[]] => [
      `when its peer is ${peer}, which none can prove`,
      `process: ${WEB}, from: "10.0.0.1:1", peer: ${peer}, expect: deny`,
      [expect.stringMatching(/^RTP1121 4:\d+ /)],
    ]),
    [
      'when it comes from a name',
      `process: ${WEB}, from: "host.example:1", expect: deny`,
      ['RTP1802 4:99 "host.example:1" is not the source of a connection'],
    ],
    ...[0, 99_999, 1.5].map((port): [string, string, unknown[]] => [
      `when its port is ${port}`,
      `process: ${WEB}, from: "10.0.0.1:1", port: ${port}, expect: deny`,
      [`RTP1117 4:119 ${port} is not a port`],
    ]),
    [
      'when it goes out and has a port to come in at',
      `process: ${WEB}, to: "10.0.0.1:1", port: 80, expect: deny`,
      ['RTP1150 4:111 "port" is for incoming connections, and this one is outgoing'],
    ],
    [
      'when it expects something of a peer that it does not name',
      `process: ${WEB}, to: "10.0.0.1:443", expect: { verdict: allow, peerAllowed: true }`,
      ['RTP1150 4:139 the test expects something of a peer, but names none'],
    ],
    [
      'when it expects of a connection that comes in what is said of others',
      `process: ${WEB}, from: "10.0.0.1:1", peer: "spiffe://a/b", expect: { verdict: deny, peerAllowed: true }`,
      [expect.stringContaining('"peerAllowed" is for outgoing connections, and this one is incoming')],
    ],
    [
      'when what it expects has a slip in it',
      `process: ${WEB}, to: "10.0.0.1:443", expect: { verdict: deny, tls: mutual }`,
      ['RTP1108 4:143 "mutual" is not one of the values of "tls"'],
    ],
    [
      'when the verdict that it expects has a slip',
      `process: ${WEB}, to: "10.0.0.1:443", expect: { verdict: DENY }`,
      ['RTP1108 4:132 "DENY" is not one of the values of "verdict"'],
    ],
    [
      'when the verdict alone that it expects has a slip',
      `process: ${WEB}, to: "10.0.0.1:443", expect: denny`,
      ['RTP1108 4:121 "denny" is not one of the values of "expect"'],
    ],
    [
      'when a field of what it expects has a slip',
      `process: ${WEB}, to: "10.0.0.1:443", expect: { verdit: deny }`,
      ['RTP1105 4:123 there is no field "verdit" here'],
    ],
    [
      'when a field of what it expects has another type',
      `process: ${WEB}, to: "10.0.0.1:443", expect: { verdict: deny, peerAllowed: "yes" }`,
      ['RTP1107 4:151 the field "peerAllowed" must be true or false, not the text "yes"'],
    ],
    [
      'when it expects a number',
      `process: ${WEB}, to: "10.0.0.1:443", expect: 5`,
      ['RTP1107 4:121 the field "expect" must be text or a map, not the number 5'],
    ],
    ['when it goes nowhere', `process: ${WEB}, expect: allow`, ['RTP1150 4:25 the test has no connection']],
    [
      'when its process has a fact of a connection',
      'process: { facts: { destination:port: 443 } }, to: "10.0.0.1:443", expect: allow',
      ['RTP1150 4:50 "destination:port" is not a fact of a process'],
    ],
    [
      'when its process has two users',
      'process: { facts: { process:uid: [1, 2] } }, to: "10.0.0.1:443", expect: allow',
      ['RTP1150 4:63 a process has one "process:uid", and here are 2'],
    ],
  ] as [string, string, unknown[]][])('%s', async (_, one, expected) => {
    expect(await findings(one)).toEqual(expected);
  });

  test('when another of the document has its name', async () => {
    const { diagnostics } = await run(
      `spec: { tests: [{ name: one, process: ${WEB}, to: "10.0.0.1:443", expect: allow }, { name: one, process: ${WEB}, to: "10.0.0.1:443", expect: allow }] }\n`,
    );
    expect(diagnostics.map(({ message }) => message)).toEqual(['the test "one" is defined twice']);
  });
});

const TWO = `spec:
  tests:
    - { name: in time, process: ${WEB}, to: "10.0.0.1:443", expect: allow }
    - { name: <elsewhere>, process: ${WEB}, to: "10.0.0.2:443", expect: allow }
`;

describe('a run of tests', () => {
  test('finds tests among the documents of the policy, too', async () => {
    const { run: result } = await run(TWO, { where: '.' });
    expect(result?.suites.map(({ tests }) => tests.length)).toEqual([2]);
  });

  test('counts the rules, destinations and refusals that were asked for', async () => {
    const { run: result } = await run(TWO);
    const items = result?.coverage.items.map(({ kind, name, tests }) => `${kind} ${name}: ${tests}`);
    expect(items).toEqual([
      'deny no identity: outgoing connections: 0',
      'deny shop/api: no egress rule grants it: 0',
      'deny shop/api: no rule admits the peer: 0',
      'rule inbound rule 4 of shop/api: 0',
      'deny shop/web: no egress rule grants it: 1',
      'rule egress rule 6 of shop/web: 1',
      'destination shop/web → api: 1',
      'address api → 10.0.0.1:443: 1',
      'address api → [::1]:443: 0',
      'address api → api.shop.example:443: 0',
    ]);
    expect(result?.coverage.percent).toBe(40);
  });

  test('counts an address that is reached, by each of its names', async () => {
    const { run: result } = await run(`spec:
  tests:
    - { name: any, process: ${WEB}, to: "[::]:443", expect: allow }
    - { name: name, process: ${WEB}, to: "api.shop.example:443", expect: allow }
    - { name: port, process: ${WEB}, to: "10.0.0.1:80", expect: deny }
`);
    const items = result?.coverage.items.filter(({ kind }) => kind === 'address');
    expect(items?.map(({ name, tests }) => `${name}: ${tests}`)).toEqual([
      'api → 10.0.0.1:443: 0',
      'api → [::1]:443: 1',
      'api → api.shop.example:443: 1',
    ]);
  });

  test('can be of some tests alone, by a pattern', () => {
    const directory = policy(TWO);
    const { stdout, code } = riptides([
      'test',
      directory,
      '--run',
      '^ways/in ',
      '--time',
      '2026-11-24T12:00:00Z',
    ]);
    expect(stdout).toMatch(/^pass {2}ways {2}1 of 1, .*\n\n1 test: 1 passed, 0 failed, 1 not run\n$/);
    expect(code).toBe(0);
    const none = riptides(['test', directory, '--run', 'nobody']);
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining('none of the 2 tests matches --run'),
    ]);
    expect(riptides(['test', directory, '--run', '(']).stderr).toContain(
      '--run "(" is not a regular expression',
    );
  });

  test('fails below the threshold and not at it', async () => {
    const codes = async (threshold: number) =>
      (
        await run(
          TWO.replace('expect: allow }\n', 'expect: allow }\n').replace(
            '10.0.0.2:443", expect: allow',
            '10.0.0.2:443", expect: deny',
          ),
          { threshold },
        )
      ).diagnostics.map(({ code }) => code);
    expect(await codes(40)).toEqual([]);
    expect(await codes(41)).toEqual(['RTP1803']);
  });

  test('is shown with what failed, what is not covered, and what it amounts to', async () => {
    const { run: result } = await run(TWO);
    if (result === undefined) throw new Error('not run');
    const paint = painter(false);
    const text = renderRun(result, paint).join('\n').replaceAll(ROOT, '');
    expect(text).toMatch(/^FAIL {2}ways {2}1 of 2, .*ways\.yaml\n {6}✗ <elsewhere> {2}.*ways\.yaml:7:15$/);
    expect(summariseRun(result)).toBe('2 tests: 1 passed, 1 failed, 40 % covered');
    expect(renderCoverage(result.coverage, paint)).toContain('  denials       1 of 4');
    expect(runToJson(result)).toMatchObject({ passed: false, coverage: { percent: 40, covered: 4 } });
  });

  test('is XML that a parser reads, with a case for each test', async () => {
    const { run: result } = await run(TWO);
    if (result === undefined) throw new Error('not run');
    const program =
      'import sys, xml.etree.ElementTree as e\nfor c in e.fromstring(sys.stdin.read()).iter("testcase"): print(c.get("name"), [f.get("type") for f in c])';
    const read = execFileSync('python3', ['-c', program], {
      input: formatTestsAsJunit(result),
      encoding: 'utf8',
    });
    expect(read).toBe("in time []\n<elsewhere> ['RTP1801']\n");
  });

  test('does not begin when the policy or a test has an error', async () => {
    const { run: result, diagnostics } = await run('spec: { tests: [] }\n');
    expect(result).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(['RTP1113']);
  });
});
