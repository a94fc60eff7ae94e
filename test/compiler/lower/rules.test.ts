// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { ACTION, MODE } from '../../../src/bundle/generated.ts';
import { defaultAction, lowerRules } from '../../../src/compiler/lower/rules.ts';
import { identity, model, selector, service } from '../models.ts';

const one = [selector({ 'process:uid': 1 })];

describe('what becomes of a connection that nothing grants', () => {
  const cases = [
    { mode: 'enforce', deny: 'deny', audit: 'audit', allow: 'allow' },
    { mode: 'audit', deny: 'audit', audit: 'audit', allow: 'allow' },
    { mode: 'off', deny: 'allow', audit: 'allow', allow: 'allow' },
  ] as const;
  for (const { mode, ...actions } of cases) {
    for (const posture of ['deny', 'audit', 'allow'] as const) {
      test(`in mode ${mode} where the default is ${posture}: ${actions[posture]}`, () => {
        expect(defaultAction({ mode }, posture)).toBe(ACTION[actions[posture]]);
      });
    }
  }
});

describe('rules', () => {
  const services = [service('a'), service('b'), service('c')];

  test('are numbered by identity, its default first, in the order written', () => {
    const web = identity('web', one, { egress: [{ services: [1] }, { services: [0], action: 'audit' }] });
    const policy = model([web, identity('api', one, { mode: 'audit' })], services);
    const { identities, rules, sources } = lowerRules(policy);
    expect(identities).toEqual([
      { workloadId: 'api', rulesFirst: 2, rulesCount: 1, mode: MODE.audit },
      { workloadId: 'web', rulesFirst: 3, rulesCount: 3, mode: MODE.enforce },
    ]);
    expect(rules.slice(2).map(({ action }) => action)).toEqual([
      ACTION.audit,
      ACTION.deny,
      ACTION.allow,
      ACTION.audit,
    ]);
    expect(sources.map(({ file }) => file)).toEqual(['egress', 'ingress', 'api', 'web', 'web#0', 'web#1']);
  });

  test('that choose the same services have one set, and the first of an identity is its grant', () => {
    const egress = [{ services: [0, 1] }, { services: [2] }, { services: [0, 1], action: 'audit' as const }];
    const policy = model(
      [identity('a', one, { egress }), identity('b', one, { egress: [{ services: [0, 1] }] })],
      services,
    );
    const { grants, setCount, rules, serviceSets } = lowerRules(policy);
    expect(setCount).toBe(2);
    expect(rules.slice(3, 6).map(({ set }) => set)).toEqual([0, 1, 0]);
    expect(grants).toEqual([3, 4, 7]);
    expect(serviceSets).toEqual([[0], [0], [1]]);
  });

  test('of an identity that is off allow, whatever they say', () => {
    const policy = model(
      [identity('a', one, { mode: 'off', egress: [{ services: [0], action: 'audit' }] })],
      services,
    );
    expect(
      lowerRules(policy)
        .rules.slice(2)
        .map(({ action }) => action),
    ).toEqual([ACTION.allow, ACTION.allow]);
  });
});
