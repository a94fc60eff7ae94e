// SPDX-License-Identifier: Apache-2.0
// kill -9 in the middle of an apply: the target holds the old or the new bundle, and the next run says which and repairs the record.

import { fork } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import type { Desired } from '../../src/plan/plan.ts';
import { A, B, C, inPlace, type Place, statusOf } from './place.ts';

const KILL_AT = join(import.meta.dirname, 'kill-at.ts');

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
