// SPDX-License-Identifier: Apache-2.0
// What was applied stays readable, whatever becomes of the branch that it was applied from.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { git } from '../apply/repositories.ts';
import { apply, commitAll, edit, embedded, policyRepository, scratch, statusOf } from './repository.ts';

/** A commit was applied; then the branch went on without it, and git has forgotten it. */
function rewritten(): string {
  const repository = policyRepository();
  edit(join(repository, 'identities/web.yaml'), 'uid: 1000', 'uid: 1234');
  const applied = commitAll(repository);
  apply(repository);
  git(repository, 'reset', '--quiet', '--soft', 'HEAD~1');
  edit(join(repository, 'riptides.yaml'), 'egress: audit', 'egress: deny');
  commitAll(repository, '--amend');
  collectGarbage(repository);
  expect(() => git(repository, 'cat-file', '-e', applied)).toThrow();
  return repository;
}

function collectGarbage(repository: string): void {
  git(repository, 'reflog', 'expire', '--expire=now', '--all');
  git(repository, 'gc', '--quiet', '--prune=now');
}

describe('a commit that was applied and then rewritten', () => {
  test('can still be compared with after gc', () => {
    const repository = rewritten();
    expect(embedded(repository, 'plan')).toMatchObject({ code: 0, stderr: '' });
    edit(join(repository, 'identities/web.yaml'), 'uid: 1234', 'uid: 1');
    // The guardrail compares with 1234, which no commit has any more.
    expect(embedded(repository, 'plan')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the selectors of an identity stay'),
    });
    edit(join(repository, 'identities/web.yaml'), 'uid: 1', 'uid: 1234');
    apply(repository);
    expect(statusOf(repository)).toMatchObject({ kind: 'in-sync' });
    expect(embedded(repository, 'rollback', '--yes')).toMatchObject({ code: 0 });
  });

  test('comes along with a push of the records, through a bare repository and its gc, to a shallow clone', () => {
    const repository = rewritten();
    const bare = join(scratch(), 'bare.git');
    git(repository, 'init', '--quiet', '--bare', bare);
    git(repository, 'push', '--quiet', bare, 'main', 'refs/riptides/*:refs/riptides/*');
    collectGarbage(bare);
    const clone = join(scratch(), 'clone');
    git(repository, 'clone', '--quiet', '--depth=1', '--branch=main', `file://${bare}`, clone);
    git(clone, 'fetch', '--quiet', 'origin', 'refs/riptides/*:refs/riptides/*');
    edit(join(clone, 'identities/web.yaml'), 'uid: 1234', 'uid: 1');
    expect(embedded(clone, 'plan')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the selectors of an identity stay'),
    });
  });
});

test('what was applied without any commit is compared with too', () => {
  const repository = scratch();
  const source = policyRepository();
  git(source, 'worktree', 'list');
  git(repository, 'init', '--quiet');
  for (const file of ['riptides.yaml', 'identities/web.yaml', 'guardrails/same.yaml'])
    git(source, 'checkout-index', `--prefix=${repository}/`, file);
  apply(repository);
  edit(join(repository, 'identities/web.yaml'), 'uid: 1000', 'uid: 1');
  expect(embedded(repository, 'plan')).toMatchObject({ code: 3 });
});

test.each([
  ['without files', [], 'it has no source'],
  ['without a policy', ['040000 tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\tsource'], 'cannot be read'],
])('a record %s is refused, and nothing is compared with nothing', (_what, source, why) => {
  const repository = rewritten();
  const ref = git(repository, 'for-each-ref', '--format=%(refname)', 'refs/riptides');
  const entries = git(repository, 'ls-tree', ref)
    .split('\n')
    .filter((line) => !line.endsWith('\tsource'));
  const without = makeRecord(repository, [...entries, ...source]);
  git(repository, 'update-ref', ref, git(repository, 'commit-tree', without, '-m', 'record'));
  const { code, stderr } = embedded(repository, 'plan');
  expect(code).toBe(7);
  expect(stderr).toContain(why);
});

/** git reads no index with an empty tree, and writes none from one. */
function makeRecord(repository: string, entries: readonly string[]): string {
  execFileSync('git', ['hash-object', '-t', 'tree', '-w', '--stdin'], { cwd: repository, input: '' });
  return execFileSync('git', ['mktree'], {
    cwd: repository,
    input: entries.map((entry) => `${entry}\n`).join(''),
    encoding: 'utf8',
  }).trim();
}
