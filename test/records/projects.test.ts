// SPDX-License-Identifier: Apache-2.0
// Records belong to a project: two policies in one repository, or two worktrees of it, never mix them.

import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { git } from '../apply/repositories.ts';
import {
  apply,
  commitAll,
  edit,
  embedded,
  historyOf,
  inForce,
  policyRepository,
  scratch,
  statusOf,
  writePolicy,
} from './repository.ts';

function twoPolicies(first = 'a', second = 'b'): readonly [string, string] {
  const root = scratch();
  git(root, 'init', '--quiet');
  const [a, b] = [join(root, first), join(root, second)];
  for (const directory of [a, b]) mkdirSync(directory, { recursive: true });
  writePolicy(a, 'one');
  writePolicy(b, 'two');
  edit(join(b, 'identities/web.yaml'), 'uid: 1000', 'uid: 2000');
  commitAll(root);
  return [a, b];
}

describe('two policies in one repository', () => {
  test.each([
    ['a', 'b'],
    ['team/policy', 'team/applied'],
    ['applied', 'pending'],
    ['team', 'team+policy/a'],
    ['x', 'x.lock'],
    ['ä/ü', 'ä ü'],
    ['deep', 'long/'.repeat(60) + 'end'],
  ])('keep their records apart: %s and %s', (first, second) => {
    const [a, b] = twoPolicies(first, second);
    apply(a);
    const before = inForce(a);
    apply(b);
    expect(inForce(b)).not.toBe(before);
    expect(statusOf(a)).toMatchObject({ kind: 'in-sync', notes: [] });
    expect(statusOf(b)).toMatchObject({ kind: 'in-sync', notes: [] });
    expect(historyOf(a)).toHaveLength(1);
    expect(historyOf(b)).toHaveLength(1);
    embedded(a, 'rollback', '--yes');
    expect(historyOf(b)).toHaveLength(1);
    expect(statusOf(b)).toMatchObject({ kind: 'in-sync' });
  });

  test('are compared each with what was applied of itself', () => {
    const [a, b] = twoPolicies();
    apply(a);
    // Its identity of the same name has other selectors, which the guardrail would refuse.
    expect(apply(b).code).toBe(0);
    edit(join(b, 'identities/web.yaml'), 'uid: 2000', 'uid: 1000');
    const { code, stderr } = embedded(b, 'plan');
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('selectors') });
  });
});

test('two worktrees of one repository keep the records of their own embedded targets', () => {
  const main = policyRepository();
  const other = join(scratch(), 'feature');
  git(main, 'worktree', 'add', '--quiet', other);
  apply(main);
  edit(join(other, 'riptides.yaml'), 'egress: audit', 'egress: deny');
  apply(other);
  expect(statusOf(main)).toMatchObject({ kind: 'in-sync' });
  expect(statusOf(other)).toMatchObject({ kind: 'in-sync' });
  expect(historyOf(main)).toHaveLength(1);
  expect(historyOf(other)).toHaveLength(1);
});

test('a directory whose name has a line break has records of its own', () => {
  const [a] = twoPolicies();
  const broken = join(a, '../c\n/nowhere');
  cpSync(a, broken, { recursive: true });
  apply(broken);
  expect(historyOf(broken)).toHaveLength(1);
  expect(historyOf(a)).toHaveLength(0);
});

test('a directory that was renamed is another project, and its records can be moved along', () => {
  const [a] = twoPolicies();
  apply(a);
  const renamed = join(a, '../c');
  renameSync(a, renamed);
  expect(historyOf(renamed)).toEqual([]);
  const [from = ''] = git(renamed, 'for-each-ref', '--format=%(refname)', 'refs/riptides').split('\n');
  const to = from.replace('+a/', '+c/');
  expect(to).not.toBe(from);
  git(renamed, 'update-ref', to, from);
  expect(statusOf(renamed)).toMatchObject({ kind: 'in-sync' });
});
