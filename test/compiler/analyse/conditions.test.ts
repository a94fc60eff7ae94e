// SPDX-License-Identifier: Apache-2.0

import { expect, test } from '@jest/globals';
import { analyseModel } from '../../../src/compiler/analyse/analyse.ts';
import { compileCondition } from '../../../src/compiler/conditions/compile.ts';
import { identity, model, selector, service } from '../models.ts';

const cases: readonly (readonly [when: string, warned: boolean])[] = [
  ['process.uid != 0 || process.uid != 1001', true],
  ['process.uid != 0 && process.uid != 1001', false],
  ['destination.port < 1024 || destination.port > 1023', true],
  ['destination.port < 1024 || destination.port > 1024', false],
  ['size(process.name) > 0 || process.name == ""', true],
  ['time.getHours() >= 8 || time.getHours() < 8', true],
];
for (const [when, warned] of cases) {
  test(`a rule with "${when}" is ${warned ? 'warned of as one without a condition' : 'in order'}`, () => {
    const condition = compileCondition(when, 'egress', ({ message }) => {
      throw new Error(message);
    });
    const rule = { services: [0], condition };
    const policy = model(
      [identity('web', [selector({ 'process:uid': 1 })], { egress: [rule] })],
      [service('a')],
    );
    const found = analyseModel(policy).map(
      ({ code, severity, range }) => `${severity} ${code} ${range.file}`,
    );
    expect(found).toEqual(warned ? ['warning RTP1609 web#0'] : []);
  });
}
