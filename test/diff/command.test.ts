// SPDX-License-Identifier: Apache-2.0
// `riptides diff` as a person runs it: directories, bundles, commits and records.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyExample, riptides } from '../commands/riptides.ts';

const EMBEDDED = ['--target', 'embedded'];

describe('riptides diff', () => {
  let directory: string;
  const run = (...args: string[]) => riptides(['diff', ...args, ...EMBEDDED], { cwd: directory });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], {
      cwd: directory,
      encoding: 'utf8',
    });
  const services = () => join(directory, 'services.yaml');
  const edit = (from: string, to: string) =>
    writeFileSync(services(), readFileSync(services(), 'utf8').replace(from, to));
  beforeAll(() => {
    directory = copyExample('shop');
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-qm', 'policy');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('compares the directory with the last commit while nothing was applied', () => {
    expect(run()).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('No difference: the bundles are the same.'),
    });
    edit('8000-8099', '8000-8049');
    const { code, stdout } = run('--detailed-exitcode');
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /^before {2}HEAD, commit [0-9a-f]{12}, bundle [0-9a-f]{12}\nafter {3}\., bundle [0-9a-f]{12}\n/,
    );
    expect(stdout).toContain('- loses    connect to 10.20.7.0/24 ports 8050-8099');
    expect(stdout).toMatch(
      /audited to staging by HEAD:identities\/api\.yaml:\d+:\d+, then refused by identities\/api\.yaml:\d+:\d+/,
    );
    expect(run('--exit-code').code).toBe(4);
    expect(run().code).toBe(0);
  });

  test('without --target, compares with what was applied to the embedded target where nothing was to the kernel', () => {
    const policy = copyExample('shop');
    riptides(['apply', '--yes', ...EMBEDDED], { cwd: policy });
    appendFileSync(join(policy, 'services.yaml'), '# nothing\n');
    expect(riptides(['diff'], { cwd: policy })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('generation 1 of embedded'),
    });
    rmSync(policy, { recursive: true });
  });

  test('says nothing of a policy that is only written differently, but that the bytes differ', () => {
    edit('8000-8049', '8000-8099');
    appendFileSync(
      services(),
      '---\napiVersion: core.riptides.io/v1alpha1\nkind: Service\nmetadata:\n  name: unused\nspec:\n  labels:\n    app: unused\n  addresses:\n    - address: 192.0.2.200\n      port: 1\n',
    );
    expect(run('main', '.', '--exit-code')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('though the bundles are not the same bytes'),
    });
    git('checkout', '-q', '--', '.');
  });

  test('compares bundles, revisions with directories and records with one another', () => {
    edit('8000-8099', '8000-8049');
    riptides(['compile', '-o', 'new.rtb'], { cwd: directory });
    const applied = riptides(['apply', '--yes', ...EMBEDDED], { cwd: directory });
    expect(applied).toMatchObject({ code: 0 });
    expect(run('new.rtb', 'latest').stdout).toContain('No difference: the bundles are the same.');
    const { stdout } = run('main:.', 'new.rtb');
    expect(stdout).toContain('- loses    connect to 10.20.7.0/24 ports 8050-8099');
    expect(stdout).toMatch(/audited to staging by main:identities\/api\.yaml/);
    expect(run().stdout).toMatch(/^before {2}record [0-9a-f]{8} \(generation 1 of embedded\)/);
    const ref = git('for-each-ref', '--format=%(refname)', 'refs/riptides').trim().split('\n')[0] ?? '';
    expect(run(ref, 'g1').stdout).toContain('No difference: the bundles are the same.');
    git('checkout', '-q', '--', '.');
    expect(run('--only', 'gains').stdout).toContain('+ gains    connect to 10.20.7.0/24 ports 8050-8099');
  });

  test('prints the whole difference as JSON, with its version', () => {
    const { stdout } = run('latest', '.', '--json', '--limit', '1');
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 2,
      exact: true,
      same: false,
      before: { name: expect.stringContaining('record'), digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      identities: [
        {
          before: 'spiffe://shop.example/shop/api',
          after: 'spiffe://shop.example/shop/api',
          changes: [
            {
              kind: 'gains',
              direction: 'out',
              endpoints: [{ addresses: { only: ['10.20.7.0/24'] }, ports: ['8050-8099'] }],
            },
          ],
        },
      ],
    });
  });

  test('finds a policy in a directory of a commit, wherever it is run', () => {
    mkdirSync(join(directory, 'team'));
    git('mv', 'riptides.yaml', 'guardrails.yaml', 'services.yaml', 'identities', 'team/');
    git('commit', '-qm', 'move');
    expect(run('HEAD~1:', 'HEAD:team').stdout).toContain('No difference: the bundles are the same.');
    const inTeam = riptides(['diff', ...EMBEDDED, 'HEAD'], { cwd: join(directory, 'team') });
    expect(inTeam.stdout).toContain('No difference: the bundles are the same.');
  });

  test('follows links in a commit as in a directory', () => {
    renameSync(join(directory, 'team', 'identities'), join(directory, 'team', '.shared'));
    symlinkSync('.shared', join(directory, 'team', 'identities'));
    symlinkSync('services.yaml', join(directory, 'team', 'again.yaml'));
    symlinkSync('..', join(directory, 'team', '.shared', 'circle'));
    git('add', '-A', 'team');
    git('commit', '-qm', 'links');
    expect(run('HEAD~1:team', 'HEAD:team').stdout).toContain('No difference');
    expect(run('HEAD:team', 'team').stdout).toContain('No difference: the bundles are the same.');
    git('reset', '-q', '--hard', 'HEAD~1');
  });

  test('refuses links of a commit that lead to too much, or further than a path can', () => {
    git('checkout', '-q', '-b', 'links');
    const levels = Array.from({ length: 19 }, (_, level) => join(directory, 'team', `level${level}`));
    for (const [level, path] of levels.entries()) {
      mkdirSync(path);
      if (level < levels.length - 1)
        for (const name of ['a', 'b']) symlinkSync(`../level${level + 1}`, join(path, name));
    }
    git('add', '-A', 'team');
    git('commit', '-qm', 'links to directories of links');
    expect(run('HEAD:team', 'latest')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('its symbolic links lead to more than 200000 files and directories'),
    });
    git('reset', '-q', '--hard', 'HEAD~1');
    writeFileSync(join(directory, 'long'), './'.repeat(2049));
    const long = git('hash-object', '-w', 'long').trim();
    git('update-index', '--add', '--cacheinfo', `120000,${long},team/.unread`);
    git('commit', '-qm', 'a long link that is not followed');
    expect(run('HEAD:team', 'HEAD~1:team')).toMatchObject({ code: 0 });
    git('update-index', '--add', '--cacheinfo', `120000,${long},team/long`);
    git('commit', '-qm', 'a long link');
    expect(run('HEAD:team', 'latest')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the symbolic link long leads to a path of more than 4096 bytes'),
    });
    rmSync(join(directory, 'long'));
    git('checkout', '-qf', 'main');
  });

  test('refuses what it cannot compare, with a reason', () => {
    expect(run('nothing-like-this', '.')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        '"nothing-like-this" is not a directory, a bundle, a record or a git revision',
      ),
    });
    expect(run('--output=x', '.').code).toBe(2);
    writeFileSync(join(directory, 'none.rtb'), 'no bundle');
    expect(run('none.rtb', 'latest')).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('not a bundle'),
    });
    writeFileSync(join(directory, 'broken.rtb'), 'RTB1 and nothing else');
    expect(run('broken.rtb', 'latest')).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('malformed'),
    });
    symlinkSync('/etc/passwd', join(directory, 'team', 'link.yaml'));
    git('add', '-A', 'team');
    git('commit', '-qm', 'link');
    expect(run('HEAD:team', 'latest')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the symbolic link link.yaml leads out of the policy'),
    });
    writeFileSync(join(directory, 'team', 'bad.yaml'), 'kind: Servce\n');
    git('rm', '-qf', 'team/link.yaml');
    git('add', '-A', 'team');
    git('commit', '-qm', 'bad');
    const refused = run('latest', 'HEAD:team');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('HEAD:team/bad.yaml');
  });
});
