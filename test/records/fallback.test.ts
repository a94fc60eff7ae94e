// SPDX-License-Identifier: Apache-2.0
// Records where the project has no repository, or none that can be written.

import { execFileSync } from 'node:child_process';
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { rollbackTo } from '../../src/apply/apply.ts';
import { A, B, C, inPlace, REF, statusOf } from '../apply/place.ts';
import { git, makeRepository } from '../apply/repositories.ts';

describe('without a repository', () => {
  test('the record is kept in the fallback repository, and moves when there is one', async () => {
    await inPlace(
      async (place) => {
        const { project } = place;
        const first = await place.apply(A);
        expect(first.notes).toEqual([
          expect.stringContaining('is in no git repository; to have it in the repository: git init'),
        ]);
        await place.apply(B);
        expect(await (await place.open()).history()).toHaveLength(2);
        makeRepository(project);
        const records = await place.open();
        expect(records.notes).toEqual([expect.stringContaining(`were moved to ${REF}`)]);
        expect((await records.history()).map(({ manifest }) => manifest.generation)).toEqual([2, 1]);
        expect((await place.apply(C)).notes).toEqual([]);
        expect(git(project, 'rev-list', '--count', REF)).toBe('3');
        expect(git(project, 'status', '--porcelain')).toBe('');
      },
      { repository: false },
    );
  });

  test('looking at it creates nothing', async () => {
    await inPlace(
      async (place) => {
        expect(await statusOf(place)).toMatchObject({ kind: 'never-applied' });
        expect(readdirSync(place.project)).toEqual([]);
      },
      { repository: false },
    );
  });
});

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot('with a repository that cannot be written (needs root, for a read-only mount)', () => {
  test('the record is kept in the fallback repository with its history, and moves when it can be written', async () => {
    await inPlace(async (place) => {
      const { project } = place;
      await place.apply(A);
      const repository = join(project, '.git');
      execFileSync('mount', ['--bind', repository, repository]);
      try {
        execFileSync('mount', ['-o', 'remount,ro,bind', repository]);
        const second = await place.apply(B);
        expect(second.notes).toEqual([expect.stringContaining('its file system is read-only')]);
        expect((await (await place.open()).history()).map(({ manifest }) => manifest.generation)).toEqual([
          2, 1,
        ]);
        expect((await statusOf(place)).kind).toBe('in-sync');
        expect((await rollbackTo(undefined, await place.options())).generation).toBe(3);
      } finally {
        execFileSync('umount', [repository]);
      }
      const records = await place.open();
      expect(records.notes).toEqual([expect.stringContaining(`were moved to ${REF}`)]);
      expect((await records.history()).map(({ manifest }) => manifest.action)).toEqual([
        'rollback',
        'apply',
        'apply',
      ]);
      expect((await place.open()).notes).toEqual([]);
      expect(git(project, 'rev-list', '--count', REF)).toBe('3');
    });
  });

  test('records that grew apart are both kept', async () => {
    await inPlace(async (place) => {
      const { project } = place;
      const repository = join(project, '.git');
      await place.apply(A);
      execFileSync('mount', ['--bind', repository, repository]);
      try {
        execFileSync('mount', ['-o', 'remount,ro,bind', repository]);
        await place.apply(B);
      } finally {
        execFileSync('umount', [repository]);
      }
      // Meanwhile the repository has got a record of its own, by someone who does not know of the fallback repository.
      const other = git(project, 'commit-tree', `${REF}^{tree}`, '-p', REF, '-m', 'other');
      git(project, 'update-ref', REF, other);
      const records = await place.open();
      expect(records.notes).toEqual([expect.stringContaining('refs/riptides/embedded/n/+/kept/')]);
      expect((await records.latest())?.id).toBe(other);
      expect(git(project, 'for-each-ref', 'refs/riptides/embedded/n/+/kept').split('\n')).toHaveLength(1);
    });
  });

  test('git runs as the owner of the repository, who can go on using it', async () => {
    await inPlace(async (place) => {
      const { project } = place;
      const owner = 65534;
      execFileSync('chown', ['-R', `${owner}:${owner}`, project]);
      chownSync(join(project, '..'), owner, owner);
      const { notes } = await place.apply(A);
      expect(notes).toEqual([]);
      const owners = execFileSync('find', [join(project, '.git'), '-not', '-uid', String(owner)], {
        encoding: 'utf8',
      });
      expect(owners).toBe('');
    });
  });
});
