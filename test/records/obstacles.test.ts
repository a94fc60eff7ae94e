// SPDX-License-Identifier: Apache-2.0
// Git that is locked, full, damaged or of another user: what is so and how to go on is said before the target is touched, or, where it is
// too late, what is in force.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { confirmApplied } from '../../src/apply/apply.ts';
import { A, B, C, inPlace, type Place, REF, statusOf } from '../apply/place.ts';
import { git } from '../apply/repositories.ts';
import { ROOT } from '../commands/riptides.ts';
import { edit, embedded, policyRepository, scratch, statusOf as statusIn } from './repository.ts';

const PENDING = REF.replace('applied', 'pending');
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

describe('a lock that a killed git left behind', () => {
  test.each([`${REF}.lock`, `${PENDING}.lock`, 'packed-refs.lock'])(
    'of %s is seen before the target is touched',
    async (lock) => {
      await inPlace(async (place) => {
        await place.apply(A);
        const path = join(place.project, '.git', lock);
        writeFileSync(path, '');
        await expect(place.apply(B)).rejects.toMatchObject({
          kind: 'busy',
          exitCode: 8,
          message: `another git process holds ${path}`,
          fix: expect.stringContaining('remove that file'),
        });
        expect(await place.target.info()).toMatchObject({ generation: 1 });
        expect(await statusOf(place)).toMatchObject({ kind: 'in-sync' });
        rmSync(path);
        expect(await place.apply(B)).toMatchObject({ generation: 2 });
      });
    },
  );

  test('while the target commits leaves it to the next run to complete the record', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      const lock = join(place.project, '.git', `${REF}.lock`);
      const applied = place.apply(B, {
        onStep: (step) => {
          if (step === 'committed') writeFileSync(lock, '');
        },
      });
      await expect(applied).rejects.toMatchObject({
        kind: 'not-recorded',
        exitCode: 9,
        message: `generation 2 (bundle ${B.digest.slice(0, 12)}) is in force; its record cannot be completed: another git process holds ${lock}`,
        fix: expect.stringMatching(/remove that file; then run riptides status/),
      });
      ended(place);
      expect(await statusOf(place)).toMatchObject({
        kind: 'in-sync',
        recorded: { manifest: { digest: B.digest } },
        notes: [expect.stringContaining(`its record cannot be completed: another git process holds ${lock}`)],
      });
      await expect(place.apply(C)).rejects.toMatchObject({ kind: 'busy', exitCode: 8 });
      rmSync(lock);
      expect(await statusOf(place)).toMatchObject({
        kind: 'in-sync',
        notes: [expect.stringContaining('its record is complete now')],
      });
      expect((await (await place.open()).history()).map(({ manifest }) => manifest.generation)).toEqual([
        2, 1,
      ]);
    });
  });

  test('while a confirmation is recorded says that it is confirmed', async () => {
    await inPlace(async (place) => {
      await place.apply(A, { confirmWithin: 60_000 });
      const options = await place.options();
      const lock = join(place.project, '.git', `${REF}.lock`);
      const confirm = async (generation: number): Promise<void> => {
        await place.target.confirm(generation);
        writeFileSync(lock, '');
      };
      await expect(
        confirmApplied({ ...options, target: { ...place.target, confirm } }),
      ).rejects.toMatchObject({
        kind: 'not-recorded',
        message: expect.stringContaining('generation 1 is confirmed'),
      });
      rmSync(lock);
      expect(await statusOf(place)).toMatchObject({
        kind: 'in-sync',
        recorded: { manifest: { action: 'confirm' } },
      });
    });
  });

  test('does not hide why the target refused', async () => {
    await inPlace(async (place) => {
      await place.apply(A);
      const lock = join(place.project, '.git', `${PENDING}.lock`);
      const onStep = (step: string): void => {
        if (step === 'committing') writeFileSync(lock, '');
      };
      await expect(place.apply({ ...B, bundle: new Uint8Array(3) }, { onStep })).rejects.toMatchObject({
        kind: 'bundle-refused',
      });
      rmSync(lock);
      ended(place);
      expect(await statusOf(place)).toMatchObject({
        kind: 'in-sync',
        notes: [expect.stringContaining('before the target had taken it')],
      });
    });
  });
});

