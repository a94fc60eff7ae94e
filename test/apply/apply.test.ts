// SPDX-License-Identifier: Apache-2.0
// Apply, confirm, roll back, and the record of it, on the embedded target and real git.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { applyBundle, checkBundle, confirmApplied, rollbackTo } from '../../src/apply/apply.ts';
import { readStatus } from '../../src/apply/status.ts';
import { thisWriter } from '../../src/records/writer.ts';
import { A, B, C, inPlace, REF, statusOf } from './place.ts';
import { numbered } from './policies.ts';
import { git } from './repositories.ts';

describe('an apply', () => {
  test('puts the bundle in force and records it as a commit, with everything in it', async () => {
    await inPlace(async (place) => {
      const { project } = place;
      const head = git(project, 'rev-parse', 'HEAD');
      const result = await place.apply(A, { why: 'first\nRiptides-Who: mallory', who: 'alice@web-1' });
      expect(result).toMatchObject({ generation: 1, digest: A.digest, notes: [] });
      expect(git(project, 'rev-parse', REF)).toBe(result.record.id);
      expect(git(project, 'ls-tree', '--name-only', REF).split('\n')).toEqual([
        'bundle.rtb',
        'manifest.json',
        'plan.json',
        'source',
      ]);
      expect(JSON.parse(git(project, 'show', `${REF}:plan.json`))).toEqual({ of: A.digest });
      expect(git(project, 'log', '-1', '--format=%B', REF).split('\n')).toEqual([
        `apply generation 1 on embedded/n: bundle ${A.digest.slice(0, 12)}`,
        '',
        'Riptides-Generation: 1',
        `Riptides-Digest: ${A.digest}`,
        `Riptides-Source-Commit: ${head}`,
        'Riptides-Dirty: false',
        'Riptides-Action: apply',
        'Riptides-Who: alice@web-1',
        'Riptides-Why: first Riptides-Who: mallory',
      ]);
      expect((await (await place.open()).show(result.record.id)).bundle).toEqual(A.bundle);
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync' });
    });
  });

  test('touches neither branches nor index nor working tree, and knows what is not committed', async () => {
    await inPlace(async (place) => {
      const { project } = place;
      writeFileSync(join(project, 'new.yaml'), 'kind: Service\n');
      const look = (): readonly string[] => [
        git(project, 'status', '--porcelain'),
        git(project, 'for-each-ref', 'refs/heads'),
        readFileSync(join(project, '.git/index')).toString('hex'),
        readFileSync(join(project, '.git/HEAD'), 'utf8'),
      ];
      const before = look();
      const { record } = await place.apply(A);
      expect(look()).toEqual(before);
      expect(record.manifest.dirty).toBe(true);
    });
  });

  test('makes each record the child of the one before', async () => {
    await inPlace(async (place) => {
      for (const what of [A, B, C]) await place.apply(what);
      const records = await place.open();
      expect((await records.history()).map(({ manifest }) => manifest.generation)).toEqual([3, 2, 1]);
      expect((await records.history(1)).map(({ manifest }) => manifest.digest)).toEqual([C.digest]);
      const [latest, middle, first] = await records.history();
      expect(await records.find('latest')).toEqual(latest);
      expect(await records.find('~2')).toEqual(first);
      expect(await records.find('g2')).toEqual(middle);
      expect(await records.find(first?.id.slice(0, 10) ?? '')).toEqual(first);
      for (const unknown of ['~3', 'g9', 'main', 'HEAD', '', '--all', 'ffffffffff'])
        await expect(records.find(unknown)).rejects.toMatchObject({ kind: 'record-missing', exitCode: 2 });
    });
  });

  test('is refused when the target has moved since the plan, and nothing is recorded', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      const what = { ...B, source: [], revision: { dirty: false }, expectedGeneration: 0 };
      await expect(applyBundle(what, await place.options())).rejects.toMatchObject({
        kind: 'generation-moved',
        exitCode: 5,
      });
      const records = await place.open();
      expect(await records.history()).toHaveLength(1);
      expect(await records.pending()).toBeUndefined();
    });
  });

  test('that the target refuses leaves no record behind', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      await expect(place.apply({ ...B, bundle: new Uint8Array(3) })).rejects.toMatchObject({
        kind: 'bundle-refused',
      });
      const records = await place.open();
      expect(await records.pending()).toBeUndefined();
      expect((await records.latest())?.manifest.digest).toBe(A.digest);
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync', notes: [] });
    });
  });

  test('that is only checked changes nothing', async () => {
    await inPlace(async (place) => {
      expect(await checkBundle(A.bundle, place.target)).toBe(0);
      expect(await (await place.open()).latest()).toBeUndefined();
    });
  });

  test('waits for no other one: a second process that is at work is named', async () => {
    await inPlace(async (place) => {
      const records = await place.open();
      const manifest = {
        ...(await place.apply(A)).record.manifest,
        generation: 2,
        writer: { ...thisWriter(), pid: process.ppid },
      };
      // A parent process that lives, and whose start is not known.
      const { started: _started, ...writer } = manifest.writer;
      await records.prepare({ manifest: { ...manifest, writer } });
      await expect(place.apply(B)).rejects.toMatchObject({
        kind: 'busy',
        exitCode: 8,
        message: expect.stringContaining(`process ${process.ppid}`),
      });
      expect((await statusOf(place)).notes).toEqual([expect.stringContaining('is applying to this target')]);
    });
  });
});

