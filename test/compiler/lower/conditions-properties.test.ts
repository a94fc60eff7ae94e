// SPDX-License-Identifier: Apache-2.0
// Programs against the oracle: all ways in which few tests of one field can meet, and random conditions. fast-check prints the
// seed of a failure.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskAddress, parseAddress } from '../../../src/bundle/address.ts';
import { END } from '../../../src/bundle/generated.ts';
import { allOf, choose, not } from '../../../src/conditions/build.ts';
import type { Condition } from '../../../src/conditions/types.ts';
import { conditionHolds, type Situation } from '../../oracle/condition.ts';
import { programHolds } from '../conditions/engines.ts';
import { lower } from '../conditions/show.ts';

/** All pairs and all triples of the tests, each as it is and negated, joined by all and by any. */
function* joins(tests: readonly Condition[]): Generator<Condition> {
  const literals = tests.flatMap((one): readonly Condition[] => [one, { kind: 'not', of: one }]);
  for (const [i, a] of literals.entries()) {
    for (const [j, b] of literals.slice(0, i).entries()) {
      yield { kind: 'all', of: [a, b] };
      for (const c of literals.slice(0, j)) {
        yield { kind: 'all', of: [b, a, c] };
        yield { kind: 'any', of: [a, b, c] };
      }
    }
  }
}

const NOTHING: Situation = {
  processName: '',
  processBinaryPath: '',
  processUid: 0,
  processGid: 0,
  processCmdline: '',
  destinationIp: new Uint8Array(16),
  destinationPort: 0,
  destinationName: '',
  sourceIp: new Uint8Array(16),
  sourcePort: 0,
  peer: '',
  time: 0,
};

function expectSame(condition: Condition, situations: readonly Situation[]): void {
  const { lowered, prefixes } = lower(condition);
  const said = situations.map((situation) =>
    lowered.kind === 'program'
      ? programHolds(lowered.instructions, prefixes, situation)
      : lowered.kind === 'always',
  );
  const wanted = situations.map((situation) => conditionHolds(condition, situation));
  // Comparing with expect takes longer than all the rest.
  if (said.join() !== wanted.join()) expect({ condition, said }).toEqual({ condition, said: wanted });
  // What holds always or never is seen, where a few tests are all there is.
  if (lowered.kind === 'always') expect(wanted).not.toContain(false);
}

describe('tests of one field that meet', () => {
  test('are joined to what they say together, whatever the texts', () => {
    const texts = ['a', 'b', 'ab', 'ba', 'aba'];
    const tests = [
      ...['', ...texts].map(
        (text): Condition => ({ kind: 'text', field: 'processName', test: 'equal', text }),
      ),
      ...texts.map((text): Condition => ({ kind: 'text', field: 'processName', test: 'starts', text })),
      ...texts.map((text): Condition => ({ kind: 'text', field: 'processName', test: 'ends', text })),
    ];
    const situations = [
      '',
      'a',
      'b',
      'ab',
      'ba',
      'aa',
      'aba',
      'bab',
      'abab',
      'baba',
      'abba',
      'c',
      'ca',
      'bc',
    ].map((processName) => ({ ...NOTHING, processName }));
    for (const condition of joins(tests)) expectSame(condition, situations);
  });

  test('are joined to what they say together, whatever the prefixes', () => {
    const last = (byte: number): Uint8Array => Uint8Array.of(...Array<number>(15).fill(0), byte);
    const tests = [125, 126, 127, 128].flatMap((prefixLength) =>
      Array.from(
        { length: 2 ** (prefixLength - 125) },
        (_, i): Condition => ({
          kind: 'address',
          field: 'destinationIp',
          address: last(i << (128 - prefixLength)),
          prefixLength,
        }),
      ),
    );
    const situations = Array.from({ length: 10 }, (_, i) => ({ ...NOTHING, destinationIp: last(i) }));
    for (const condition of joins(tests)) expectSame(condition, situations);
  });
});

const SITUATION = fc.record({
  processName: fc.constantFrom('', 'a', 'ab', 'abc', 'b'),
  processBinaryPath: fc.constantFrom('', '/a'),
  processUid: fc.integer({ min: 0, max: 6 }),
  processGid: fc.constantFrom(0, 1, 4_294_967_295),
  processCmdline: fc.constantFrom('', 'a', 'aa', 'é'),
  destinationIp: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '::1', '0.0.0.0').map(bytesOf),
  destinationPort: fc.integer({ min: 0, max: 6 }),
  destinationName: fc.constant(''),
  sourceIp: fc.constant(new Uint8Array(16)),
  sourcePort: fc.constant(0),
  peer: fc.constant(''),
  time: fc.constantFrom(0, 59, 60, 86_399, 86_400, 4 * 86_400 - 1, 4 * 86_400, 4_294_967_295),
}) satisfies fc.Arbitrary<Situation>;

