// SPDX-License-Identifier: Apache-2.0
// With what a policy is compared, what is said when it was not, and how its findings are silenced and printed.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lintPolicy } from '../../src/operations/lint.ts';
import { riptides } from '../commands/riptides.ts';
import { type AppliedPolicy, appliedPolicy, type Edit, findingsOf, POLICY } from './applied.ts';

const policies: AppliedPolicy[] = [];
function applied(text = POLICY, apply = true): AppliedPolicy {
  const policy = appliedPolicy(text, apply);
  policies.push(policy);
  return policy;
}
afterAll(() => {
  for (const policy of policies) policy.remove();
});

const AUDITED: Edit = ['mode: enforce', 'mode: audit'];
const WEB_DB: Edit = ['        - app: api\n', '        - app: api\n    - selectors:\n        - app: db\n'];
const codes = async (...args: Parameters<typeof findingsOf>): Promise<readonly string[]> =>
  (await findingsOf(...args)).map(({ code }) => code);

describe('a widening', () => {
  let policy: AppliedPolicy;
  beforeAll(() => {
    policy = applied();
  });

  test.each([
    ['on the line before', '  # riptides:ignore RTP1711 the new proxy is tried out\n  mode: audit', []],
    ['on the line itself', '  mode: audit # riptides:ignore RTP1711 the new proxy is tried out', []],
    ['without a reason', '  mode: audit # riptides:ignore RTP1711', ['RTP1711', 'RTP1720']],
  ])('is silenced by a comment %s', async (_, line, expected) => {
    policy.change(['  mode: enforce', line]);
    expect(await codes(policy)).toEqual(expected);
  });

  test('that is not silenced is found beside one that is', async () => {
    policy.change(['  mode: enforce', '  mode: audit # riptides:ignore RTP1711 it is tried out'], WEB_DB);
    expect(await codes(policy)).toEqual(['RTP1711']);
  });

  test('whose comment stayed when it was applied makes the comment a finding', async () => {
    const audited = applied(POLICY.replace('mode: enforce', 'mode: audit'));
    audited.change(['mode: audit', 'mode: audit # riptides:ignore RTP1711 it is tried out']);
    const found = await lintPolicy(audited.directory, {
      now: 0,
      disabled: [],
      targets: ['embedded'],
      findGuardContext: async () => ({}),
    });
    expect(found.map(({ code }) => code)).toContain('RTP1720');
  });

  test('is not looked for when it is disabled', async () => {
    policy.change(AUDITED);
    expect(await codes(policy, { disabled: ['RTP1711'] })).toEqual([]);
  });

  test('is no finding any more when it was applied', async () => {
    const own = applied();
    own.change(AUDITED);
    expect(await codes(own)).toEqual(['RTP1711']);
    own.git('commit', '-qam', 'audit');
    riptides(['apply', '--yes', '--target', 'embedded'], { cwd: own.directory });
    expect(await codes(own)).toEqual([]);
    own.change(AUDITED, WEB_DB);
    const [finding] = await findingsOf(own);
    expect(finding?.message).toContain('"shop/web" keeps connections to db, with less control');
    expect(finding?.why).toContain('generation 2 of embedded');
    riptides(['rollback', '--yes', '--target', 'embedded'], { cwd: own.directory });
    expect((await findingsOf(own)).map(({ message }) => message)).toEqual([
      expect.stringContaining('"shop/web" gains connections to anywhere but'),
      expect.stringContaining('"shop/web" gains connections to db'),
    ]);
  });

  test('is told from changes that were applied without being committed', async () => {
    const own = applied(POLICY, false);
    own.change(['ports: [8080]', 'ports: [8081]']);
    riptides(['apply', '--yes', '--target', 'embedded'], { cwd: own.directory });
    own.change();
    const [finding] = await findingsOf(own);
    expect(finding?.why).toMatch(/, from commit [0-9a-f]{12} and what was changed since\)/);
  });
});

describe('the record that counts', () => {
  let policy: AppliedPolicy;
  beforeAll(() => {
    policy = applied();
    policy.change(AUDITED);
  });
  /** As if it had been applied to the kernel, too. */
  const copyTo = (target: string) => {
    const ref = policy.git('for-each-ref', '--format=%(refname)', 'refs/riptides').trim();
    policy.git('update-ref', ref.replace('/embedded/', `/${target}/`), ref);
  };

  test('is that of any target, unless one is named', async () => {
    expect(await codes(policy)).toEqual(['RTP1711']);
    expect(await codes(policy, { targets: ['embedded'] })).toEqual(['RTP1711']);
    expect(await codes(policy, { targets: ['kernel'] })).toEqual([]);
  });

  test('is the kernel’s before that of the embedded target', async () => {
    copyTo('kernel');
    riptides(['apply', '--yes', '--target', 'embedded'], { cwd: policy.directory });
    expect(await codes(policy)).toEqual(['RTP1711']);
    expect(await codes(policy, { targets: ['embedded'] })).toEqual([]);
  });

  test('is none where nothing was applied, and where there is no repository', async () => {
    const unapplied = applied(POLICY, false);
    unapplied.change(AUDITED);
    expect(await codes(unapplied)).toEqual([]);
    rmSync(join(unapplied.directory, '.git'), { recursive: true });
    expect(await codes(unapplied)).toEqual([]);
  });
});

