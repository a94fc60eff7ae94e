// SPDX-License-Identifier: Apache-2.0
// Tests of policies: whatever they ask of a policy, they are run or have findings, and what came of them is shown.

import { compilePolicy } from '../../../src/compiler/compile.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { shapeDocuments } from '../../../src/compiler/shape/shape.ts';
import { formatTestsAsJunit } from '../../../src/policytest/junit.ts';
import { renderCoverage, renderRun, runToJson, summariseRun } from '../../../src/policytest/render.ts';
import { runTests } from '../../../src/policytest/run.ts';
import { examples, filesOf, toBytes, toText } from '../corpus.ts';
import { yamlChanges } from '../data.ts';
import { checkFindings, SECRET } from '../findings.ts';
import { printed } from '../../printed.ts';
import { Broken, LARGE, type Target, timed } from '../target.ts';

const NOW = 1_700_000_000;
const compiled = await compilePolicy(filesOf('test/golden/everything/riptides.yaml'), { scopes: 'ignore' });
const compilation = compiled.value;
if (compilation === undefined)
  throw new Error(`the sample does not compile: ${compiled.diagnostics[0]?.message}`);

const SAMPLE = `apiVersion: core.riptides.io/v1alpha1
kind: PolicyTest
metadata: { name: ways }
spec:
  time: 2026-03-01T08:00:00Z
  processes:
    user: { facts: { process:uid: 5 } }
    root: { facts: { process:uid: 0, process:name: rescue, process:gid: 0 } }
  tests:
    - name: web reaches the api
      process: { as: shop/web }
      to: 10.0.0.1:443
      expect: { verdict: allow, identity: shop/web, service: api }
    - name: users reach git
      process: user
      to: api.example.com:443
      peer: spiffe://test.example/shop/web
      expect: { verdict: deny, tls: MUTUAL, presents: shop/web, peerAllowed: true }
    - name: somebody calls
      process: root
      from: "[fd00::7]:40000"
      port: 443
      peer: spiffe://test.example/users/5
      time: 2026-11-22T12:00:00Z
      expect: deny
`;
const seeds = [toBytes(SAMPLE), ...examples().filter((bytes) => toText(bytes).includes('kind: PolicyTest'))];
const paint = (_style: string, text: string): string => text;

export const target: Target = {
  seeds: () => seeds,
  change: yamlChanges(seeds, [
    '10.0.0.1:443',
    'api.example.com:443',
    'shop/web',
    'allow',
    SECRET,
    '4294967296',
  ]),
  largest: LARGE,
  isText: true,
  words: [
    'kind: PolicyTest\n', 'spec:\n', 'processes:\n', 'tests:\n', 'name: ', 'process: ', 'as: ', 'shop/web', 'users/[process:uid]', 'rescue', 'facts: ',
    'process:uid: 1001', 'process:binary:path: /x', 'direction: output', 'k8s:label:app: web', 'destination:port: 1', 'to: ', 'from: ', 'port: 443',
    'peer: ', 'spiffe://shop.example/shop/web', 'time: 2026-03-01T08:00:00Z', 'expect: ', 'allow', 'deny', 'audit',
    'verdict: ', 'identity: ', 'service: ', 'tls: ', 'MUTUAL', 'presents: ', 'peerAllowed: ', 'null', '10.0.0.1:443',
    '[fd00::1]:443', 'api.example.com:443', '0.0.0.0:1', ':0', ':65536', '4294967295', '__proto__', 'constructor',
    'toString', '\u202e', '"\\ud800"', '"\\0"', 'x'.repeat(300), SECRET, '{}', '[]',
  ], // prettier-ignore
  check: (bytes) => {
    const loaded = parseFile('t.yaml', bytes);
    const shaped = timed('reading tests', () => shapeDocuments(loaded.value ?? []));
    const codes = checkFindings([...loaded.diagnostics, ...shaped.diagnostics], 't.yaml', bytes);
    const documents = (shaped.value ?? []).filter((document) => document.kind === 'PolicyTest');
    const run = timed('running tests', () =>
      runTests(compilation, documents, { now: NOW, filter: undefined }),
    );
    const failures = run.suites.flatMap((suite) => suite.tests.flatMap(({ diagnostics }) => diagnostics));
    // What decided is in the policy.
    const own = failures.map((diagnostic) => ({ ...diagnostic, related: [] }));
    const failed = checkFindings(own, 't.yaml', bytes);
    const shown = printed([
      ...renderRun(run, paint),
      summariseRun(run),
      ...renderCoverage(run.coverage, paint),
    ]);
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(shown))
      throw new Broken('a control character is shown', JSON.stringify(shown));
    JSON.stringify(runToJson(run));
    const junit = formatTestsAsJunit(run);
    // oxlint-disable-next-line no-control-regex -- XML does not have these
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(junit) || !junit.isWellFormed())
      throw new Broken('JUnit that is no XML', JSON.stringify(junit));
    return `${codes} / ${documents.length} documents: ${failed} ${run.coverage.percent}`;
  },
};