function bytesOf(text: string): Uint8Array {
  return parseAddress(text) ?? new Uint8Array(16);
}

const TEST: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .record({ low: fc.integer({ min: 0, max: 6 }), more: fc.integer({ min: 0, max: 3 }) })
    .chain(({ low, more }) =>
      fc
        .constantFrom('processUid', 'destinationPort')
        .map((field): Condition => ({ kind: 'number', field, low, high: low + more })),
    ),
  fc.constantFrom<Condition>(
    { kind: 'number', field: 'dayMinute', low: 0, high: 0 },
    { kind: 'number', field: 'dayMinute', low: 1, high: 1439 },
    { kind: 'number', field: 'weekMinute', low: 0, high: 5759 },
    { kind: 'number', field: 'weekMinute', low: 0, high: 4_294_967_295 },
    { kind: 'number', field: 'time', low: 60, high: 4_294_967_295 },
    { kind: 'constant', value: true },
    { kind: 'constant', value: false },
  ),
  fc
    .record({
      test: fc.constantFrom('equal', 'starts', 'ends'),
      text: fc.constantFrom('', 'a', 'ab', 'b', 'bc', 'c'),
      field: fc.constantFrom('processName', 'processCmdline'),
    })
    .map(
      ({ test: how, text, field }): Condition => ({
        kind: 'text',
        field,
        test: text === '' ? 'equal' : how,
        text,
      }),
    ),
  fc
    .record({
      text: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '::1', '128.0.0.0'),
      prefixLength: fc.constantFrom(0, 1, 64, 96, 97, 126, 127, 128),
    })
    .map(
      ({ text, prefixLength }): Condition => ({
        kind: 'address',
        field: 'destinationIp',
        address: maskAddress(bytesOf(text), prefixLength),
        prefixLength,
      }),
    ),
);

const CONDITION: fc.Arbitrary<Condition> = fc.letrec<{ any: Condition; tree: Condition }>((tie) => ({
  any: fc.oneof({ maxDepth: 5, withCrossShrink: true }, TEST, tie('tree')),
  tree: fc.oneof(
    tie('any').map((of): Condition => ({ kind: 'not', of })),
    tie('any').map(not),
    fc
      .tuple(fc.constantFrom('all', 'any'), fc.array(tie('any'), { maxLength: 4 }))
      .map(([kind, of]): Condition => ({ kind, of })),
    fc.array(tie('any'), { maxLength: 4 }).map(allOf),
    fc
      .tuple(tie('any'), tie('any'), tie('any'))
      .map(([when, then, otherwise]) => choose(when, then, otherwise)),
  ),
})).any;

describe('any condition', () => {
  test('is lowered to a program that holds when it does', () => {
    const seen = { program: 0, always: 0, never: 0 };
    fc.assert(
      fc.property(CONDITION, fc.array(SITUATION, { minLength: 5, maxLength: 5 }), (condition, situations) => {
        const { lowered, prefixes } = lower(condition);
        if (lowered.kind === 'too-long') return;
        seen[lowered.kind]++;
        for (const situation of situations) {
          const holds =
            lowered.kind === 'program'
              ? programHolds(lowered.instructions, prefixes, situation)
              : lowered.kind === 'always';
          expect(holds).toBe(conditionHolds(condition, situation));
        }
      }),
      { numRuns: 2000 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  });

  test('is lowered to instructions that are all reached, go forward and decide something', () => {
    fc.assert(
      fc.property(CONDITION, (condition) => {
        const { lowered } = lower(condition);
        if (lowered.kind !== 'program') return;
        const { instructions } = lowered;
        const reached = new Set([0]);
        const written = new Set<string>();
        instructions.forEach(({ whenTrue, whenFalse, ...test }, at) => {
          expect(reached.has(at)).toBe(true);
          expect(whenTrue).not.toBe(whenFalse);
          for (const next of [whenTrue, whenFalse]) {
            const ends: readonly number[] = Object.values(END);
            expect(ends.includes(next) || (next > at && next < instructions.length)).toBe(true);
            reached.add(next);
          }
          written.add(JSON.stringify([test, whenTrue, whenFalse]));
        });
        expect(written.size).toBe(instructions.length);
      }),
      { numRuns: 1000 },
    );
  });

  test('is lowered to the same program each time, and so is its double negation', () => {
    fc.assert(
      fc.property(CONDITION, (condition) => {
        const first = lower(condition);
        expect(lower(structuredClone(condition)).prefixes).toEqual(first.prefixes);
        expect(lower(condition)).toEqual(first);
        expect(lower({ kind: 'not', of: { kind: 'not', of: condition } })).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });
});