describe('a comparison that is not made to its end', () => {
  test('is a finding when it takes too many steps', async () => {
    const policy = applied();
    policy.change(AUDITED);
    const found = await findingsOf(policy, { steps: 10 });
    expect(found).toEqual([
      expect.objectContaining({
        code: 'RTP1712',
        message: expect.stringMatching(/^the policy was not compared exactly with generation 1 of embedded/),
        why: 'outbound connections: the comparison reached its limit of steps; the list is correct but may be incomplete',
        path: ['metadata', 'name'],
      }),
    ]);
    expect(await codes(policy, { steps: 10, disabled: ['RTP1712'] })).toEqual([]);
  });

  test('is a finding when identities are for certain nodes, and no node is named', async () => {
    const policy = applied(POLICY, false);
    const scoped: Edit = [
      '  workloadID: shop/api\n',
      '  workloadID: shop/api\n  scope: { daemon: { id: node/a } }\n',
    ];
    policy.change(scoped);
    const { code } = riptides(['apply', '--yes', '--target', 'embedded', '--node', 'node/a'], {
      cwd: policy.directory,
    });
    expect(code).toBe(0);
    policy.change(scoped, WEB_DB);
    const [finding, ...others] = await findingsOf(policy);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'RTP1712', fix: 'name the node with --node or RIPTIDES_NODE' });
    expect(await codes(policy, { node: 'node/a' })).toEqual(['RTP1711']);
    // On another node there is no such identity, which is less.
    expect(await codes(policy, { node: 'node/b' })).toEqual(['RTP1711']);
  });

  test('is a finding when the record cannot be read', async () => {
    const policy = applied();
    policy.change(AUDITED);
    const ref = policy.git('for-each-ref', '--format=%(refname)', 'refs/riptides').trim();
    policy.git('update-ref', ref, 'HEAD');
    const [finding] = await findingsOf(policy);
    expect(finding).toMatchObject({
      code: 'RTP1712',
      message: 'the policy was not compared with what was last applied',
      why: expect.stringContaining('is not a record that this version of riptides can read'),
    });
  });

  test('is a finding when git does not read the repository', async () => {
    const policy = applied();
    policy.change(AUDITED);
    writeFileSync(join(policy.directory, '.git/config'), 'no [config\n');
    const [finding] = await findingsOf(policy);
    expect(finding).toMatchObject({
      code: 'RTP1712',
      why: expect.stringContaining('git cannot read the repository'),
    });
  });
});

describe('riptides lint', () => {
  let policy: AppliedPolicy;
  const run = (...args: string[]) => riptides(['lint', ...args], { cwd: policy.directory });
  beforeAll(() => {
    policy = applied();
    policy.change(WEB_DB);
  });

  test('tells it to people, with the line', () => {
    const { code, stderr } = run('--disable', 'RTP1709');
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^riptides\.yaml:25:7: warning RTP1711: "shop\/web" gains connections to db {2}\(spec\.egress\[1\]\)\n {2}25 \| {5}- selectors:\n/,
    );
    expect(stderr).toContain(
      'for example process:uid=1001 process:binary:path=/opt/web to 10.0.1.1:5432: refused by riptides.yaml:17:15, then allowed to db by riptides.yaml:25:7\n',
    );
    expect(stderr).toContain('\n1 warning\n');
  });

  test('tells it to programs', () => {
    expect(JSON.parse(run('--json').stdout)).toMatchObject({
      schemaVersion: 1,
      diagnostics: expect.arrayContaining([
        expect.objectContaining({
          code: 'RTP1711',
          range: expect.objectContaining({ file: 'riptides.yaml', start: { line: 25, column: 7 } }),
          path: ['spec', 'egress', 1],
        }),
      ]),
    });
    const [sarif] = JSON.parse(run('--format', 'sarif').stdout).runs;
    expect(sarif.results).toContainEqual(
      expect.objectContaining({
        ruleId: 'RTP1711',
        level: 'warning',
        locations: [
          expect.objectContaining({
            physicalLocation: expect.objectContaining({
              artifactLocation: expect.objectContaining({ uri: 'riptides.yaml' }),
              region: expect.objectContaining({ startLine: 25, startColumn: 7 }),
            }),
          }),
        ],
      }),
    );
    expect(run('--format', 'github').stdout).toContain('::warning file=riptides.yaml,line=25');
  });

  test('takes a target, by flag or by environment, and no rule that is disabled', () => {
    const disabled = ['--disable', 'RTP1709'];
    expect(run(...disabled, '--target', 'kernel')).toMatchObject({ code: 0 });
    expect(run(...disabled, '--target', 'embedded')).toMatchObject({ code: 3 });
    expect(run(...disabled, '--disable', 'RTP1711')).toMatchObject({ code: 0 });
    const env = { RIPTIDES_TARGET: 'kernel' };
    expect(riptides(['lint', ...disabled], { cwd: policy.directory, env })).toMatchObject({ code: 0 });
    expect(run('--target', 'cloud').code).toBe(2);
  });
});
