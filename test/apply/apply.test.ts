// SPDX-License-Identifier: Apache-2.0
// Apply, confirm, roll back, and the record of it, on the embedded target and real git.

import { execFileSync, fork } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import {
  type ApplyOptions,
  applyBundle,
  type ApplyResult,
  checkBundle,
  confirmApplied,
  rollbackTo,
} from '../../src/apply/apply.ts';
import { embeddedTarget } from '../../src/apply/embedded.ts';
import { readRevision } from '../../src/apply/git.ts';
import type { Desired } from '../../src/apply/plan.ts';
import { openRecords, type Records } from '../../src/apply/records.ts';
import { readStatus, type Status } from '../../src/apply/status.ts';
import type { Target } from '../../src/apply/target.ts';
import { thisWriter } from '../../src/apply/writer.ts';
import { inFolder, numbered } from './policies.ts';
import { git, makeRepository } from './repositories.ts';

const REF = 'refs/riptides/embedded/n/applied';
const KILL_AT = join(import.meta.dirname, 'kill-at.ts');
const A = numbered(1);
const B = numbered(2);
const C = numbered(3);
const isRoot = process.getuid?.() === 0;

const environment = { ...process.env };
beforeAll(() => {
  // A machine where git knows nobody's name.
  process.env['HOME'] = '/nonexistent';
});
afterAll(() => {
  process.env['HOME'] = environment['HOME'];
});

interface Place {
  readonly project: string;
  readonly clock: { now: number };
  readonly target: Target;
  open(): Promise<Records>;
  apply(what: Desired, more?: Partial<ApplyOptions>): Promise<ApplyResult>;
  options(): Promise<ApplyOptions>;
}

/** A project whose state is kept elsewhere, so that the project may be read-only. */
async function inPlace(use: (place: Place) => Promise<void>, { repository = true } = {}): Promise<void> {
  await inFolder(async (folder) => {
    const project = join(folder, 'project');
    mkdirSync(project);
    if (repository) makeRepository(project);
    const clock = { now: Date.now() };
    const target = embeddedTarget({
      project,
      directory: join(folder, 'state'),
      node: 'n',
      now: () => clock.now,
    });
    const open = (): Promise<Records> => openRecords({ project, target: 'embedded', node: 'n' });
    const options = async (): Promise<ApplyOptions> => ({ target, records: await open() });
    await use({
      project,
      clock,
      target,
      open,
      options,
      apply: async (what, more = {}) =>
        applyBundle(
          {
            ...what,
            source: await readRevision(project),
            plan: { of: what.digest },
            expectedGeneration: (await target.info()).generation,
          },
          { ...(await options()), ...more },
        ),
    });
  });
}

const statusOf = async (place: Place): Promise<Status> => readStatus(place.target, await place.open());