/** Makes the pending record one of a process that has ended, as it is when the command line has ended. */
function ended({ project }: Place): void {
  const manifest = JSON.parse(git(project, 'show', `${PENDING}:manifest.json`));
  manifest.writer = { ...manifest.writer, started: 'earlier' };
  const file = join(project, '../manifest.json');
  writeFileSync(file, JSON.stringify(manifest));
  replaceFile(project, PENDING, 'manifest.json', file);
}

/** Replaces a file in the record that a ref names. */
function replaceFile(repository: string, ref: string, name: string, file: string): void {
  const blob = git(repository, 'hash-object', '-w', file);
  const entries = git(repository, 'ls-tree', ref).split('\n');
  const input = entries.map((line) =>
    line.endsWith(`\t${name}`) ? `100644 blob ${blob}\t${name}\n` : `${line}\n`,
  );
  const tree = execFileSync('git', ['mktree'], { cwd: repository, input: input.join(''), encoding: 'utf8' });
  const parents = git(repository, 'log', '-1', '--format=%P', ref).split(' ').filter(Boolean);
  const options = [...parents.flatMap((id) => ['-p', id]), '-m', 'record'];
  git(repository, 'update-ref', ref, git(repository, 'commit-tree', tree.trim(), ...options));
}

asRoot('a repository on a full disk (needs root, for a small file system)', () => {
  test('before the target is touched: the record is kept elsewhere, or nothing is applied', async () => {
    await onSmallDisk(async (place, fill) => {
      await place.apply(A);
      fill();
      const { notes } = await place.apply(B);
      expect(notes).toEqual([expect.stringContaining('there is no space left for it')]);
      expect(await statusOf(place)).toMatchObject({ kind: 'in-sync' });
    });
  });

  test('after the target has committed: it is said what is in force, and the next run completes the record', async () => {
    await onSmallDisk(async (place, fill, empty) => {
      await place.apply(A);
      const applied = place.apply(B, {
        onStep: (step) => {
          if (step === 'committed') fill();
        },
      });
      await expect(applied).rejects.toMatchObject({
        kind: 'not-recorded',
        exitCode: 9,
        message: expect.stringMatching(/^generation 2 .* is in force; .* there is no space left/),
      });
      empty();
      ended(place);
      expect(await statusOf(place)).toMatchObject({
        kind: 'in-sync',
        notes: [expect.stringContaining('its record is complete now')],
      });
    });
  });

  /** A place whose repository is alone on a small file system, which can be filled to its last byte. */
  async function onSmallDisk(
    use: (place: Place, fill: () => void, empty: () => void) => Promise<void>,
  ): Promise<void> {
    await inPlace(async (place) => {
      const repository = join(place.project, '.git');
      const copy = join(place.project, '../copy');
      cpSync(repository, copy, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,nr_inodes=400', 'tmpfs', repository]);
      const filler = join(repository, 'filler');
      try {
        cpSync(copy, repository, { recursive: true });
        await use(
          place,
          () => {
            // The last blocks, and the last names: a lock needs no more than one of them.
            execFileSync('sh', ['-c', `dd if=/dev/zero of=${filler} bs=512 2>/dev/null || true`]);
            mkdirSync(`${filler}s`);
            try {
              for (let i = 0; statfsSync(repository).ffree > 0; i += 1) writeFileSync(`${filler}s/${i}`, '');
            } catch {
              // It is full.
            }
          },
          () => {
            rmSync(filler, { force: true });
            rmSync(`${filler}s`, { recursive: true, force: true });
          },
        );
      } finally {
        execFileSync('umount', [repository]);
      }
    });
  }
});

test('a limit on the size of files is no reason to apply without a record', () => {
  const repository = policyRepository();
  const bin = join(ROOT, 'bin/riptides.js');
  const run = `ulimit -f 0; exec ${process.execPath} ${bin} apply ${repository} --target embedded --yes`;
  const { status, stderr } = spawnSync('sh', ['-c', run], { encoding: 'utf8' });
  expect({ status, stderr }).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('nothing was applied'),
  });
  expect(existsSync(join(repository, '.riptides/embedded/generations/1'))).toBe(false);
});

