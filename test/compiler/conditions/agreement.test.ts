// SPDX-License-Identifier: Apache-2.0
// Random conditions on random connections: the CEL engine on the text, the oracle on the tree, an interpreter on the program and
// the core on a bundle must all say the same. RIPTIDES_PAIRS sets how many, RIPTIDES_SEED where to begin:
// `RIPTIDES_SEED=<seed> RIPTIDES_PAIRS=1` replays one bundle. 4,000 pairs take about two seconds.

import { expect, test } from '@jest/globals';
import { compileCondition } from '../../../src/compiler/conditions/compile.ts';
import { lowerCondition } from '../../../src/compiler/lower/conditions.ts';
import type { TablePrefix } from '../../../src/compiler/lower/types.ts';
import { conditionHolds, type Situation } from '../../oracle/condition.ts';
import { type Random, randomFrom } from '../../oracle/random.ts';
import { SEED } from '../../seed.ts';
import { celDecides, coreDecides, type Placed, programHolds } from './engines.ts';
import { type Place, randomCondition, randomSituation } from './generate.ts';

const PAIRS = Number(process.env['RIPTIDES_PAIRS'] ?? 4000);
const CONDITIONS = 40;
const SITUATIONS = 10;

test(
  'the engine, the oracle, the program and the core agree on every condition',
  () => {
    const seen = { true: 0, false: 0, always: 0, never: 0, program: 0 };
    for (let seed = SEED, pairs = 0; pairs < PAIRS; seed++) {
      try {
        const random = randomFrom(seed);
        const cases = Array.from({ length: CONDITIONS }, (_, i) =>
          randomCase(random, i % 2 === 0 ? 'egress' : 'inbound'),
        );
        const core = coreDecides(cases);
        cases.forEach((one, index) => {
          seen[one.lowered]++;
          for (let i = 0; i < SITUATIONS; i++, pairs++) {
            const situation = randomSituation(random, one.where);
            const engine = one.engine(situation);
            const said = {
              engine,
              oracle: conditionHolds(one.condition, situation),
              program: one.program(situation),
              core: core(index, situation),
            };
            const agreed = { engine, oracle: engine, program: engine, core: engine };
            expect({ text: one.text, situation, said }).toEqual({ text: one.text, situation, said: agreed });
            seen[engine ? 'true' : 'false']++;
          }
        });
      } catch (error) {
        throw new Error(`replay with RIPTIDES_SEED=${seed} RIPTIDES_PAIRS=1`, { cause: error });
      }
    }
    // The cases are worth something only if each answer is frequent.
    if (PAIRS >= 1000) {
      expect(Math.min(seen.true, seen.false)).toBeGreaterThan(PAIRS / 5);
      expect(Math.min(seen.always, seen.never)).toBeGreaterThan(PAIRS / 1000);
      expect(seen.program).toBeGreaterThan(PAIRS / 20);
    }
  },
  60_000 + PAIRS * 5,
);

interface Case extends Placed {
  readonly text: string;
  readonly lowered: 'always' | 'never' | 'program';
  readonly engine: (situation: Situation) => boolean;
  readonly program: (situation: Situation) => boolean;
}

function randomCase(random: Random, where: Place): Case {
  for (;;) {
    const text = randomCondition(random, where);
    const condition = compileCondition(text, where, (problem) => {
      const part = text.slice(problem.start, problem.end);
      throw new Error(`${text}: ${problem.code} ${problem.message} (${part})`);
    });
    if (condition === undefined) throw new Error(`${text}: refused without a reason`);
    const prefixes: TablePrefix[] = [];
    const lowered = lowerCondition(condition, (prefix) => prefixes.push(prefix) - 1);
    const common = { text, where, condition, engine: celDecides(text) };
    switch (lowered.kind) {
      case 'too-long':
        continue;
      case 'always':
      case 'never':
        return { ...common, lowered: lowered.kind, program: () => lowered.kind === 'always' };
      case 'program':
        return {
          ...common,
          lowered: lowered.kind,
          program: (situation) => programHolds(lowered.instructions, prefixes, situation),
        };
    }
  }
}
