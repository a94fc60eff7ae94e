// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';

import { conditionOf } from '../../src/conditions/of-program.ts';
import { formatAddress, parseAddress } from '../../src/bundle/address.ts';
import { END, FIELD, TEST } from '../../src/bundle/generated.ts';
import type { InstructionView } from '../../src/bundle/view.ts';
import { allOf, anyOf, choose, not, numberIn } from '../../src/conditions/build.ts';
import { lowerCondition } from '../../src/compiler/lower/conditions.ts';
import type { TablePrefix } from '../../src/compiler/lower/types.ts';
import type { Condition } from '../../src/conditions/types.ts';
import { holdsOf } from '../../src/conditions/holds.ts';
import { describeCondition } from '../../src/conditions/words.ts';
import type { Question } from '../../src/conditions/holds.ts';
import { HOUR, randomCondition, WEDNESDAY } from '../diff/conditions.ts';
import { type Random, randomFrom } from '../oracle/random.ts';
import { SEED } from '../seed.ts';

/** A condition as a bundle shows it; undefined when it needs no program. */
function programOf(condition: Condition): readonly InstructionView[] | undefined {
  const prefixes: TablePrefix[] = [];
  const lowered = lowerCondition(condition, (prefix) => prefixes.push(prefix) - 1);
  if (lowered.kind !== 'program') return undefined;
  const target = (to: number): InstructionView['whenTrue'] =>
    to === END.holds ? 'holds' : to === END.fails ? 'fails' : to;
  return lowered.instructions.map(({ field, test: number, data, high, whenTrue, whenFalse }) => {
    const prefix = number === TEST.inside ? prefixes[Number(data)] : undefined;
    return {
      field: nameOf(FIELD, field),
      test: nameOf(TEST, number),
      operand:
        prefix !== undefined
          ? `${formatAddress(prefix.address)}/${isFour(prefix) ? prefix.prefixLength - 96 : prefix.prefixLength}`
          : number === TEST.range
            ? `${data}-${high}`
            : String(data),
      whenTrue: target(whenTrue),
      whenFalse: target(whenFalse),
    };
  });
}

function isFour({ address }: TablePrefix): boolean {
  return formatAddress(address).includes('.');
}

function nameOf<T extends string>(names: Readonly<Record<T, number>>, number: number): T {
  const [name] = (Object.keys(names) as T[]).filter((key) => names[key] === number);
  if (name === undefined) throw new Error(String(number));
  return name;
}

function randomQuestion(random: Random): Question {
  const address = parseAddress(random.pick(['::ffff:10.0.0.1', '::ffff:10.9.0.1', 'fd00::1', '2001:db8::1']));
  return {
    direction: random.pick(['output', 'input']),
    facts: {
      'process:uid': random.pick([0, 1, 2, 3]),
      'process:name': random.pick(['a', 'b', 'ab', 'c']),
      'process:cmdline': random.pick(['n', 'n x', 'x', 'nod']),
      'process:binary:path': random.pick(['/bin/a', '/usr/a']),
    },
    connection: {
      remote: { address: address ?? new Uint8Array(16), port: random.pick([1, 80, 443, 444]) },
      localPort: random.pick([1, 80, 444]),
      name: random.pick(['a.example', 'b.example', 'c']),
      peer: random.pick([
        '',
        'spiffe://test.example/a',
        'spiffe://test.example/a/b',
        'spiffe://other.example',
      ]),
      time: WEDNESDAY + random.below(9 * 24) * HOUR,
    },
  };
}

describe('a condition read back from its program', () => {
  test('holds of the same connections', () => {
    const random = randomFrom(SEED);
    for (let i = 0; i < 2000; i++) {
      const condition = randomCondition({ random, times: true }, random.pick(['out', 'in']), 4);
      const program = programOf(condition);
      if (program === undefined) continue;
      const again = conditionOf(program);
      for (let j = 0; j < 20; j++) {
        const question = randomQuestion(random);
        expect(holdsOf(again, question)).toBe(holdsOf(condition, question));
      }
    }
  });

  const [a, b, c] = [1, 2, 3].map((uid) => numberIn('processUid', [{ low: uid, high: uid }])) as [
    Condition,
    Condition,
    Condition,
  ];
  const name: Condition = { kind: 'text', field: 'processName', test: 'equal', text: 'n' };
  const path: Condition = { kind: 'text', field: 'processBinaryPath', test: 'starts', text: '/o/' };
  const ports = numberIn('destinationPort', [{ low: 80, high: 80 }, { low: 443, high: 443 }]); // prettier-ignore
  const nights = numberIn('dayMinute', [{ low: 0, high: 359 }, { low: 1320, high: 1439 }]); // prettier-ignore
  test.each<[string, Condition]>([
    ['process.uid is 1', a],
    ['process.uid is 1 and process.name is "n"', allOf([a, name])],
    ['process.name is "n" or process.binary.path begins with "/o/"', anyOf([name, path])],
    ['(destination.port is 80 or destination.port is 443) and process.name is "n"', allOf([ports, name])],
    [
      'process.name is "n" and (process.uid is 1 or process.binary.path begins with "/o/")',
      allOf([name, anyOf([a, path])]),
    ],
    ['not (process.uid is 2) and process.name is "n"', allOf([not(b), name])],
    ['time in 22:00-06:00 UTC', nights],
    [
      '(process.uid is 1 and process.name is "n") or (not (process.uid is 1) and process.binary.path begins with "/o/")',
      choose(a, name, path),
    ],
    ['process.uid is 3', c],
  ])('is %s', (words, condition) => {
    expect(describeCondition(conditionOf(programOf(condition) ?? []))).toBe(words);
  });
});
