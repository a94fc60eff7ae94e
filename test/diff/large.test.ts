// SPDX-License-Identifier: Apache-2.0
// The time that comparisons of large policies take: it depends on what differs.

import { describe, expect, test } from '@jest/globals';
import type { Model } from '../../src/compiler/resolve/types.ts';
import { comparePolicies } from '../../src/diff/compare.ts';
import { identity, model, selector, service } from '../compiler/models.ts';
import { cpuTime } from '../cpu-time.ts';
import { compiled } from './policies.ts';

const IDENTITIES = 10_000;
const SERVICES = 2_000;

/** A label of each pod, or a user. */
type Known = 'uid' | 'label';

function large(known: Known, changed: { readonly selector?: number; readonly rule?: number } = {}): Model {
  const number = (i: number): string => String(i).padStart(5, '0');
  const facts = (i: number) => {
    const value = i === changed.selector ? IDENTITIES + 5000 : 1000 + i;
    return known === 'uid' ? { 'process:uid': value } : { label: `k8s:label:app=${value}` };
  };
  return model(
    Array.from({ length: IDENTITIES }, (_, i) =>
      identity(`app/${number(i)}`, [selector(facts(i))], {
        egress: [{ services: i === changed.rule ? [5] : [i % SERVICES] }],
      }),
    ),
    Array.from({ length: SERVICES }, (_, i) => service(`s${number(i)}`, [`10.${i >> 8}.${i & 255}.1 443`])),
  );
}

describe('of 10,000 identities', () => {
  test.each([
    ['uid', { rule: 77 }, { gains: 1, losses: 1, moves: 0 }],
    ['uid', { selector: 77 }, { gains: 1, losses: 1, moves: 2 }],
    ['label', { selector: 77 }, { gains: 1, losses: 1, moves: 2 }],
  ] as const)(
    'known by %s, one that differs by %j is found in a few seconds',
    (known, changed, summary) => {
      const [before, after] = [compiled(large(known)), compiled(large(known, changed))];
      const start = cpuTime();
      const difference = comparePolicies(before, after);
      const took = cpuTime() - start;
      expect(difference).toMatchObject({ exact: true, summary });
      // About one second on a machine with nothing else to do.
      expect(took).toBeLessThan(10_000);
      console.log(`one change of ${IDENTITIES} identities: ${took.toFixed(0)} ms`);
    },
    60_000,
  );
});
