// SPDX-License-Identifier: Apache-2.0
// Apply, confirm, roll back and the record of it, against the module in real kernels; and an apply that is killed at every message.

import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { GUEST_NODE } from '../vm/guest-node.ts';
import type { Vm } from '../vm/vm.ts';
import { bootGuest, KERNELS, must, patience, ROOT } from './suite.ts';

const PROGRAM = join(ROOT, 'test/kernel/guest/apply.ts');
const MINUTE = 60_000;

describe.each(KERNELS)('an apply to kernel %s', (series) => {
  let vm: Vm;
  let results: Record<string, unknown>;

  beforeAll(
    async () => {
      const guest = await bootGuest(series);
      await guest.load();
      vm = guest.vm;
      const output = await must(vm, [...GUEST_NODE, PROGRAM, '/tmp/apply'], {
        timeoutMs: 10 * MINUTE * patience(series),
      });
      results = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    },
    15 * MINUTE * patience(series),
  );

  afterAll(
    async () => {
      await vm?.shutdown();
    },
    MINUTE * patience(series),
  );

  test('puts a bundle in force that comes back byte for byte', () => {
    expect(results['before']).toMatchObject({ kind: 'never-applied', generation: 0 });
    expect(results['applied']).toMatchObject({ kind: 'in-sync', generation: 1, notes: [], record: 1 });
    expect(results['dumped']).toBe(true);
    expect(results['live']).toMatchObject({ generation: 1, enforcing: true, history: [] });
  });

  test.each([
    [
      'moved',
      {
        kind: 'generation-moved',
        exitCode: 5,
        message: expect.stringContaining('generation 1 is in force now'),
      },
    ],
    [
      'malformed',
      {
        kind: 'bundle-refused',
        exitCode: 6,
        why: expect.stringContaining('the kernel says: bundle refused'),
      },
    ],
    ['version', { kind: 'bundle-version', exitCode: 6, message: expect.stringContaining('reads format') }],
    ['empty', { kind: 'bundle-refused', exitCode: 6 }],
    ['digest', { kind: 'digest-mismatch', exitCode: 6 }],
    ['no bundle', { kind: 'no-such-bundle', exitCode: 6 }],
    ['nothing to confirm', { kind: 'nothing-to-confirm', exitCode: 6 }],
    ['busy', { kind: 'busy', exitCode: 8, message: expect.stringContaining('netlink port') }],
    ['interrupted', { kind: 'interrupted', exitCode: 130 }],
    ['second', { kind: 'not-confirmed', exitCode: 8 }],
  ])('is refused with words: %s', (what, expected) => {
    expect(results[what]).toMatchObject(expected);
  });

  test('that was refused or only checked changed nothing', () => {
    expect(results['checked']).toBe(1);
    expect(results['unchanged']).toMatchObject({ kind: 'in-sync', generation: 1 });
  });

  test('is kept when it is confirmed, and undone by the kernel when it is not', () => {
    expect(results['waiting']).toMatchObject({ kind: 'pending-confirm', generation: 2 });
    expect(results['confirmed']).toMatchObject({ kind: 'in-sync', generation: 2 });
    expect(results['expired']).toMatchObject({
      kind: 'in-sync',
      generation: 4,
      notes: [expect.stringContaining('was not confirmed in time')],
    });
  });

  test('is rolled back to a record', () => {
    expect(results['rolled back']).toMatchObject({ kind: 'in-sync', generation: 5, same: true });
  });

  test('that is killed before or after any message leaves the old or the new bundle, and a record that agrees', () => {
    const { killed, messages } = results;
    expect(Number(messages)).toBeGreaterThanOrEqual(5);
    expect(killed).toHaveLength(2 * Number(messages));
    for (const one of Array.isArray(killed) ? killed : [])
      expect(one).toMatchObject({
        signal: 'SIGKILL',
        stderr: '',
        moved: expect.any(Number),
        known: true,
        kind: 'in-sync',
        recorded: true,
        pending: false,
      });
    const moves = Array.isArray(killed) ? killed.map((one) => Number(one.moved)) : [];
    expect(new Set(moves)).toEqual(new Set([0, 1]));
    expect(results['notes']).toEqual(
      expect.arrayContaining([
        expect.stringContaining('before the target had taken it'),
        expect.stringContaining('its record is complete now'),
      ]),
    );
  });

  test('of 10,000 identities goes through, and says how long it took', () => {
    expect(results['huge']).toEqual({ bytes: expect.any(Number), milliseconds: expect.any(Number) });
    console.log(`kernel ${series}: ${JSON.stringify(results['huge'])}`);
  });
});
