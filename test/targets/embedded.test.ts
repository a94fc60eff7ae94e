// SPDX-License-Identifier: Apache-2.0

import { fork } from 'node:child_process';
import { readdirSync, readFileSync, utimesSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { embeddedTarget } from '../../src/targets/embedded.ts';
import type { Target } from '../../src/targets/target.ts';
import { BUNDLE_HISTORY, CONFIRM_WITHIN_MAX } from '../../src/netlink/generated.ts';
import { inFolder, numbered } from '../apply/policies.ts';

const WORKER = join(import.meta.dirname, 'embedded-worker.ts');
const A = numbered(1);
const B = numbered(2);
const C = numbered(3);

/** A target whose clock stands still until it is moved. */
async function withTarget(
  use: (target: Target, clock: { now: number }, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (project) => {
    const clock = { now: 1_000_000 };
    await use(embeddedTarget({ project, node: 'n', now: () => clock.now }), clock, project);
  });
}

describe('the embedded target', () => {
  test('starts at generation 0 with no bundle, and says that it enforces nothing', async () => {
    await withTarget(async (target) => {
      expect(await target.info()).toEqual({
        generation: 0,
        history: [],
        enforcing: false,
        words: expect.stringContaining('enforces nothing'),
      });
      expect(await target.dump()).toBeUndefined();
    });
  });

  test('holds what was committed, byte for byte, and counts', async () => {
    await withTarget(async (target, clock) => {
      expect(await target.commit(A.bundle, { expectedGeneration: 0 })).toBe(1);
      expect(await target.commit(B.bundle, { expectedGeneration: 1 })).toBe(2);
      expect(await target.info()).toMatchObject({
        generation: 2,
        digest: B.digest,
        size: B.bundle.byteLength,
        committedAt: clock.now,
        history: [{ generation: 1, digest: A.digest }],
      });
      expect(await target.dump()).toEqual({ generation: 2, bundle: B.bundle });
    });
  });

  test('refuses a commit that expects another generation, and says which is in force', async () => {
    await withTarget(async (target) => {
      await target.commit(A.bundle, { expectedGeneration: 0 });
      await expect(target.commit(B.bundle, { expectedGeneration: 0 })).rejects.toMatchObject({
        kind: 'generation-moved',
        exitCode: 5,
        message: expect.stringContaining(`generation 1 is in force now, bundle ${A.digest.slice(0, 12)}`),
      });
      expect((await target.info()).generation).toBe(1);
    });
  });

  test('refuses bytes that are no bundle, and leaves what was in force', async () => {
    await withTarget(async (target) => {
      await target.commit(A.bundle, { expectedGeneration: 0 });
      const broken = A.bundle.slice();
      broken[40] = 0xff;
      await expect(target.commit(broken, { expectedGeneration: 1 })).rejects.toMatchObject({
        kind: 'bundle-refused',
      });
      await expect(target.commit(new Uint8Array(0), { expectedGeneration: 1 })).rejects.toMatchObject({
        exitCode: 6,
      });
      expect(await target.dump()).toEqual({ generation: 1, bundle: A.bundle });
    });
  });

  test('checks without committing', async () => {
    await withTarget(async (target) => {
      expect(await target.commit(A.bundle, { expectedGeneration: 0, checkOnly: true })).toBe(0);
      await expect(
        target.commit(new Uint8Array(9), { expectedGeneration: 0, checkOnly: true }),
      ).rejects.toMatchObject({ kind: 'bundle-refused' });
      expect((await target.info()).generation).toBe(0);
    });
  });

  test('undoes a commit that nobody confirms in time, as a new generation', async () => {
    await withTarget(async (target, clock) => {
      await target.commit(A.bundle, { expectedGeneration: 0 });
      await target.commit(B.bundle, { expectedGeneration: 1, confirmWithin: 5000 });
      clock.now += 4999;
      expect(await target.info()).toMatchObject({ generation: 2, confirmRemaining: 1 });
      clock.now += 1;
      expect(await target.info()).toMatchObject({
        generation: 3,
        digest: A.digest,
        history: [{ generation: 2, digest: B.digest }],
      });
      expect(await target.dump()).toEqual({ generation: 3, bundle: A.bundle });
      await expect(target.confirm(2)).rejects.toMatchObject({ kind: 'generation-moved' });
      await expect(target.confirm(3)).rejects.toMatchObject({ kind: 'nothing-to-confirm' });
    });
  });

  test('undoes a commit of the bundle that was in force already', async () => {
    await withTarget(async (target, clock) => {
      await target.commit(A.bundle, { expectedGeneration: 0 });
      await target.commit(A.bundle, { expectedGeneration: 1, confirmWithin: 10 });
      clock.now += 10;
      expect(await target.info()).toMatchObject({ generation: 3, digest: A.digest, history: [] });
      expect(await target.dump()).toEqual({ generation: 3, bundle: A.bundle });
    });
  });

  test('goes back to no bundle when the first commit is not confirmed', async () => {
    await withTarget(async (target, clock) => {
      await target.commit(A.bundle, { expectedGeneration: 0, confirmWithin: 1 });
      clock.now += 1;
      expect(await target.dump()).toBeUndefined();
      const live = await target.info();
      expect(live).toMatchObject({ generation: 2, history: [{ generation: 1, digest: A.digest }] });
      expect(live.digest).toBeUndefined();
      expect(await target.rollback(2)).toBe(3);
      expect(await target.dump()).toEqual({ generation: 3, bundle: A.bundle });
    });
  });

  test('rolls a commit that waits back to what was before it: to no bundle, or to the same', async () => {
    await withTarget(async (target, clock) => {
      await target.commit(A.bundle, { expectedGeneration: 0, confirmWithin: 1000 });
      expect(await target.rollback(1)).toBe(2);
      expect(await target.dump()).toBeUndefined();
      await target.commit(A.bundle, { expectedGeneration: 2 });
      await target.commit(B.bundle, { expectedGeneration: 3 });
      await target.commit(B.bundle, { expectedGeneration: 4, confirmWithin: 1000 });
      expect(await target.rollback(5)).toBe(6);
      expect(await target.dump()).toEqual({ generation: 6, bundle: B.bundle });
      await target.commit(B.bundle, { expectedGeneration: 6, confirmWithin: 1000 });
      expect(await target.rollback(7, B.digest)).toBe(8);
      await target.commit(B.bundle, { expectedGeneration: 8, confirmWithin: 1000 });
      expect(await target.rollback(9, A.digest)).toBe(10);
      clock.now += 10_000;
      expect(await target.dump()).toEqual({ generation: 10, bundle: A.bundle });
    });
  });

  test('keeps a commit that is confirmed', async () => {
    await withTarget(async (target, clock) => {
      await target.commit(A.bundle, { expectedGeneration: 0, confirmWithin: CONFIRM_WITHIN_MAX });
      await target.confirm(1);
      clock.now += 2 * CONFIRM_WITHIN_MAX;
      const live = await target.info();
      expect(live).toMatchObject({ generation: 1, digest: A.digest });
      expect(live.confirmRemaining).toBeUndefined();
      await expect(target.confirm(1)).rejects.toMatchObject({ kind: 'nothing-to-confirm' });
    });
  });

  test('takes no other commit while one waits for its confirmation, but a rollback', async () => {
    await withTarget(async (target, clock) => {
      await target.commit(A.bundle, { expectedGeneration: 0 });
      await target.commit(B.bundle, { expectedGeneration: 1, confirmWithin: 1000 });
      await expect(target.commit(C.bundle, { expectedGeneration: 2 })).rejects.toMatchObject({
        kind: 'not-confirmed',
        exitCode: 8,
      });
      expect(await target.commit(C.bundle, { expectedGeneration: 2, checkOnly: true })).toBe(2);
      expect(await target.rollback(2)).toBe(3);
      clock.now += 10_000;
      expect(await target.info()).toMatchObject({ generation: 3, digest: A.digest });
    });
  });

  test.each([0, -1, 0.5, CONFIRM_WITHIN_MAX + 1])(
    'does not wait %p ms for a confirmation',
    async (confirmWithin) => {
      await withTarget(async (target) => {
        await expect(target.commit(A.bundle, { expectedGeneration: 0, confirmWithin })).rejects.toThrow(
          /are possible/,
        );
        expect((await target.info()).generation).toBe(0);
      });
    },
  );

  test(`keeps the last ${BUNDLE_HISTORY} bundles for rollback, and no more`, async () => {
    await withTarget(async (target, _clock, folder) => {
      const bundles = Array.from({ length: BUNDLE_HISTORY + 2 }, (_, i) => numbered(i + 1));
      for (const [i, { bundle }] of bundles.entries()) await target.commit(bundle, { expectedGeneration: i });
      const last = bundles.length;
      expect((await target.info()).history.map((entry) => entry.generation)).toEqual([
        last - 1,
        last - 2,
        last - 3,
        last - 4,
      ]);
      await expect(target.rollback(last, bundles[0]?.digest)).rejects.toMatchObject({
        kind: 'no-such-bundle',
      });
      const oldest = bundles[1];
      expect(await target.rollback(last, oldest?.digest)).toBe(last + 1);
      expect(await target.dump()).toEqual({ generation: last + 1, bundle: oldest?.bundle });
      const kept = readdirSync(join(folder, '.riptides/embedded/generations'), { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('bundle.rtb'));
      expect(kept).toHaveLength(BUNDLE_HISTORY + 1);
    });
  });

  test('without a history there is nothing to roll back to', async () => {
    await withTarget(async (target) => {
      await expect(target.rollback(0)).rejects.toMatchObject({ kind: 'no-such-bundle' });
    });
  });

  test('is not seen by git', async () => {
    await withTarget(async (target, _clock, folder) => {
      await target.commit(A.bundle, { expectedGeneration: 0 });
      expect(readFileSync(join(folder, '.riptides/embedded/.gitignore'), 'utf8')).toBe('*\n');
    });
  });

  test('says so when its files were changed by something else', async () => {
    await withTarget(async (target, _clock, folder) => {
      await target.commit(A.bundle, { expectedGeneration: 0 });
      const generation = join(folder, '.riptides/embedded/generations/1');
      writeFileSync(join(generation, 'bundle.rtb'), B.bundle);
      await expect(target.dump()).rejects.toMatchObject({ kind: 'state-unreadable', exitCode: 7 });
      writeFileSync(join(generation, 'state.json'), '{"schemaVersion":2}');
      await expect(target.info()).rejects.toMatchObject({ kind: 'state-unreadable' });
    });
  });

  test.each([
    ['a history that is none', { history: [null] }],
    ['another generation', { generation: 3 }],
    ['no number where one must be', { size: '1' }],
    ['an earlier bundle that is not there', { confirmBy: 5, undo: 4 }],
  ])('says so when its state has %s', async (_what, change) => {
    await withTarget(async (target, _clock, folder) => {
      await target.commit(A.bundle, { expectedGeneration: 0 });
      const file = join(folder, '.riptides/embedded/generations/1/state.json');
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
      await expect(target.info()).rejects.toMatchObject({ kind: 'state-unreadable' });
    });
  });

  test('says so when a generation has no state', async () => {
    await withTarget(async (target, _clock, folder) => {
      mkdirSync(join(folder, '.riptides/embedded/generations/1'), { recursive: true });
      await expect(target.info()).rejects.toMatchObject({ kind: 'state-unreadable' });
    });
  });

  test('sweeps away what a process that was killed long ago had been preparing', async () => {
    await withTarget(async (target, _clock, folder) => {
      const generations = join(folder, '.riptides/embedded/generations');
      mkdirSync(join(generations, 'tmp-1-old'), { recursive: true });
      mkdirSync(join(generations, 'tmp-1-new'), { recursive: true });
      utimesSync(join(generations, 'tmp-1-old'), 0, 0);
      await target.commit(A.bundle, { expectedGeneration: 0 });
      expect(readdirSync(generations).sort()).toEqual(['1', 'tmp-1-new']);
    });
  });

  test('of many processes that commit at once, each generation has exactly one author', async () => {
    await inFolder(async (project) => {
      const processes = 6;
      const commits = 12;
      const done = await Promise.all(
        Array.from({ length: processes }, (_, i) => runWorker(project, i, commits)),
      );
      const won = done.flat();
      expect(won).toHaveLength(processes * commits);
      expect(new Set(won).size).toBe(won.length);
      expect((await embeddedTarget({ project }).info()).generation).toBe(Math.max(...won));
      expect(Math.max(...won)).toBe(won.length);
    });
  }, 120_000);

  test('after kill -9 at any moment it holds the old or the new bundle, whole, and goes on', async () => {
    await inFolder(async (project) => {
      const target = embeddedTarget({ project });
      const known = new Map(
        Array.from({ length: 40 }, (_, i) => numbered(i + 1)).map(({ digest, bundle }) => [digest, bundle]),
      );
      let before = 0;
      for (let round = 0; round < 15; round += 1) {
        await killedWorker(project, 40, round * 7);
        const live = await target.info();
        expect(live.generation).toBeGreaterThanOrEqual(before);
        before = live.generation;
        if (live.digest !== undefined) expect((await target.dump())?.bundle).toEqual(known.get(live.digest));
      }
      expect(await target.commit(A.bundle, { expectedGeneration: before })).toBe(before + 1);
    });
  }, 120_000);
});

function startWorker(project: string, seed: number, commits: number) {
  return fork(WORKER, [project, String(seed), String(commits)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** The generations that a process committed. */
function runWorker(project: string, seed: number, commits: number): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const child = startWorker(project, seed, commits);
    const won: number[] = [];
    child.on('message', (generation) => won.push(Number(generation)));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(won) : reject(new Error(`the worker ended with ${code}`)),
    );
  });
}

/** A process that is killed a while after its first commit. */
function killedWorker(project: string, commits: number, after: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = startWorker(project, 0, commits);
    child.once('message', () => setTimeout(() => child.kill('SIGKILL'), after));
    child.on('error', reject);
    child.on('close', () => resolve());
  });
}