describe('a confirmation', () => {
  test('keeps the commit and is recorded', async () => {
    await inPlace(async (place) => {
      const applied = await place.apply(A, { confirmWithin: 60_000 });
      expect(applied.confirmBy).toBeGreaterThan(Date.now());
      expect(await statusOf(place)).toMatchObject({ kind: 'pending-confirm' });
      expect(await confirmApplied(await place.options())).toMatchObject({ generation: 1 });
      place.clock.now += 100_000;
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync' });
      const actions = (await (await place.open()).history()).map(({ manifest }) => manifest.action);
      expect(actions).toEqual(['confirm', 'apply']);
      await expect(confirmApplied(await place.options())).rejects.toMatchObject({
        kind: 'nothing-to-confirm',
      });
    });
  });

  test('that does not come is recorded by whoever looks next, with the bundle that is in force again', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      await place.apply(B, { confirmWithin: 1000 });
      place.clock.now += 1000;
      const status = await statusOf(place);
      expect(status).toMatchObject({
        kind: 'in-sync',
        notes: [expect.stringContaining('was not confirmed in time')],
      });
      const records = await place.open();
      const latest = await records.find('latest');
      expect(latest.manifest).toMatchObject({ action: 'confirm-expired', generation: 3, digest: A.digest });
      expect((await records.show(latest.id)).bundle).toEqual(A.bundle);
      expect((await statusOf(place)).notes).toEqual([]);
    });
  });

  test('that does not come for the first bundle leaves none, and the record says so', async () => {
    await inPlace(async (place) => {
      await place.apply(A, { confirmWithin: 1000 });
      place.clock.now += 1000;
      expect(await statusOf(place)).toMatchObject({
        kind: 'in-sync',
        words: expect.stringContaining('no bundle'),
      });
      const latest = await (await place.open()).find('latest');
      expect(latest.manifest).toMatchObject({ action: 'confirm-expired', generation: 2 });
      expect(latest.manifest.digest).toBeUndefined();
    });
  });

  test('whose record was cut off is recorded by whoever looks next', async () => {
    await inPlace(async (place) => {
      await place.apply(A, { confirmWithin: 60_000 });
      await place.target.confirm(1);
      expect(await statusOf(place)).toMatchObject({
        kind: 'in-sync',
        notes: [expect.stringContaining('was confirmed')],
      });
      expect((await (await place.open()).find('latest')).manifest.action).toBe('confirm');
    });
  });
});

