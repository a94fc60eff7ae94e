// SPDX-License-Identifier: Apache-2.0
// Who is admitted, and may connect, by conditions of any form.

import { describe, expect, test } from '@jest/globals';
import { analyseModel } from '../../../src/compiler/analyse/analyse.ts';
import type { Condition } from '../../../src/conditions/types.ts';
import { identity, model, selector } from '../models.ts';

const OWN = 'spiffe://test.example/';
const is = (name: string): Condition => ({
  kind: 'text',
  field: 'peerId',
  test: 'equal',
  text: `${OWN}${name}`,
});
const begins = (name: string): Condition => ({
  kind: 'text',
  field: 'peerId',
  test: 'starts',
  text: `${OWN}${name}`,
});
const not = (of: Condition): Condition => ({ kind: 'not', of });
const all = (...of: readonly Condition[]): Condition => ({ kind: 'all', of });
const any = (...of: readonly Condition[]): Condition => ({ kind: 'any', of });
const always: Condition = { kind: 'constant', value: true };
const never: Condition = { kind: 'constant', value: false };
const morning: Condition = { kind: 'number', field: 'dayMinute', low: 0, high: 719 };

/** What is found of peers: of `api`, which admits by the conditions, beside `web`, which connects by others. */
function findings(
  admitted: readonly (Condition | undefined)[],
  web: Parameters<typeof identity>[2] = {},
): readonly string[] {
  const api = identity('api', [selector({ 'process:uid': 2 })], {
    inbound: admitted.map((condition) => ({ condition })),
  });
  const identities = [api, identity('web', [selector({ 'process:uid': 1 })], web)];
  return analyseModel(model(identities))
    .filter(({ code }) => code.startsWith('RTP14'))
    .map(({ code, range, message }) => `${code} ${range.file}: ${message}`);
}

const unknown = (name: string, rule = 0): string =>
  `RTP1410 api<${rule}: the policy has no identity ${OWN}${name}`;
const oneSided = 'RTP1411 api<0: "web" is admitted here, and is not allowed to connect to "api"';
const nobody = 'RTP1412 api: nobody may connect to "api"';

describe('peers that an identity admits', () => {
  test.each<[string, Condition | undefined, readonly string[]]>([
    ['nothing', undefined, []],
    ['always', always, []],
    ['never', never, [nobody]],
    ['in the morning', morning, []],
    ['all but one', not(is('gone')), []],
    ['one that is known by its path', { kind: 'text', field: 'peerPath', test: 'equal', text: '/gone' }, []],
    ['one that is unknown', is('gone'), [unknown('gone'), nobody]],
    ['two that are unknown', any(is('gone'), is('lost')), [unknown('gone'), unknown('lost'), nobody]],
    ['one that is unknown and one that exists', any(is('gone'), is('web')), [unknown('gone')]],
    ['one that is unknown or many', any(is('gone'), begins('shop/')), [unknown('gone')]],
    ['many or one that is unknown', any(begins('shop/'), is('gone')), [unknown('gone')]],
    ['the same in the morning', all(morning, any(begins('shop/'), is('gone'))), [unknown('gone')]],
    ['one that is unknown or none', any(is('gone'), never), [unknown('gone'), nobody]],
    ['none of none', any(), [nobody]],
    ['one that is unknown, in the morning', all(morning, is('gone')), [unknown('gone'), nobody]],
    ['one that exists, in the morning', all(morning, is('web')), []],
    ['many, in the morning', all(morning, begins('shop/')), []],
  ])('are looked up: %s', (_, condition, expected) => {
    expect(findings([condition])).toEqual(expected);
  });

  test('are looked up for each rule', () => {
    expect(findings([begins('shop/'), is('gone')])).toEqual([unknown('gone', 1)]);
    expect(findings([is('gone'), is('web')])).toEqual([unknown('gone')]);
  });

  test('may be unknown where an identity has placeholders, and still have to be let out', () => {
    const open = { template: true, peers: is('db') };
    expect(findings([is('gone')], open)).toEqual([]);
    expect(findings([is('web')], open)).toEqual([oneSided, nobody]);
  });
});

describe('a peer that is admitted may connect', () => {
  test.each<[string, Condition]>([
    ['one', is('api')],
    ['many', begins('')],
    ['one of several', any(is('db'), is('api'))],
    ['all but another', all(begins(''), not(is('db')))],
    ['always', always],
    ['in the morning', all(is('api'), morning)],
    ['from an address', { kind: 'address', field: 'sourceIp', address: new Uint8Array(16), prefixLength: 0 }],
  ])('when its own side names %s', (_, peers) => {
    expect(findings([is('web')], { peers })).toEqual([]);
  });

  test.each<[string, Condition]>([
    ['another', is('db')],
    ['what begins otherwise', begins('shop/')],
    ['several others', any(is('db'), is('shop'))],
    ['many without this one', all(begins(''), not(is('api')))],
    ['nobody', never],
  ])('not when its own side names %s', (_, peers) => {
    expect(findings([is('web')], { peers })).toEqual([oneSided, nobody]);
  });

  test('when one of its rules names this one', () => {
    const of = (...peers: readonly (Condition | undefined)[]) => ({
      peers: is('db'),
      egress: peers.map((each) => ({ services: [], peers: each })),
    });
    expect(findings([is('web')], of(is('shop'), is('api')))).toEqual([]);
    expect(findings([is('web')], of(is('shop')))).toEqual([oneSided, nobody]);
    expect(findings([is('web')], of(undefined))).toEqual([oneSided, nobody]);
  });
});