describe('a repository that is damaged', () => {
  const records = (repository: string): string =>
    git(repository, 'for-each-ref', '--format=%(refname)', 'refs/riptides');
  const object = (repository: string, name: string): string => {
    const id = git(repository, 'rev-parse', name);
    return join(repository, '.git/objects', id.slice(0, 2), id.slice(2));
  };

  test.each([
    [
      'the record is empty, as after a loss of power',
      (dir: string) => truncateSync(object(dir, records(dir))),
    ],
    ['the record is gone', (dir: string) => rmSync(object(dir, records(dir)))],
    ['its manifest is gone', (dir: string) => rmSync(object(dir, `${records(dir)}:manifest.json`))],
    [
      'its manifest is garbage',
      (dir: string) => writeFileSync(object(dir, `${records(dir)}:manifest.json`), 'x'),
    ],
    ['its tree is gone', (dir: string) => rmSync(object(dir, `${records(dir)}^{tree}`))],
    ['the ref is empty', (dir: string) => truncateSync(join(dir, '.git', records(dir)))],
    ['the ref is garbage', (dir: string) => writeFileSync(join(dir, '.git', records(dir)), 'garbage\n')],
  ])('says so before the target is touched, and status says what is in force: %s', (_name, damage) => {
    const repository = policyRepository();
    embedded(repository, 'apply', '--yes');
    execFileSync('chmod', ['-R', 'u+w', join(repository, '.git/objects')]);
    damage(repository);
    const { code, stderr } = embedded(repository, 'apply', '--yes');
    expect(stderr).toMatch(/git fsck/);
    expect([2, 7]).toContain(code);
    expect(readdirSync(join(repository, '.riptides/embedded/generations'))).toEqual(['1']);
    expect(statusIn(repository)).toMatchObject({
      kind: 'unknown',
      words: expect.stringMatching(/^generation 1 \(bundle .*\) is in force, and its record cannot be read/),
    });
  });
});

test('a record whose bundle is not the one that its manifest names hides no change', () => {
  const repository = policyRepository();
  embedded(repository, 'apply', '--yes');
  edit(join(repository, 'riptides.yaml'), 'egress: audit', 'egress: deny');
  const wanted = join(scratch(), 'wanted.rtb');
  expect(embedded(repository, 'compile', '-o', wanted)).toMatchObject({ code: 0 });
  expect(embedded(repository, 'plan', '--detailed-exitcode')).toMatchObject({ code: 4 });
  const ref = git(repository, 'for-each-ref', '--format=%(refname)', 'refs/riptides');
  replaceFile(repository, ref, 'bundle.rtb', wanted);
  for (const args of [['plan'], ['diff'], ['apply', '--yes']])
    expect(embedded(repository, ...args)).toMatchObject({
      code: 7,
      stderr: expect.stringMatching(/RTE1402[^]*bundle\.rtb is not the bundle that manifest\.json names/),
    });
  expect(embedded(repository, 'history')).toMatchObject({ code: 0 });
});

asRoot('a repository of another user (needs root, to be two users)', () => {
  const NOBODY = 65534;
  /** A repository that everybody may write, of root; the policy is in a subdirectory. */
  function foreign(): { readonly root: string; readonly home: string; readonly run: typeof embedded } {
    const parent = scratch();
    const root = policyRepository();
    const home = join(parent, 'home');
    mkdirSync(home);
    chownSync(home, NOBODY, NOBODY);
    execFileSync('chmod', ['-R', 'a+rwX', root, parent]);
    const bin = join(ROOT, 'bin/riptides.js');
    return {
      root,
      home,
      run: (cwd, ...args) => {
        const { status, stdout, stderr } = spawnSync(
          process.execPath,
          [bin, ...args, '--target', 'embedded'],
          {
            cwd,
            uid: NOBODY,
            gid: NOBODY,
            env: { PATH: process.env['PATH'] ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
            encoding: 'utf8',
          },
        );
        return { code: status, stdout, stderr };
      },
    };
  }

  test('says so in plan, gives a command that is true, and records there once git trusts it', () => {
    const { root, home, run } = foreign();
    const plan = run(root, 'plan');
    expect(plan.stdout).toContain('git does not trust the repository');
    const command = /git config --global --add safe\.directory (\S+)$/m.exec(plan.stdout)?.[1];
    expect(command).toBe(root);
    execFileSync('git', ['config', '--global', '--add', 'safe.directory', root], {
      env: { HOME: home, PATH: process.env['PATH'] },
    });
    const applied = run(root, 'apply', '--yes');
    expect(applied.code).toBe(0);
    expect(git(root, 'for-each-ref', '--format=%(refname)', 'refs/riptides')).toContain('/applied');
    expect(run(root, 'plan').stdout).toMatch(/policy +commit/);
  });
});