describe('a rollback', () => {
  test('goes back to the bundle before, as a new generation and a new record', async () => {
    await inPlace(async (place) => {
      const first = await place.apply(A);
      await place.apply(B);
      const result = await rollbackTo(undefined, await place.options());
      expect(result).toMatchObject({ generation: 3, digest: A.digest });
      expect(result.record.manifest).toMatchObject({ action: 'rollback', restored: first.record.id });
      expect(await place.target.dump()).toEqual({ generation: 3, bundle: A.bundle });
      expect(await rollbackTo(undefined, await place.options())).toMatchObject({
        generation: 4,
        digest: B.digest,
      });
    });
  });

  test('of the first bundle while it waits for its confirmation leaves none, and is recorded', async () => {
    await inPlace(async (place) => {
      await place.apply(A, { confirmWithin: 60_000 });
      const result = await rollbackTo(undefined, await place.options());
      expect(result.generation).toBe(2);
      expect(result.digest).toBeUndefined();
      expect(result.record.manifest).toMatchObject({ action: 'rollback', generation: 2 });
      expect(result.record.manifest.digest).toBeUndefined();
      expect(await place.target.dump()).toBeUndefined();
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync', notes: [] });
      place.clock.now += 100_000;
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync', notes: [] });
      await place.apply(B, { confirmWithin: 60_000 });
      expect(await rollbackTo(undefined, await place.options())).toMatchObject({
        generation: 4,
        record: { manifest: { restored: result.record.id } },
      });
    });
  });

  test('of a bundle that was in force before it waited goes back to the same, not to an older one', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      await place.apply(B);
      await place.apply(B, { confirmWithin: 60_000 });
      expect(await rollbackTo(undefined, await place.options())).toMatchObject({
        generation: 4,
        digest: B.digest,
      });
      expect(await place.target.dump()).toEqual({ generation: 4, bundle: B.bundle });
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync', notes: [] });
    });
  });

  test('sends the recorded bundle again when the target does not hold it any more', async () => {
    await inPlace(async (place) => {
      for (let i = 1; i <= 7; i += 1) await place.apply(numbered(i));
      expect((await place.target.info()).history.some(({ digest }) => digest === A.digest)).toBe(false);
      expect(await rollbackTo('g1', await place.options())).toMatchObject({
        generation: 8,
        digest: A.digest,
      });
      expect((await place.target.dump())?.bundle).toEqual(A.bundle);
    });
  });

  test('can be undone by itself too', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      await place.apply(B);
      await rollbackTo('~1', { ...(await place.options()), confirmWithin: 500 });
      place.clock.now += 500;
      await statusOf(place);
      expect((await place.target.dump())?.bundle).toEqual(B.bundle);
    });
  });

  test('has nowhere to go at first', async () => {
    await inPlace(async (place) => {
      await expect(rollbackTo(undefined, await place.options())).rejects.toMatchObject({
        kind: 'record-missing',
      });
    });
  });

  test('of the first bundle leaves none, as before it, and is recorded', async () => {
    await inPlace(async (place) => {
      const first = await place.apply(A);
      const result = await rollbackTo(undefined, await place.options());
      expect(result).toMatchObject({ generation: 2, record: { manifest: { action: 'rollback' } } });
      expect(result.digest).toBeUndefined();
      expect(await place.target.dump()).toBeUndefined();
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync', notes: [] });
      expect(await rollbackTo(undefined, await place.options())).toMatchObject({
        generation: 3,
        digest: A.digest,
        record: { manifest: { restored: first.record.id } },
      });
    });
  });

  test('to no bundle waits for no confirmation, and no record says that it does', async () => {
    await inPlace(async (place) => {
      await place.apply(A, { confirmWithin: 60_000 });
      const waiting = { ...(await place.options()), confirmWithin: 60_000 };
      expect(await rollbackTo(undefined, waiting)).not.toHaveProperty('confirmBy');
      const actions = async (): Promise<readonly string[]> =>
        (await (await place.open()).history()).map(({ manifest }) => manifest.action);
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync', notes: [] });
      expect(await actions()).toEqual(['rollback', 'apply']);
    });
  });
});

describe('the status', () => {
  test('is that nothing was applied, at first', async () => {
    await inPlace(async (place) => {
      expect(await statusOf(place)).toMatchObject({ kind: 'never-applied' });
    });
  });

  test('is drift when something else has committed', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      await place.target.commit(B.bundle, { expectedGeneration: 1 });
      expect(await statusOf(place)).toMatchObject({
        kind: 'drift',
        words: expect.stringContaining(`bundle ${A.digest.slice(0, 12)} is recorded`),
      });
      expect(await readStatus(place.target, await place.open(), { desiredDigest: B.digest })).toMatchObject({
        desired: 'applied',
      });
    });
  });

  test('is drift when the target has forgotten everything, as after a restart', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      rmSync(join(place.project, '../state'), { recursive: true });
      expect(await statusOf(place)).toMatchObject({
        kind: 'drift',
        words: expect.stringContaining('host started'),
      });
      expect(await rollbackTo('latest', await place.options())).toMatchObject({
        generation: 1,
        digest: A.digest,
      });
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync' });
    });
  });

  test('is unknown when the target cannot be asked', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      writeFileSync(join(place.project, '../state/generations/1/state.json'), 'x');
      expect(await statusOf(place)).toMatchObject({
        kind: 'unknown',
        recorded: { manifest: { digest: A.digest } },
      });
    });
  });
});