// Each git command is a process, and there are many.
jest.setTimeout(60_000);

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
      const what = { ...B, source: { dirty: false }, expectedGeneration: 0 };
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
      expect(latest.manifest).not.toHaveProperty('digest');
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
      await place.apply(A);
      await expect(rollbackTo(undefined, await place.options())).rejects.toMatchObject({
        kind: 'record-missing',
      });
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
      expect(await readStatus(place.target, await place.open(), B.digest)).toMatchObject({
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

describe('without a repository', () => {
  test('the record is kept in a spare place, and moves when there is one', async () => {
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
        expect(records.notes).toEqual([expect.stringContaining(`was moved to ${REF}`)]);
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

const asRoot = isRoot ? describe : describe.skip;

asRoot('with a repository that cannot be written (needs root, for a read-only mount)', () => {
  test('the record is kept in a spare place with its history, and moves when it can be written', async () => {
    await inPlace(async (place) => {
      const { project } = place;
      await place.apply(A);
      const repository = join(project, '.git');
      execFileSync('mount', ['--bind', repository, repository]);
      try {
        execFileSync('mount', ['-o', 'remount,ro,bind', repository]);
        const second = await place.apply(B);
        expect(second.notes).toEqual([expect.stringContaining('Read-only file system')]);
        expect((await (await place.open()).history()).map(({ manifest }) => manifest.generation)).toEqual([
          2, 1,
        ]);
        expect((await statusOf(place)).kind).toBe('in-sync');
        expect((await rollbackTo(undefined, await place.options())).generation).toBe(3);
      } finally {
        execFileSync('umount', [repository]);
      }
      const records = await place.open();
      expect(records.notes).toEqual([expect.stringContaining(`was moved to ${REF}`)]);
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
      // Meanwhile the repository has got a record of its own, by someone who does not know of the spare place.
      const other = git(project, 'commit-tree', `${REF}^{tree}`, '-p', REF, '-m', 'other');
      git(project, 'update-ref', REF, other);
      const records = await place.open();
      expect(records.notes).toEqual([expect.stringContaining('refs/riptides/embedded/n/kept/')]);
      expect((await records.latest())?.id).toBe(other);
      expect(git(project, 'for-each-ref', 'refs/riptides/embedded/n/kept').split('\n')).toHaveLength(1);
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

describe('an apply that is killed', () => {
  const steps = ['recording', 'committing', 'committed', 'recorded'] as const;

  test.each(steps)(
    'at the step "%s" leaves the old or the new bundle, and the next run says which and repairs the record',
    async (step) => {
      await inPlace(async (place) => {
        await place.apply(A);
        await killAt(place, step);
        const status = await statusOf(place);
        const taken = step === 'committed' || step === 'recorded';
        expect(status.live?.digest).toBe(taken ? B.digest : A.digest);
        expect(status.kind).toBe('in-sync');
        const words = {
          recording: undefined,
          committing: 'before the target had taken it',
          committed: 'its record is complete now',
          recorded: undefined,
        };
        const expected = words[step];
        expect(status.notes).toEqual(expected === undefined ? [] : [expect.stringContaining(expected)]);
        const records = await place.open();
        expect(await records.pending()).toBeUndefined();
        expect((await records.latest())?.manifest.digest).toBe(status.live?.digest);
        expect((await place.apply(C)).generation).toBe(taken ? 3 : 2);
      });
    },
  );

  test('at any moment leaves a target and a record that agree after the next look', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      for (let round = 0; round < 20; round += 1) {
        await killAfter(place, round % 2 === 0 ? A : B, round * 12);
        const status = await statusOf(place);
        expect(status.kind).toBe('in-sync');
        expect(await (await place.open()).pending()).toBeUndefined();
      }
      expect((await place.apply(C)).digest).toBe(C.digest);
    });
  }, 120_000);

  test('before its confirmation came is undone, and both are recorded', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      await killAt(place, 'committed', 1000);
      place.clock.now = Date.now() + 60_000;
      expect((await statusOf(place)).notes).toEqual([
        expect.stringContaining('its record is complete now'),
        expect.stringContaining('was not confirmed in time'),
      ]);
      const actions = (await (await place.open()).history()).map(({ manifest }) => manifest.action);
      expect(actions).toEqual(['confirm-expired', 'apply', 'apply']);
    });
  });
});

/** Applies B in a process that kills itself at a step. */
async function killAt({ project }: Place, step: string, confirmWithin = 0): Promise<void> {
  const signal = await childOf(project, [step, String(confirmWithin), '2'], undefined);
  expect(signal).toBe('SIGKILL');
}

/** Applies a bundle in a process that is killed some milliseconds after it has started to. */
async function killAfter({ project }: Place, what: Desired, milliseconds: number): Promise<void> {
  await childOf(project, ['never', '0', what === A ? '1' : '2'], milliseconds);
}

function childOf(
  project: string,
  args: readonly string[],
  after: number | undefined,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = fork(KILL_AT, ['embedded', project, ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    if (after !== undefined) child.once('message', () => setTimeout(() => child.kill('SIGKILL'), after));
    child.on('error', reject);
    // Git, which the killed process had started, may be still at work: it holds the same pipe.
    child.on('close', (_code, signal) => resolve(signal));
  });
}
