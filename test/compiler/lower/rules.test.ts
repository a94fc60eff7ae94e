// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import { ACTION, MODE, NONE, RULE_KIND } from '../../../src/bundle/generated.ts';
import { conditionTable } from '../../../src/compiler/lower/condition-table.ts';
import { defaultAction, lowerRules, rangesOfRules } from '../../../src/compiler/lower/rules.ts';
import { setTable } from '../../../src/compiler/lower/sets.ts';
import type { Condition } from '../../../src/conditions/types.ts';
import type { Model } from '../../../src/compiler/resolve/types.ts';
import { identity, model, selector, service } from '../models.ts';

function lower(policy: Model) {
  const sets = setTable();
  const { egress, ingress } = policy.project;
  const postures = { egress: egress.posture, ingress: ingress.posture };
  const tables = lowerRules(postures, policy.identities, sets, conditionTable());
  return {
    ...tables,
    sources: [egress.source, ingress.source, ...policy.identities.flatMap(rangesOfRules)],
    setCount: sets.count(),
    serviceSets: sets.ofServices(policy.services.length),
  };
}

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
    const { identities, rules, sources } = lower(policy);
    expect(identities).toMatchObject([
      { workloadId: 'api', rulesFirst: 2, rulesCount: 1, mode: MODE.audit, inboundCount: 0 },
      { workloadId: 'web', rulesFirst: 3, rulesCount: 3, mode: MODE.enforce, inboundCount: 0 },
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
    const { grants, setCount, rules, serviceSets } = lower(policy);
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
      lower(policy)
        .rules.slice(2)
        .map(({ action }) => action),
    ).toEqual([ACTION.allow, ACTION.allow]);
  });

  const inOffice: Condition = { kind: 'number', field: 'dayMinute', low: 540, high: 1019 };

  test('with a condition leave the way to later ones for the same services; the first without one ends it', () => {
    const egress = [{ services: [0], condition: inOffice }, { services: [0] }, { services: [0] }];
    const { grants, rules, options } = lower(model([identity('a', one, { egress })], services));
    expect(grants).toEqual([3, 4]);
    expect(rules.slice(3).map(({ options: option }) => option)).toEqual([0, NONE, NONE]);
    expect(options).toMatchObject([{ condition: 0, peers: NONE, identity: NONE }]);
  });

  test('about who may connect follow those of egress, and what none of them grants is refused', () => {
    const inbound = [{ condition: inOffice }, { action: 'audit' as const }];
    const policy = model(
      [identity('a', one, { inbound, egress: [{ services: [0] }] }), identity('b', one)],
      services,
    );
    const { identities, rules, sources } = lower(policy);
    expect(identities).toMatchObject([
      { rulesFirst: 2, rulesCount: 2, inboundFirst: 4, inboundCount: 3 },
      { rulesFirst: 7, rulesCount: 1, inboundFirst: 0, inboundCount: 0 },
    ]);
    expect(rules.slice(4, 7)).toMatchObject([
      { kind: RULE_KIND.inboundDefault, action: ACTION.deny, options: NONE },
      { kind: RULE_KIND.inbound, action: ACTION.allow, options: 0 },
      { kind: RULE_KIND.inbound, action: ACTION.audit, options: NONE },
    ]);
    expect(sources.slice(4, 7).map(({ file }) => file)).toEqual(['a', 'a<0', 'a<1']);
  });

  test('about who may connect that is no rule at all refuse everybody', () => {
    const { identities, rules } = lower(model([identity('a', one, { inbound: [] })]));
    expect(identities).toMatchObject([{ inboundFirst: 3, inboundCount: 1 }]);
    expect(rules[3]).toMatchObject({ kind: RULE_KIND.inboundDefault, action: ACTION.deny });
  });
});
